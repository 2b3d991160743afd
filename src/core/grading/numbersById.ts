import { readBatches } from './csv';
import type { Column, CsvFile } from './csv';
import { IdIndex, batch } from './idIndex';
import { IdList } from './ids';
import type { Ids } from './ids';
import { parseNumber } from './numbers';
import { ProblemList } from './problems';

/**
 * Reading of files without fault in one pass over their parts: ids are hashed and cells parsed as they
 * are read. Most of the time of a large file goes into memory that is touched for the first time, so
 * that cells are not kept. As soon as anything is to be told the answer is null: then the file is read
 * as a whole, with all its cells.
 */

/** What a file is read for: the names of its columns. */
export interface Wanted {
  readonly id: readonly string[];
  readonly numbers: readonly string[];
}

/** The answers by their ids, each of which occurs once. */
export interface IndexedNumbers {
  readonly index: IdIndex;
  readonly rows: number;
  /** One array for each wanted column, in the order of the rows. */
  readonly numbers: readonly Float64Array[];
}

/**
 * @param choose what to read, given the header; null when it takes more than one pass
 * @param seed   that of the ids that will be looked up
 */
export function indexNumbers(file: CsvFile, choose: (header: readonly string[]) => Wanted | null, seed: number): IndexedNumbers | null {
  let index = new IdIndex(0, seed);
  const ids = new IdList(seed, batch);
  const earlier = new Int32Array(batch);
  const begin = (rows: number): void => void (index = new IdIndex(rows, seed));
  const visit = (columns: readonly Column[], rows: number, total: number): boolean => {
    ids.clear();
    return ids.append(columns, 0, rows) && index.add(ids, rows, total, earlier);
  };
  const read = readNumbers(file, choose, begin, visit);
  return read?.numbers.every(allFinite) === true ? { index, ...read } : null;
}

/** The numbers of a submission and whose they are, in the order of its rows. Structured-clonable. */
export interface SubmittedNumbers {
  readonly header: readonly string[];
  readonly ids: Ids;
  readonly rows: number;
  /** One array for each wanted column; not finite where a cell holds no number. */
  readonly numbers: readonly Float64Array[];
}

/** @param seed that of the index in which the ids are to be found */
export function submittedNumbers(file: CsvFile, wanted: Wanted, seed: number): SubmittedNumbers | null {
  let ids = new IdList(seed, 0);
  let names: readonly string[] = [];
  const choose = (header: readonly string[]): Wanted => {
    names = header;
    return wanted;
  };
  const begin = (rows: number): void => void (ids = new IdList(seed, rows));
  const read = readNumbers(file, choose, begin, (columns, rows) => ids.append(columns, 0, rows));
  return read === null ? null : { header: names, ids: { words: ids.words, longIds: ids.longIds }, ...read };
}

/**
 * @param begin   is told about how many rows follow
 * @param takeIds receives the id columns of some rows and how many came before; false ends the reading
 */
function readNumbers(
  file: CsvFile, choose: (header: readonly string[]) => Wanted | null, begin: (rows: number) => void,
  takeIds: (columns: readonly Column[], rows: number, total: number) => boolean,
): { rows: number; numbers: Float64Array[] } | null {
  let wanted: Wanted | null = null;
  let numbers: Float64Array[] = [];
  let total = 0;
  const keep = (header: readonly string[], rows: number): readonly string[] => {
    wanted = choose(header);
    if (wanted === null) return [];
    begin(rows);
    numbers = wanted.numbers.map(() => new Float64Array(rows));
    return [...wanted.id, ...wanted.numbers];
  };
  const visit = (columns: ReadonlyMap<string, Column>, rows: number): boolean => {
    const id = named(columns, wanted?.id);
    const cells = named(columns, wanted?.numbers);
    if (id === null || cells === null || !takeIds(id, rows, total)) return false;
    if (numbers.some(({ length }) => length < total + rows)) numbers = numbers.map((values) => grown(values, 2 * (total + rows)));
    cells.forEach((column, k) => parseCells(column, rows, numbers[k]!, total));
    total += rows;
    return true;
  };
  const done = readBatches(file, keep, batch, visit, new ProblemList()) && total > 0;
  return done ? { rows: total, numbers: numbers.map((values) => values.subarray(0, total)) } : null;
}

/** The columns of these names; null when one is not there. */
function named(columns: ReadonlyMap<string, Column>, names: readonly string[] = []): Column[] | null {
  const found = names.flatMap((name) => columns.get(name) ?? []);
  return found.length > 0 && found.length === names.length ? found : null;
}

/** Writes the numbers of a batch from `at` on. */
function parseCells(column: Column, rows: number, numbers: Float64Array, at: number): void {
  const { view } = column;
  for (let row = 0; row < rows; row++) numbers[at + row] = parseNumber(view, column.start(row), column.end(row));
}

function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!isFiniteNumber(values[i]!)) return false;
  return true;
}

export const isFiniteNumber = (value: number): boolean => value - value === 0;

function grown(values: Float64Array, length: number): Float64Array {
  const next = new Float64Array(length);
  next.set(values);
  return next;
}
