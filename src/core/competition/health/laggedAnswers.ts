import type { CsvTable } from '../../grading/csv';
import type { Finding } from '../finding';
import { columnLeak } from '../leaks';
import type { Manifest } from '../manifest';

/** A lag that people use: up to a month of days in one series, up to a week in one of several. */
const longestLag = 31;
const longestLagInGroups = 7;
/** Columns that may say which series a row belongs to; more are not tried. */
const mostGroupings = 12;
/** Targets that are looked for; more are not tried. */
const mostTargets = 20;
const fewestRows = 20;
/** Rows whose answer is not the commonest one: those of the commonest agree by chance. */
const fewestTelling = 10;
const share = 0.99;
const tellingShare = 0.95;
/** The first rows tell of nearly every column that it is none: so many are looked at, and so many of them must agree. */
const firstLook = 100;
const firstShare = 0.8;

/** Test rows one behind another: `rows` of one series after another, and the place in its series of each. */
interface Order {
  readonly rows: readonly number[];
  readonly places: readonly number[];
  readonly longest: number;
  /** How the rows lie, for the message. */
  readonly words: string;
}

export interface LaggedInput {
  readonly test: CsvTable;
  /** By target: the answer of each test row; undefined where it has none. */
  readonly truths: ReadonlyMap<string, readonly (string | undefined)[]>;
  readonly manifest: Manifest;
}

/**
 * Whether a column of the test file repeats the answer of an earlier test row, as a lag of the target
 * does whose rows are all in the test set: whoever reads the column knows the answers. Rows are
 * looked at as they lie, by the time of the cut, and by series.
 *
 * It is only said where it is so: nearly all values agree, also those that are not the commonest answer.
 */
export function checkLaggedAnswers({ test, truths, manifest }: LaggedInput): readonly Finding[] | string {
  const findings: Finding[] = [];
  const known = new Set<string>();
  const targets = [...truths].slice(0, mostTargets).map(([target, truth]) => ({ target, truth, common: commonest(truth) }));
  for (const order of ordersOf(test, manifest)) {
    for (const { target, ...truth } of targets) {
      for (let lag = 1; lag <= order.longest; lag++) {
        for (const { name, agree, compared } of repeating(test, truth, order, lag, manifest.submission.id)) {
          if (known.has(name)) continue;
          known.add(name);
          const back = lag === 1 ? 'the row before' : `${lag} rows before`;
          const column = truths.size === 1 ? 'the answer' : `the answer "${target}"`;
          findings.push({
            code: 'lagged_answers',
            severity: 'error',
            message: `Column "${name}" of the test file repeats ${column} of ${back} (${order.words}): ${agree} of ${compared} answers can be read there.`,
            fix: 'Leave the column out, or let it reach back before the first test row.',
          });
        }
      }
    }
  }
  if (findings.length > 0) return findings;
  return manifest.split.by === 'time' ? 'No column of the test file repeats an earlier answer.' : [];
}

interface Repeating {
  readonly name: string;
  readonly agree: number;
  readonly compared: number;
}

interface Truth {
  readonly truth: readonly (string | undefined)[];
  /** The commonest answer. */
  readonly common: string | undefined;
}

interface Pair {
  readonly row: number;
  readonly before: string;
}

/** Rows and the answer of so many rows before them, up to a number; `telling`: without the commonest one. */
function pairsOf({ truth, common }: Truth, { rows, places }: Order, lag: number, telling: boolean, most = Infinity): Pair[] {
  const pairs: Pair[] = [];
  for (let at = lag; at < rows.length && pairs.length < most; at++) {
    const before = (places[at] ?? 0) >= lag ? truth[rows[at - lag] ?? -1] : undefined;
    if (before !== undefined && before !== '' && !(telling && before === common)) pairs.push({ row: rows[at] ?? 0, before });
  }
  return pairs;
}

function repeating(test: CsvTable, truth: Truth, order: Order, lag: number, id: readonly string[]): Repeating[] {
  const first = pairsOf(truth, order, lag, true, firstLook);
  const near = [...test.columns.values()].filter((column) => !id.includes(column.name) && agrees(first, (row) => column.text(row), firstShare));
  if (first.length < fewestTelling || near.length === 0) return [];
  const pairs = pairsOf(truth, order, lag, false);
  const telling = pairs.filter(({ before }) => before !== truth.common);
  if (pairs.length < fewestRows) return [];
  const found: Repeating[] = [];
  for (const column of near) {
    const cell = (row: number): string => column.text(row);
    if (!agrees(telling, cell, tellingShare) || !agrees(pairs, cell, share)) continue;
    const own = [...truth.truth.keys()].filter((row) => truth.truth[row] !== undefined);
    // Told as a leak of its own row.
    if (columnLeak(own.map(cell), own.map((row) => truth.truth[row] ?? '')) !== undefined) continue;
    found.push({ name: column.name, agree: pairs.filter(({ row, before }) => same(cell(row), before)).length, compared: pairs.length });
  }
  return found;
}

/** Whether at least this share of the cells is the answer before; ends at the first one too many. */
function agrees(pairs: readonly Pair[], cell: (row: number) => string, least: number): boolean {
  let left = Math.floor((1 - least) * pairs.length + 1e-9);
  return pairs.every(({ row, before }) => same(cell(row), before) || --left >= 0);
}

/** Equal as texts, or as numbers. */
const same = (a: string, b: string): boolean => a === b || (a.trim() !== '' && b.trim() !== '' && Number(a) === Number(b));

function commonest(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** One after another: each is as long as the test file. */
function* ordersOf(test: CsvTable, { split }: Manifest): Generator<Order> {
  const inFile = Array.from({ length: test.rows }, (_, row) => row);
  const time = split.by === 'time' ? test.columns.get(split.column ?? '') : undefined;
  const inTime = time && sortedBy(inFile, (row) => time.text(row));
  const base = inTime ?? inFile;
  const words = inTime ? `in the order of ${split.column ?? ''}` : 'as the rows lie';
  const whole = (rows: readonly number[], how: string): Order => ({ rows, places: rows.map((_, at) => at), longest: longestLag, words: how });
  yield whole(base, words);
  if (inTime) yield whole(inFile, 'as the rows lie');
  let groupings = 0;
  for (const column of test.columns.values()) {
    if (column === time || groupings === mostGroupings) continue;
    const groups = new Map<string, number[]>();
    for (const row of base) {
      const key = column.text(row);
      const group = groups.get(key);
      if (group) group.push(row);
      else groups.set(key, [row]);
      if (groups.size > test.rows / 3) break;
    }
    if (groups.size < 2 || groups.size > test.rows / 3) continue;
    groupings += 1;
    const series = [...groups.values()];
    yield { rows: series.flat(), places: series.flatMap((group) => group.map((_, at) => at)), longest: longestLagInGroups, words: `${words}, by ${column.name}` };
  }
}

/** Times are numbers, or texts that sort as they pass (ISO dates). */
function sortedBy(rows: readonly number[], textOf: (row: number) => string): number[] {
  const keys = rows.map(textOf);
  const numbers = keys.map((key) => (key.trim() === '' ? NaN : Number(key)));
  const numeric = numbers.every(Number.isFinite);
  const compare = (a: number, b: number): number => (numeric ? (numbers[a] ?? 0) - (numbers[b] ?? 0) : keys[a] === keys[b] ? 0 : (keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1);
  return [...rows].sort((a, b) => compare(a, b) || a - b);
}
