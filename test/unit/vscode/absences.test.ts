import { describe, expect, it } from 'vitest';
import { penguinsRun } from '../../fixtures/runView';
import { absenceSince, seenNow } from '../../../src/vscode/runs/absence';

const run = penguinsRun();

describe('absence', () => {
  it('counts the clock of a running run on, and not that of a paused one', () => {
    expect(seenNow(run, run.asOf + 30_000).elapsed).toBeCloseTo(run.elapsed + 30);
    expect(seenNow({ ...run, status: 'paused' }, run.asOf + 30_000).elapsed).toBe(run.elapsed);
  });

  it('tells from when to when, and what was used', () => {
    expect(absenceSince({ elapsed: 300, gradedCalls: 4 }, run, run.asOf)).toEqual({ from: 300, to: run.elapsed, gradedCalls: 7 });
    const paid = { ...run, budget: { ...run.budget, usd: { used: 0.5, limit: 2 } } };
    expect(absenceSince({ elapsed: 300, gradedCalls: 4, usd: 0.2 }, paid, run.asOf)?.usd).toBeCloseTo(0.3);
  });

  it('is nothing when it was short and no attempt began or ended, and is told when it was long', () => {
    const quiet = { ...run, attempts: run.attempts.filter((attempt) => attempt.endedAt !== null) };
    const before = seenNow(quiet, run.asOf);
    expect(absenceSince(before, quiet, run.asOf + 5_000)).toBeUndefined();
    expect(absenceSince(before, quiet, run.asOf + 90_000)).toMatchObject({ from: run.elapsed, gradedCalls: 0 });
  });
});
