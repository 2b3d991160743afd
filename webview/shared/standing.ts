import { boardOver } from '../../src/protocol/panel';
import type { AttemptView, BoardEntry, BoardKind, Direction, RunView, Score } from '../../src/protocol/panel';
import { isBetter } from './format';

/** What the entries of a board are called. */
export const entryWords: Readonly<Record<BoardKind, string>> = { people: 'team', reference: 'reference solution' };

/** Where a score stands among the board's scores over the same rows. */
export interface Standing {
  readonly place: number;
  /** Entries and this run. */
  readonly of: number;
  /** The next better entry, and how far it is away: positive, in the better direction. */
  readonly next: { readonly place: number; readonly score: number; readonly distance: number; readonly withinNoise: boolean } | null;
}

export function sortedBoard(board: readonly BoardEntry[], direction: Direction): BoardEntry[] {
  return [...board].sort((a, b) => (a.score === b.score ? 0 : isBetter(a.score, b.score, direction) ? -1 : 1));
}

/** Of the best public score among the public scores. */
export function standingOf(run: RunView): Standing | null {
  return run.best ? standingAmong(run, 'public', run.best.public) : null;
}

/** Of a public score among public scores, or a private one among private scores. */
export function standingAmong(run: { readonly competition: Pick<RunView['competition'], 'board' | 'direction'> }, rows: 'public' | 'private', { score, se }: Score): Standing | null {
  const { board: entries, direction } = run.competition;
  if (entries.length === 0) return null;
  const board = sortedBoard(boardOver(entries, rows), direction);
  const better = board.filter((entry) => isBetter(entry.score, score, direction));
  const next = better.at(-1);
  const distance = next ? Math.abs(next.score - score) : 0;
  return {
    place: better.length + 1,
    of: board.length + 1,
    // Tied entries share the place of the first of them.
    next: next
      ? {
          place: better.findIndex((entry) => entry.score === next.score) + 1,
          score: next.score,
          distance,
          withinNoise: se !== null && distance < se,
        }
      : null,
  };
}

export interface BoardRow {
  readonly place: number;
  readonly name: string;
  readonly score: number;
  readonly own: boolean;
}

/** The board with the own entry in its place; equal scores share a place, the own row after them. */
export function boardRows(board: readonly BoardEntry[], direction: Direction, own: { name: string; score: number } | null): BoardRow[] {
  const entries = sortedBoard(board, direction).map((entry) => ({ ...entry, own: false }));
  if (own) {
    const index = entries.findIndex((entry) => isBetter(own.score, entry.score, direction));
    entries.splice(index < 0 ? entries.length : index, 0, { ...own, own: true });
  }
  let place = 0;
  return entries.map((entry, index) => {
    if (index === 0 || entries[index - 1]?.score !== entry.score) place = index + 1;
    return { ...entry, place };
  });
}

/** Rows to show at first: the top, and the own neighbourhood. */
export function shownRows(rows: readonly BoardRow[], limit = 5): BoardRow[] {
  if (rows.length <= limit + 2) return [...rows];
  const own = rows.findIndex((row) => row.own);
  if (own < limit) return rows.slice(0, Math.max(limit, Math.min(own + 2, rows.length)));
  return rows.filter((_, index) => index < limit - 2 || Math.abs(index - own) <= 1);
}

export interface StatusWords {
  readonly text: string;
  readonly kind: 'running' | 'best' | 'tie' | 'failed' | 'quiet';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The status cell: the normal is quiet, the best, the running and the failed stand out. */
export function statusWords(attempt: AttemptView, best: number | null): StatusWords {
  switch (attempt.status) {
    case 'running': {
      const parts = (attempt.activity ?? 'running').split(', ');
      return { text: capital(parts.at(-1) ?? 'running'), kind: 'running' };
    }
    case 'buggy':
      return { text: attempt.error?.type ?? 'Failed', kind: 'failed' };
    case 'timeout':
      return { text: 'Timed out', kind: 'failed' };
    case 'invalid_submission':
      return { text: 'Invalid file', kind: 'failed' };
    case 'cancelled':
      return { text: 'Cancelled', kind: 'quiet' };
    case 'ungraded':
      return { text: 'Not graded', kind: 'quiet' };
    case 'valid': {
      if (attempt.id === best) return { text: 'Best', kind: 'best' };
      const change = attempt.change;
      if (best !== null && attempt.parents.includes(best) && change?.se != null && Math.abs(change.value) <= change.se) {
        return { text: `Tie with #${best}`, kind: 'tie' };
      }
      return { text: change && change.value <= 0 ? 'No gain' : 'Valid', kind: 'quiet' };
    }
  }
}

/** True when a change exceeds one standard error; without one nothing can be said. */
export function isClear(change: NonNullable<AttemptView['change']>): boolean {
  return change.se !== null && Math.abs(change.value) > change.se;
}

/** Private against public, signed so that + is better; noise is one standard error of the difference. */
export function gapOf(open: Score, hidden: Score, direction: Direction): { value: number; withinNoise: boolean | null } {
  const value = (hidden.score - open.score) * (direction === 'maximize' ? 1 : -1);
  if (open.se === null || hidden.se === null) return { value, withinNoise: null };
  return { value, withinNoise: Math.abs(value) < Math.hypot(open.se, hidden.se) };
}
