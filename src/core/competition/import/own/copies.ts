import type { Column, CsvTable } from '../../../grading/csv';
import { allColumns, readWhole, writeCsv } from '../../../grading/writeCsv';
import type { Cut } from './cut';

/** Looks whether another table gives the answers of the test rows away. */

export interface Solved {
  /** The test rows with their truth: what no public file may hold. */
  readonly rows: CsvTable;
  readonly id: readonly string[];
  readonly truth: readonly string[];
  /** The truth of the whole table that the test set was cut from, in its order; null when nothing was cut. */
  readonly wholeTruth: readonly (readonly string[])[] | null;
}

/** What a cut has to keep secret. */
export function solvedOf(table: CsvTable, cut: Pick<Cut, 'test'>, { id, truth }: Pick<Solved, 'id' | 'truth'>): Solved {
  const read = readWhole(writeCsv(allColumns(table), cut.test));
  if (!read.ok) throw new Error(`Rows that were just written cannot be read: ${read.message}`);
  const texts = truth.map((name) => Array.from({ length: table.rows }, (_, row) => table.columns.get(name)?.text(row) ?? ''));
  return { rows: read.table, id, truth, wholeTruth: texts };
}

const enoughRows = 10;
/** Nearly all: a few cells may have been repaired. */
const copied = 0.99;

/**
 * How many answers another table holds, or 0: found by the ids or by the features, whatever the other
 * columns are called; by rows that are equal in all that both tables have; or by a column that repeats
 * the truth of the whole table row by row.
 */
export function answersIn(other: CsvTable, solved: Solved): number {
  return Math.max(byId(other, solved), byFeatures(other, solved), byRows(other, solved), byOrder(other, solved));
}

/** Of two spellings of a number, as `1` and `1.0`, the same text: another program may have written the copy. */
function plain(text: string | undefined): string {
  const trimmed = text?.trim() ?? '';
  const number = Number(trimmed);
  // Long whole numbers are ids, which must not meet by rounding.
  return trimmed === '' || !Number.isFinite(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER ? trimmed : String(number);
}

function keys(table: CsvTable, names: readonly string[]): string[] {
  const columns = names.map((name) => table.columns.get(name));
  return Array.from({ length: table.rows }, (_, row) => JSON.stringify(columns.map((column) => plain(column?.text(row)))));
}

/** By the id columns; a single id also under another name, where its own may number the rows. */
function byId(other: CsvTable, solved: Solved): number {
  const { rows, id } = solved;
  if (!id.every((name) => rows.columns.has(name))) return 0;
  const wanted = keys(rows, id);
  if (id.length !== 1) return id.every((name) => other.columns.has(name)) ? besides(other, id, wanted, solved) : 0;
  const [only] = id.map((name) => rows.columns.get(name));
  const ids = new Set(Array.from({ length: rows.rows }, (_, row) => plain(only?.text(row))));
  return Math.max(0, ...other.header.filter((name) => id.includes(name) || holdsIds(other, name, ids)).map((name) => besides(other, [name], wanted, solved)));
}

function holdsIds(table: CsvTable, name: string, ids: ReadonlySet<string>): boolean {
  const column = table.columns.get(name);
  let found = 0;
  for (let row = 0; row < table.rows && found < enoughRows; row++) if (ids.has(plain(column?.text(row)))) found++;
  return found >= enoughRows;
}

/** By the features of both tables, where these tell most rows apart. */
function byFeatures(other: CsvTable, solved: Solved): number {
  const { rows, id, truth } = solved;
  const shared = rows.header.filter((name) => !truth.includes(name) && !id.includes(name) && other.columns.has(name));
  if (shared.length === 0) return 0;
  const wanted = keys(rows, shared);
  return new Set(wanted).size < copied * wanted.length ? 0 : besides(other, shared, wanted, solved);
}

/** Test rows found again by `by` in the other table, where a column beside says their truth. */
function besides(other: CsvTable, by: readonly string[], wanted: readonly string[], { rows, truth }: Solved): number {
  const place = new Map(keys(other, by).map((key, row) => [key, row]));
  const found = wanted.flatMap((key, row) => {
    const at = place.get(key);
    return at === undefined ? [] : [{ row, at }];
  });
  const counts = truth.flatMap((name) => {
    const right = rows.columns.get(name);
    if (!right) return [];
    const usual = mostFrequent(found.map(({ row }) => plain(right.text(row))));
    const rare = found.filter(({ row }) => plain(right.text(row)) !== usual);
    return [...other.columns.values()].filter(({ name: called }) => !by.includes(called)).map((column) => {
      const equal = ({ row, at }: { row: number; at: number }): boolean => plain(column.text(at)) === plain(right.text(row));
      const same = found.filter(equal).length;
      const repeats = same >= copied * found.length;
      if (column.name === name) return repeats ? same : 0;
      // Under another name, a column of the usual answer says nothing: most of the others must be told as well.
      const tells = rare.length > 0 && 2 * rare.filter(equal).length >= rare.length;
      return repeats && tells && found.length >= enoughRows ? same : 0;
    });
  });
  return Math.max(0, ...counts);
}

function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].reduce<[string, number] | undefined>((best, one) => (best === undefined || one[1] > best[1] ? one : best), undefined)?.[0];
}

function byRows(other: CsvTable, { rows, id, truth }: Solved): number {
  if (!truth.every((name) => other.columns.has(name))) return 0;
  const shared = [...rows.columns.keys()].filter((name) => !truth.includes(name) && !id.includes(name) && other.columns.has(name));
  if (shared.length === 0) return 0;
  const known = new Set(keys(other, [...shared, ...truth]));
  const same = keys(rows, [...shared, ...truth]).filter((key) => known.has(key)).length;
  // A part of the table, as one fold, holds as large a share of the test rows as was cut.
  return same >= rows.rows / 2 || (same >= enoughRows && same >= other.rows / 10) ? same : 0;
}

function byOrder(other: CsvTable, { rows, wholeTruth }: Solved): number {
  const repeats = (column: Column, truth: readonly string[]): boolean => truth.length === other.rows && truth.every((text, row) => plain(column.text(row)) === plain(text));
  const found = (wholeTruth ?? []).some((truth) => new Set(truth).size > 1 && [...other.columns.values()].some((column) => repeats(column, truth)));
  return found ? rows.rows : 0;
}
