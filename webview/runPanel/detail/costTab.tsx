import type { VNode } from 'preact';
import type { AttemptCost } from '../../../src/protocol/panel';
import { formatPlain, formatTime } from '../../shared/format';

/** `$0.05`, `≈ $0.05` when it was counted from characters, `unknown` when a price is. */
export function moneyWords({ usd, estimated }: Pick<AttemptCost, 'usd' | 'estimated'>): string {
  if (usd === null) return 'unknown';
  return `${estimated ? '≈ ' : ''}$${usd.toFixed(2)}`;
}

/** What the model's answers for an attempt took. */
export function CostTab({ cost }: { readonly cost: AttemptCost }): VNode {
  const about = cost.estimated ? '≈ ' : '';
  const rows: [string, string][] = [
    ['Model calls', formatPlain(cost.calls)],
    ['Waited for the model', formatTime(cost.seconds)],
    ['Tokens read', about + formatPlain(cost.inputTokens)],
    ['Tokens written', about + formatPlain(cost.outputTokens)],
    ['Money', moneyWords(cost)],
  ];
  return (
    <table class="cost">
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="num">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
