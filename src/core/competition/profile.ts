import { readCsv, type Column, type CsvTable } from '../grading/csv';
import { absent } from '../grading/csvScanner';
import { parseNumber } from '../grading/numbers';
import { ProblemList } from '../grading/problems';
import type { Problem } from '../grading/result';
import type { ColumnProfile, FileProfile, Manifest } from './manifest';

/**
 * Profiles of public CSV files: what the competition page and `data_preview` show. Pure: bytes
 * in, plain data out. Read with the grader's own CSV rules.
 */

const histogramBins = 12;
const topValues = 5;
/** Values that stand for "missing" in the head rows and counts; pandas reads the same ones so. */
const missingTexts = new Set(['', 'NA', 'N/A', 'n/a', '<NA>', '#N/A', 'NaN', 'nan', '-NaN', '-nan', 'NULL', 'null']);

export const isMissing = (text: string): boolean => missingTexts.has(text);

/** Which columns of a file are ids and which are what is to be predicted; all others are features. */
export interface ColumnRoles {
  readonly id: readonly string[];
  readonly target: readonly string[];
}

export type ProfileResult = { readonly ok: true; readonly profile: FileProfile } | { readonly ok: false; readonly problems: readonly Problem[] };

/** The names in the header of a CSV file; empty when it has no usable header. */
export function csvHeader(bytes: Uint8Array): readonly string[] {
  return readCsv(bytes, () => [], new ProblemList())?.header ?? [];
}

/**
 * Columns of the competition that hold what is to be predicted: the submission's targets and
 * whatever the training file has and the test file lacks (the label that class probabilities
 * are made from, for instance).
 */
export function columnRoles(manifest: Manifest, headers: ReadonlyMap<string, readonly string[]>): ColumnRoles {
  const { id, target } = manifest.submission;
  const of = (role: 'train' | 'test'): string[] =>
    manifest.files.filter((file) => file.role === role).flatMap((file) => headers.get(file.path) ?? []);
  const test = new Set(of('test'));
  const hidden = test.size === 0 ? [] : of('train').filter((name) => !test.has(name) && !id.includes(name));
  return { id, target: [...new Set([...target, ...hidden])] };
}

/**
 * Profiles a CSV file. Never throws: a file that cannot be read as CSV gives its problems.
 * A row that has too few cells counts as missing in the columns it lacks.
 *
 * @param path     name to show, relative to the competition folder
 * @param headRows number of first rows to include as text (null = missing)
 */
export function profileCsv(path: string, bytes: Uint8Array, roles: ColumnRoles, headRows = 5): ProfileResult {
  const problems = new ProblemList();
  const table = readCsv(bytes, (header) => header, problems);
  if (table === null || problems.size > 0) return { ok: false, problems: problems.toSubmissionProblems(() => bytes) };
  return { ok: true, profile: profileTable(path, bytes.length, table, roles, headRows) };
}

function profileTable(path: string, bytes: number, table: CsvTable, roles: ColumnRoles, headRows: number): FileProfile {
  const columns = table.header.map((name) => table.columns.get(name)).filter((column) => column !== undefined);
  const head: (string | null)[][] = [];
  for (let row = 0; row < Math.min(headRows, table.rows); row++) {
    head.push(
      columns.map((column) => {
        const text = column.text(row);
        return isMissing(text) ? null : text;
      }),
    );
  }
  return { path, bytes, rows: table.rows, columns: columns.map((column) => profileColumn(column, table.rows, roles)), head };
}

function profileColumn(column: Column, rows: number, roles: ColumnRoles): ColumnProfile {
  const role = roles.id.includes(column.name) ? 'id' : roles.target.includes(column.name) ? 'target' : 'feature';
  const counts = new Map<string, number>();
  const numbers: number[] = [];
  let missing = 0;
  for (let row = 0; row < rows; row++) {
    const text = column.text(row);
    if (isMissing(text)) {
      missing++;
      continue;
    }
    counts.set(text, (counts.get(text) ?? 0) + 1);
    const start = column.start(row);
    const value = start === absent ? NaN : parseNumber(column.view, start, column.end(row));
    if (Number.isFinite(value)) numbers.push(value);
  }
  const present = rows - missing;
  const base = { name: column.name, role, missing, unique: counts.size } as const;
  if (role === 'id') return { ...base, kind: 'id' };
  if (present > 0 && numbers.length === present) {
    const { range, histogram } = histogramOf(numbers);
    return { ...base, kind: 'number', range, histogram };
  }
  const kind = kindOfColumn(counts, present);
  // Names that all differ (of files, for instance) have no most frequent ones.
  return kind === 'category' && counts.size < present ? { ...base, kind, top: topOf(counts) } : { ...base, kind };
}

/** Dates as ISO 8601 writes them, with or without a time of day. */
export const isoDate = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * The kind of a column that is not all numbers. Dates are ISO dates throughout; text is mostly different values of several words each.
 * @param counts  how often each value occurs, without missing ones
 * @param present the sum of these
 */
export function kindOfColumn(counts: ReadonlyMap<string, number>, present: number): 'date' | 'text' | 'category' {
  if (present === 0) return 'category';
  let words = 0;
  let dates = true;
  for (const text of counts.keys()) {
    dates &&= isoDate.test(text);
    words += text.split(/\s+/u, 50).length;
  }
  if (dates) return 'date';
  return counts.size > present / 2 && words / counts.size >= 2.5 ? 'text' : 'category';
}

/** Equal bins from the smallest to the largest value; the largest belongs to the last bin. */
function histogramOf(numbers: readonly number[]): { range: [number, number]; histogram: number[] } {
  let low = Infinity;
  let high = -Infinity;
  for (const value of numbers) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const histogram = new Array<number>(histogramBins).fill(0);
  for (const value of numbers) {
    // Halves first: high − low of two huge numbers of opposite sign would overflow.
    const share = high === low ? 0 : (value / 2 - low / 2) / (high / 2 - low / 2);
    const bin = Math.min(histogramBins - 1, Math.floor(share * histogramBins));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  return { range: [low, high], histogram };
}

function topOf(counts: ReadonlyMap<string, number>): { value: string; count: number }[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, topValues);
}
