import { batch } from './idIndex';
import type { IdIndex } from './idIndex';
import { notRead } from './metric';
import { isFiniteNumber } from './numbersById';
import type { SubmittedNumbers } from './numbersById';

/** What a submission is held against. */
export interface Expected {
  readonly index: IdIndex;
  /** Number of the answers' rows. */
  readonly rows: number;
  /** Number of the scored rows among them. */
  readonly scored: number;
  /** Answers row → scored row or `notRead`; null when all are scored. */
  readonly scoredOfAnswers: Int32Array | null;
}

/**
 * The numbers of a submission in the order of the scored rows; null unless it has each id of the
 * answers once and no other, and a finite number wherever one is scored. The index is used up.
 */
export function inScoredOrder({ ids, rows, numbers }: SubmittedNumbers, expected: Expected): Float64Array[] | null {
  const { index, scored, scoredOfAnswers } = expected;
  if (rows !== expected.rows) return null;
  const ordered = numbers.map(() => new Float64Array(scored));
  const places = new Int32Array(batch);
  for (let from = 0; from < rows; from += batch) {
    const to = Math.min(from + batch, rows);
    if (!index.take(ids, from, to, places)) return null;
    if (scoredOfAnswers !== null) for (let i = 0; i < to - from; i++) places[i] = scoredOfAnswers[places[i]!]!;
    if (!ordered.every((values, k) => place(numbers[k]!, from, to, places, values))) return null;
  }
  return ordered;
}

/** Writes the numbers [from, to) to their places; false when one that is read is not finite. */
function place(values: Float64Array, from: number, to: number, places: Int32Array, ordered: Float64Array): boolean {
  for (let i = from; i < to; i++) {
    const at = places[i - from]!;
    if (at === notRead) continue;
    const value = values[i]!;
    if (!isFiniteNumber(value)) return false;
    ordered[at] = value;
  }
  return true;
}
