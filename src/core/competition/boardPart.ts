import type { BoardEntry } from './manifest';

/**
 * The board over one part of the answer rows, so that a public score meets public scores and a
 * private one private scores: entries without the part are left out. A board whose entries have
 * no parts at all is returned as it is.
 */
export function boardOver(board: readonly BoardEntry[], part: 'public' | 'private'): readonly BoardEntry[] {
  if (board.every((entry) => entry.public === undefined && entry.private === undefined)) return board;
  return board.flatMap((entry) => {
    const score = entry[part];
    return score === undefined ? [] : [{ ...entry, score }];
  });
}
