import type { AttemptView, RunView } from '../../src/protocol/panel';
import { isBetter } from '../shared/format';

/** What went on between two moments of run time: the scores and attempts of the view itself. */
export interface Missed {
  readonly best: { readonly before: number | null; readonly after: number; readonly attempt: AttemptView } | null;
  /** Attempts that began or ended meanwhile, oldest first. */
  readonly attempts: readonly AttemptView[];
  /** `4 valid, 1 failed, 1 running`. */
  readonly outcomes: string;
}

export function missedWhile(run: RunView, away: { readonly from: number; readonly to: number }): Missed {
  const { direction } = run.competition;
  const bestUntil = (time: number): AttemptView | null =>
    run.attempts.reduce<AttemptView | null>((best, attempt) => {
      if (attempt.status !== 'valid' || !attempt.public || attempt.endedAt === null || attempt.endedAt > time) return best;
      return !best?.public || isBetter(attempt.public.score, best.public.score, direction) ? attempt : best;
    }, null);
  const attempts = run.attempts.filter((attempt) => attempt.startedAt <= away.to && (attempt.endedAt === null || attempt.endedAt > away.from));
  const count = (words: string, ...statuses: AttemptView['status'][]): string => {
    const n = attempts.filter((attempt) => statuses.includes(attempt.status)).length;
    return n === 0 ? '' : `${n} ${words}`;
  };
  const [before, after] = [bestUntil(away.from), bestUntil(away.to)];
  return {
    best: after?.public ? { before: before?.public?.score ?? null, after: after.public.score, attempt: after } : null,
    attempts,
    outcomes: [
      count('valid', 'valid'),
      count('failed', 'buggy', 'timeout', 'invalid_submission'),
      count('not graded', 'ungraded'),
      count('cancelled', 'cancelled'),
      count('running', 'running'),
    ].filter(Boolean).join(', '),
  };
}
