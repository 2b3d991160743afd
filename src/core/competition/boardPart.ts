import * as z from 'zod';
import type { BoardEntry, Manifest } from './manifest';

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

/** Whose scores a board holds. Among reference solutions, which are no people, there is no medal and no HumanRank. */
export const boardKindSchema = z.enum(['people', 'reference']);
export type BoardKind = z.output<typeof boardKindSchema>;

/** Bundled competitions have reference solutions; boards that were imported are people's. */
export const boardKindOf = (source: Manifest['source']['kind']): BoardKind => (source === 'bundled' ? 'reference' : 'people');
