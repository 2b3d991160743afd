import type { AttemptView, RunView } from './view';

/** What an event changes of the view. */
export type Change = Partial<RunView>;

/**
 * A list of the view that may be changed: a copy, since somebody may hold the view; or, where
 * nobody sees the views in between, the list itself, so that a long journal folds in linear time.
 */
export type Editable = <T>(list: readonly T[]) => T[];
export const copyOf: Editable = (list) => list.slice();
export const itself: Editable = <T>(list: readonly T[]) => list as T[];

/** Attempts are numbered from 1 in order, so the one wanted lies at its own place. */
export const placeOf = (attempts: readonly AttemptView[], id: number): number => (attempts[id - 1]?.id === id ? id - 1 : attempts.findIndex((attempt) => attempt.id === id));

/** Changes the list; attempts that it does not touch are the same objects. */
export function patchAttempt(attempts: AttemptView[], id: number, patch: Partial<AttemptView>): AttemptView[] {
  const at = placeOf(attempts, id);
  const before = attempts[at];
  if (before) attempts[at] = { ...before, ...patch };
  return attempts;
}

/** Changes the list. */
export function added<T>(list: T[], item: T): T[] {
  list.push(item);
  return list;
}
