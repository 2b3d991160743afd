import type { BoardEntry } from './manifest';

/**
 * The board over one part of the answer rows, so that a public score meets public scores and a
 * private one private scores. A board on which some entry lacks the part is returned as it is:
 * entries of two kinds cannot be ordered.
 */
export function boardOver(board: readonly BoardEntry[], part: 'public' | 'private'): readonly BoardEntry[] {
  const entries: BoardEntry[] = [];
  for (const entry of board) {
    const score = entry[part];
    if (score === undefined) return board;
    entries.push({ ...entry, score });
  }
  return entries;
}
