import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../../src/core/run/events';
import { costOf } from '../../../../src/vscode/panels/attemptCost';

let seq = 0;
function call(attempt: number | null, usd: number | null, estimated = false): RunEvent {
  seq += 1;
  return {
    seq, ts: 0, elapsed: 0, actor: 'llm', type: 'model_call',
    data: { call: seq, attempt, model: 'm', promptHash: 'h', news: [], heard: 0, finish: 'stop', usage: { input: 100, output: 10, cached: 0, estimated }, seconds: 2, retries: 0, usd, context: null },
  };
}

describe('what an attempt cost', () => {
  it('is the sum of its own model calls', () => {
    const events = [call(1, 0.1), call(2, 0.25), call(2, 0.5), call(null, 9)];
    expect(costOf(events, 2)).toEqual({ calls: 2, inputTokens: 200, outputTokens: 20, estimated: false, usd: 0.75, seconds: 4 });
    expect(costOf(events, 3)).toBeUndefined();
  });

  it('is unknown in money where one price is, and about where one count is', () => {
    expect(costOf([call(1, 0.1), call(1, null), call(1, 0.1, true)], 1)).toMatchObject({ calls: 3, usd: null, estimated: true });
  });
});
