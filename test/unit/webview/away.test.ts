import { describe, expect, it } from 'vitest';
import { missedWhile } from '../../../webview/runPanel/missed';
import { penguinsRun } from '../../fixtures/runView';

const run = penguinsRun();

describe('what was missed', () => {
  it('is read from the attempts between two moments of run time', () => {
    const missed = missedWhile(run, { from: 300, to: 872 });
    const meanwhile = run.attempts.filter((attempt) => attempt.endedAt === null || attempt.endedAt > 300);
    expect(missed.attempts).toEqual(meanwhile);
    expect(missed.outcomes).toMatch(/^\d+ valid, 1 failed, 1 running$/);
    expect(missed.best?.attempt.id).toBe(11);
    const before = Math.max(...run.attempts.filter((attempt) => attempt.endedAt !== null && attempt.endedAt <= 300).map((attempt) => attempt.public?.score ?? 0));
    expect(missed.best).toMatchObject({ before, after: run.best?.public.score });
  });

  it('follows the direction of the metric', () => {
    const lower = { ...run, competition: { ...run.competition, direction: 'minimize' as const } };
    const scores = run.attempts.filter((attempt) => attempt.status === 'valid').map((attempt) => attempt.public?.score ?? NaN);
    expect(missedWhile(lower, { from: 0, to: 900 }).best?.after).toBe(Math.min(...scores));
  });

  it('has no best while nothing is valid, and no attempts when none began or ended', () => {
    expect(missedWhile({ ...run, attempts: [] }, { from: 0, to: 900 })).toEqual({ best: null, attempts: [], outcomes: '' });
    expect(missedWhile({ ...run, attempts: run.attempts.filter((attempt) => attempt.endedAt !== null) }, { from: 871, to: 872 }).attempts).toEqual([]);
  });
});
