import type { RunView } from '../../core/run/view';
import type { StorageValue } from '../platform/storage';

/** Time without this window, in run time (seconds), and what was used of the budget meanwhile. */
export interface Absence {
  readonly from: number;
  readonly to: number;
  readonly gradedCalls: number;
  readonly usd?: number;
}

/** How far a run had come when it was last seen. */
export type Seen = StorageValue<'podium.seen'>[string];

/** Shorter absences are told only when an attempt began or ended meanwhile. */
const longSeconds = 60;

/** How far a run has come at the wall clock `now` (milliseconds). */
export function seenNow(view: RunView, now: number): Seen {
  const elapsed = view.status === 'running' ? view.elapsed + Math.max(0, (now - view.asOf) / 1000) : view.elapsed;
  const usd = view.budget.usd?.used ?? undefined;
  return { elapsed, gradedCalls: view.budget.gradedCalls.used, ...(usd === undefined ? {} : { usd }) };
}

/** What a person missed; undefined when it was short and no attempt began or ended. */
export function absenceSince(before: Seen, view: RunView, now: number): Absence | undefined {
  const after = seenNow(view, now);
  const from = before.elapsed;
  const happened = view.attempts.some((attempt) => attempt.startedAt > from || (attempt.endedAt !== null && attempt.endedAt > from));
  if (!happened && after.elapsed - from < longSeconds) return undefined;
  return {
    from,
    to: Math.max(from, after.elapsed),
    gradedCalls: Math.max(0, after.gradedCalls - before.gradedCalls),
    ...(after.usd === undefined ? {} : { usd: Math.max(0, after.usd - (before.usd ?? 0)) }),
  };
}
