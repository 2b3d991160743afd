import { boardOver } from '../competition/boardPart';
import type { Score } from '../grading/result';
import { isBetter } from '../grading/standings';
import type { EventData, RunEvent } from './events';
import { patchAttempt, placeOf, type Change, type Editable } from './foldLists';
import type { AttemptView, RunView } from './view';

/** What the grader found in an attempt's submission. */
export function graded(view: RunView, data: EventData<'graded'>, event: RunEvent, editable: Editable): Change {
  const attempts = patchAttempt(editable(view.attempts), data.attempt, { problems: [...data.errors, ...data.warnings], ...(data.figures ? { figures: data.figures } : {}), endedAt: event.elapsed });
  const calls = data.call === null ? {} : { budget: { ...view.budget, gradedCalls: { ...view.budget.gradedCalls, used: data.call } } };
  return { attempts, ...calls, ...(data.valid && data.public ? scored({ ...view, attempts }, data.attempt, data.public, editable) : {}) };
}

/** A public score becomes known. */
export function scored(view: RunView, id: number, score: Score, editable: Editable): Change {
  const { direction } = view.competition;
  const parents = view.attempts[placeOf(view.attempts, id)]?.parents ?? [];
  const attempts = patchAttempt(editable(view.attempts), id, { public: score, change: changeAgainst(score, parents, view) });
  if (view.best && !isBetter(score.score, view.best.public.score, direction)) return { attempts };
  const board = boardOver(view.competition.board, 'public');
  const place = board.length === 0 ? null : 1 + board.filter((entry) => isBetter(entry.score, score.score, direction)).length;
  return { attempts, best: { attempt: id, public: score, place } };
}

/**
 * Gain over the best parent, positive = better. Its standard error takes both scores as
 * independent, which overstates it for scores on the same rows: a gain shown as real is real.
 */
function changeAgainst(score: Score, parents: readonly number[], view: RunView): AttemptView['change'] {
  const { direction } = view.competition;
  let best: Score | null = null;
  for (const id of parents) {
    const parent = view.attempts[placeOf(view.attempts, id)]?.public;
    if (parent && (!best || isBetter(parent.score, best.score, direction))) best = parent;
  }
  if (!best) return null;
  const difference = score.score - best.score;
  const se = score.se === null || best.se === null ? null : Math.hypot(score.se, best.se);
  return { value: direction === 'maximize' ? difference : -difference, se };
}
