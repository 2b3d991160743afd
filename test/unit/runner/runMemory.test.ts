import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/core/environment/observation';
import { runEventSchema, type RunEvent } from '../../../src/core/run/events';
import { RunMemory } from '../../../src/node/runner/runMemory';
import { config } from '../environment/fakes';

let seq = 0;
const event = (type: RunEvent['type'], data: unknown, actor: RunEvent['actor'] = 'system'): RunEvent => runEventSchema.parse({ seq: ++seq, ts: seq, elapsed: seq, actor, type, data });
const step = (action: string, actor: RunEvent['actor'], more: Partial<Observation> = {}): RunEvent =>
  event('step', { step: seq, attempt: 1, action, seconds: 1, observation: { action, status: 'ok', summary: '', attempt: 1, seconds: 1, budget: { gradedCalls: { used: 0, limit: 3 } }, done: true, ...more } }, actor);
const memoryOf = (agent: string, last: RunEvent): string | undefined => new RunMemory([event('run_started', { config: { ...config(), agent } }), last]).overByPerson;

describe('a run whose last event is missing', () => {
  it('is over since the person finished it, whoever plays', () => {
    expect(memoryOf('human', step('finish', 'human'))).toBe('Finished by the person.');
    expect(memoryOf('offline', step('finish', 'human'))).toBe('Finished by the person.');
  });

  it('is over when nothing is left for the person to do, and nobody else plays', () => {
    const error = { type: 'budget', message: 'All 3 attempts are used up.', signature: 'b', hints: [] };
    expect(memoryOf('human', step('reset', 'human', { status: 'error', error }))).toBe('All 3 attempts are used up.');
    expect(memoryOf('offline', step('reset', 'human', { status: 'error', error }))).toBeUndefined();
  });

  it('goes on after any other step, after one of the agent, and after one that was stopped', () => {
    expect(memoryOf('human', step('submit', 'human', { done: false }))).toBeUndefined();
    expect(memoryOf('offline', step('finish', 'template'))).toBeUndefined();
    expect(memoryOf('human', step('submit', 'human', { status: 'cancelled' }))).toBeUndefined();
  });
});
