import type { Column, CsvTable } from '../../../grading/csv';
import { randomNumbers } from '../../../random';
import { isMissing } from '../../profile';
import { drawPublic } from '../../usage';
import { timesOf } from './times';

/**
 * Cuts a test set from a training table: pure, and the same for the same seed. What is written of
 * it is in `cutFiles.ts`.
 */

/** How rows are kept apart: each for itself, whole groups (patients, shops), or the latest for the test. */
export type CutBy = { readonly kind: 'row' } | { readonly kind: 'group' | 'time'; readonly column: string };

export interface CutOptions {
  /** Columns with the truth; a row that lacks one cannot be graded. */
  readonly truth: readonly string[];
  /** An empty cell is a truth as any other. */
  readonly emptyIsTruth?: boolean;
  readonly by: CutBy;
  /** Share of the rows with a truth that are to be test rows, above 0 and below 1. */
  readonly testShare: number;
  /** Share of the test rows whose score players see, above 0, at most 1. */
  readonly publicShare: number;
  readonly seed: number;
}

/** Row numbers of the table. `train` keeps the order of the file; no row is in two lists. */
export interface Cut {
  readonly train: readonly number[];
  /** As they are to be written: shuffled, because a file sorted by its answers would tell them; by time in a cut by time. */
  readonly test: readonly number[];
  /** Rows without a truth that lie on the test side: they belong to neither file. */
  readonly leftOut: readonly number[];
  /** The test rows that are public. */
  readonly publicRows: ReadonlySet<number>;
}

/** `message` says why there is no cut, `fix` what helps. */
export type CutResult = { readonly ok: true; readonly cut: Cut } | { readonly ok: false; readonly message: string; readonly fix: string };

/**
 * By row: shares of the classes are kept when the truth has few different values. By group: no group
 * is on both sides. By time: every test row is later than every training row; rows of one time stay
 * together. Public rows are drawn likewise: by row, whole groups, or the earlier times.
 */
export function cutTestSet(table: CsvTable, options: CutOptions): CutResult {
  const missing = [...options.truth, ...(options.by.kind === 'row' ? [] : [options.by.column])].find((name) => !table.columns.has(name));
  if (missing !== undefined) return refused(`The table has no column "${missing}".`, 'Name a column of the table.');
  const truth = options.truth.flatMap((name) => table.columns.get(name) ?? []);
  const labelled = rowsWhere(table, (row) => options.emptyIsTruth === true || truth.every((column) => !isMissing(column.text(row))));
  if (labelled.length < 4) return refused(`Only ${labelled.length} rows have a value of ${options.truth.join(', ')}.`, 'A test set needs more rows.');
  if (options.by.kind === 'row') return cutRows(table, labelled, truth, options);
  const column = table.columns.get(options.by.column);
  if (column === undefined) return refused(`The table has no column "${options.by.column}".`, 'Name a column of the table.');
  return options.by.kind === 'group' ? cutGroups(table, labelled, column, options) : cutTimes(table, labelled, column, options);
}

const refused = (message: string, fix: string): CutResult => ({ ok: false, message, fix });

function rowsWhere(table: CsvTable, test: (row: number) => boolean): number[] {
  return Array.from({ length: table.rows }, (_, row) => row).filter(test);
}

function rowsBy(rows: readonly number[], key: (row: number) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}

/** At least one on each side. */
function wantedOf(share: number, rows: number): number {
  return Math.min(rows - 1, Math.max(1, Math.round(share * rows)));
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const out = [...list];
  for (let at = out.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [out[at], out[other]] = [out[other]!, out[at]!];
  }
  return out;
}

const maxClasses = 50;

function cutRows(table: CsvTable, labelled: readonly number[], truth: readonly Column[], options: CutOptions): CutResult {
  const random = randomNumbers(options.seed);
  const classes = rowsBy(labelled, (row) => JSON.stringify(truth.map((column) => column.text(row))));
  const few = classes.size <= Math.min(maxClasses, labelled.length / 5);
  const strata = few ? [...classes.values()] : [[...labelled]];
  const counts = apportion(strata.map((rows) => rows.length), wantedOf(options.testShare, labelled.length));
  const test = shuffled(strata.flatMap((rows, k) => shuffled(rows, random).slice(0, counts[k])), random);
  const inTest = new Set(test);
  return {
    ok: true,
    cut: { train: rowsWhere(table, (row) => !inTest.has(row)), test, leftOut: [], publicRows: publicOf(test, String, options) },
  };
}

