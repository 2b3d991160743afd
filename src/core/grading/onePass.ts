import { readBatches } from './csv';
import type { Column } from './csv';
import { batch } from './idIndex';
import type { IdIndex } from './idIndex';
import { hasId } from './matching';
import { notRead } from './metric';
import { parseNumber } from './numbers';
import type { ProblemList } from './problems';

/** What a submission is held against. */
export interface Expected {
  readonly id: readonly string[];
  readonly target: readonly string[];
  /** The ids of the answers; each occurs once. */
  readonly index: IdIndex;
  /** Number of the answers' rows. */
  readonly answers: number;
  /** Number of the scored rows among them. */
  readonly scored: number;
  /** Answers row → scored row or `notRead`; null when all are scored. */
  readonly scoredOfAnswers: Int32Array | null;
}

/**
 * The numbers of a submission without fault, one array for each target in the order of the scored
 * rows. Rows are matched and cells parsed as they are read: most of the time of a large file goes
 * into memory that is touched for the first time, so that neither cells nor rows are kept.
 *
 * @param checkHeader reports what is wrong with the names, and returns those to keep
 * @returns null as soon as anything is to be told: then the file is read with all its cells kept
 */
export function readInOnePass(
  parts: Iterable<Uint8Array>, expected: Expected, checkHeader: (header: readonly string[]) => Iterable<string>, problems: ProblemList,
): Float64Array[] | null {
  const { id, target, index, answers, scored, scoredOfAnswers } = expected;
  const numbers = target.map(() => new Float64Array(scored));
  const seen = new Uint8Array(answers);
  const found = new Int32Array(batch);
  let total = 0;
  const visit = (columns: ReadonlyMap<string, Column>, rows: number): boolean => {
    const ids = id.map((name) => columns.get(name)!);
    index.lookUp(ids, 0, rows, found);
    if (!allNew(ids, found, rows, seen)) return false;
    if (scoredOfAnswers !== null) for (let row = 0; row < rows; row++) found[row] = scoredOfAnswers[found[row]!]!;
    total += rows;
    return target.every((name, k) => takeNumbers(columns.get(name)!, found, rows, numbers[k]!));
  };
  return readBatches(parts, checkHeader, batch, visit, problems) && total === answers ? numbers : null;
}

/** Marks the answers rows that a batch has found; false when an id is empty, unknown or was seen before. */
function allNew(ids: readonly Column[], found: Int32Array, rows: number, seen: Uint8Array): boolean {
  for (let row = 0; row < rows; row++) {
    const answersRow = found[row]!;
    if (answersRow < 0 || seen[answersRow] === 1 || hasId(ids, row) !== 'yes') return false;
    seen[answersRow] = 1;
  }
  return true;
}

/** Writes the numbers of a batch to their scored rows; false when a cell that is read holds no finite number. */
function takeNumbers(column: Column, scored: Int32Array, rows: number, numbers: Float64Array): boolean {
  const { view } = column;
  for (let row = 0; row < rows; row++) {
    const place = scored[row]!;
    if (place === notRead) continue;
    const value = parseNumber(view, column.start(row), column.end(row));
    if (!(value - value === 0)) return false;
    numbers[place] = value;
  }
  return true;
}
