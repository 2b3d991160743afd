import './meters.css';
import type { VNode } from 'preact';
import type { RunView } from '../../src/protocol/panel';
import { formatPlain, formatShare } from '../shared/format';

/** What the run's model has used, beside the other meters of the strip. */
export interface SpendGauge {
  readonly name: string;
  readonly value: string;
  readonly used: number;
  readonly limit?: number;
  readonly limitText: string;
}

/** `$0.43`, `<$0.01`, or `unknown`: never 0 for want of a price. */
export function formatMoney(usd: number | null, estimated = false): string {
  if (usd === null) return 'unknown';
  return `${estimated ? '≈' : ''}${usd > 0 && usd < 0.005 ? '<$0.01' : `$${usd.toFixed(2)}`}`;
}

/** `940`, `48.9k`, `1.2M` */
export function formatTokens(tokens: number, estimated = false): string {
  const mark = estimated ? '≈' : '';
  if (tokens < 1_000) return `${mark}${tokens}`;
  return tokens < 999_500 ? `${mark}${(tokens / 1_000).toFixed(tokens < 99_950 ? 1 : 0)}k` : `${mark}${(tokens / 1e6).toFixed(1)}M`;
}

/** Money where a model plays or there is a budget of it; tokens where there is a budget of them. */
export function spendGauges({ spend, budget }: Pick<RunView, 'spend' | 'budget'>): SpendGauge[] {
  const gauges: SpendGauge[] = [];
  const estimated = spend?.estimated ?? false;
  if (spend || budget.usd) {
    const usd = spend ? spend.usd : (budget.usd?.used ?? null);
    const limit = usd === null ? undefined : budget.usd?.limit;
    gauges.push({ name: 'Money', value: formatMoney(usd, estimated), used: usd ?? 0, limitText: formatMoney(limit ?? null), ...(limit === undefined ? {} : { limit }) });
  }
  if (budget.tokens) {
    const used = spend ? spend.inputTokens + spend.outputTokens : 0;
    gauges.push({ name: 'Tokens', value: formatTokens(used, estimated), used, limit: budget.tokens.limit, limitText: formatTokens(budget.tokens.limit) });
  }
  return gauges;
}

/** How full the model's memory is, as far as its size is known. */
export function ContextMeter({ spend }: Pick<RunView, 'spend'>): VNode | null {
  if (!spend) return null;
  const { used, window } = spend.context;
  const tokens = `${spend.estimated ? 'about ' : ''}${formatPlain(used)}`;
  const share = window === null ? formatTokens(used, spend.estimated) : `${spend.estimated ? '≈' : ''}${formatShare(used / window, 0)}`;
  const title = window === null ? `The last request had ${tokens} tokens; how many the model can read is not known.` : `The last request had ${tokens} of the ${formatPlain(window)} tokens that the model can read.`;
  return <span title={title}>{`Context ${share}${window === null ? ' tokens' : ''}`}</span>;
}