/** Parts of `sizes` that add up to `wanted`, by largest remainder (Hamilton's method). */
function apportion(sizes: readonly number[], wanted: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (size * wanted) / total);
  const counts = exact.map(Math.floor);
  const order = exact.map((value, k) => ({ k, rest: value - Math.floor(value) })).sort((a, b) => b.rest - a.rest || a.k - b.k);
  const left = wanted - counts.reduce((sum, count) => sum + count, 0);
  for (const { k } of order.slice(0, left)) counts[k] = counts[k]! + 1;
  return counts;
}

/** Draws whole units; of a single one nothing could be kept back, so its rows are drawn one by one. */
function publicOf(test: readonly number[], unit: (row: number) => string, options: CutOptions): ReadonlySet<number> {
  const units = [...new Set(test.map(unit))];
  if (units.length === 1 && test.length > 1) return publicOf(test, String, options);
  const drawn = drawPublic(units, options);
  return new Set(test.filter((row) => drawn.has(unit(row))));
}

function cutGroups(table: CsvTable, labelled: readonly number[], column: Column, options: CutOptions): CutResult {
  const random = randomNumbers(options.seed);
  const groups = rowsBy(labelled, (row) => column.text(row));
  if (groups.size < 2) return refused(`Column "${column.name}" has one value in all rows, so there are no groups to keep apart.`, 'Cut by row, or by another column.');
  const wanted = wantedOf(options.testShare, labelled.length);
  const chosen = new Set<string>();
  let rows = 0;
  for (const name of shuffled([...groups.keys()], random)) {
    const size = groups.get(name)?.length ?? 0;
    // A group that leads further past the wish than the wish is away would do harm.
    if (chosen.size === groups.size - 1 || rows + size - wanted > Math.max(0, wanted - rows)) continue;
    chosen.add(name);
    rows += size;
  }
  if (chosen.size === 0) chosen.add(smallest(groups));
  const test = shuffled(labelled.filter((row) => chosen.has(column.text(row))), random);
  return split(table, test, (row) => chosen.has(column.text(row)), publicOf(test, (row) => column.text(row), options));
}

function smallest(groups: ReadonlyMap<string, readonly number[]>): string {
  return [...groups].reduce((least, group) => (group[1].length < least[1].length ? group : least))[0];
}

/** Rows on the test side that are no test rows lack their truth. */
function split(table: CsvTable, test: readonly number[], onTestSide: (row: number) => boolean, publicRows: ReadonlySet<number>): CutResult {
  const inTest = new Set(test);
  const train = rowsWhere(table, (row) => !onTestSide(row));
  return { ok: true, cut: { train, test, leftOut: rowsWhere(table, (row) => onTestSide(row) && !inTest.has(row)), publicRows } };
}

function cutTimes(table: CsvTable, labelled: readonly number[], column: Column, options: CutOptions): CutResult {
  const times = timesOf(column, table.rows);
  if (!times.ok) {
    const what = times.example === undefined ? 'is empty' : times.ambiguous ? `does not tell days from months ("${times.example}")` : `holds "${times.example}", which is no time`;
    return refused(`Column "${column.name}" ${what}.`, 'Write times as 2024-05-31 or 2024-05-31 14:00, or as numbers that grow.');
  }
  const { values } = times;
  const timed = labelled.filter((row) => !Number.isNaN(values[row])).sort((a, b) => values[a]! - values[b]! || a - b);
  const start = boundary(timed, values, wantedOf(options.testShare, timed.length));
  if (start === undefined) return refused(`Column "${column.name}" holds one time only, so nothing is later than something else.`, 'Cut by row, or by another column.');
  const from = values[timed[start]!]!;
  const test = timed.slice(start);
  return split(table, test, (row) => values[row]! >= from, earlier(test, values, options));
}

/** Where the later part of `timed` begins, so that it has about `wanted` rows and no time is on both sides. */
function boundary(timed: readonly number[], values: Float64Array, wanted: number): number | undefined {
  const starts = timed.flatMap((row, at) => (at > 0 && values[row] !== values[timed[at - 1]!] ? [at] : []));
  const ideal = timed.length - wanted;
  return starts.length === 0 ? undefined : starts.reduce((best, at) => (Math.abs(at - ideal) <= Math.abs(best - ideal) ? at : best));
}

function earlier(test: readonly number[], values: Float64Array, options: CutOptions): ReadonlySet<number> {
  if (options.publicShare === 1) return new Set(test);
  const start = boundary(test, values, wantedOf(1 - options.publicShare, test.length));
  return start === undefined ? publicOf(test, String, options) : new Set(test.slice(0, start));
}
