import type { RunEvent } from '../../core/run/events';
import type { AttemptCost } from '../../protocol/panel';

/** What the model's answers for one attempt took; undefined when none was asked. */
export function costOf(events: readonly RunEvent[], attempt: number): AttemptCost | undefined {
  let cost: AttemptCost | undefined;
  for (const event of events) {
    if (event.type !== 'model_call' || event.data.attempt !== attempt) continue;
    const { usage, usd, seconds } = event.data;
    cost ??= { calls: 0, inputTokens: 0, outputTokens: 0, estimated: false, usd: 0, seconds: 0 };
    cost = {
      calls: cost.calls + 1,
      inputTokens: cost.inputTokens + usage.input,
      outputTokens: cost.outputTokens + usage.output,
      estimated: cost.estimated || usage.estimated,
      usd: cost.usd === null || usd === null ? null : cost.usd + usd,
      seconds: cost.seconds + seconds,
    };
  }
  return cost;
}
