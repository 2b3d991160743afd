import type { Column, CsvTable } from '../../../grading/csv';
import { isMissing, kindOfColumn } from '../../profile';
import { timesOf } from './times';

/** What the proposals know of a column: counts over all rows, no model of any kind. */
export interface ColumnFacts {
  readonly name: string;
  readonly kind: 'number' | 'category' | 'text' | 'date';
  /** Different values, without missing ones. */
  readonly unique: number;
  readonly missing: number;
  /** Numbers only: all are whole. */
  readonly whole: boolean;
  readonly range: readonly [number, number] | null;
  /** Share of the most frequent value, of the rows that have one. */
  readonly topShare: number;
  /** Values as they are written, while they are at most `maxValues`. */
  readonly values: readonly string[];
  /** Read as times, they never fall from one row to the next, or never rise. */
  readonly ordered: boolean;
}

export interface TableFacts {
  readonly rows: number;
  readonly columns: readonly ColumnFacts[];
}

const maxValues = 200;
const wholeNumber = /^\s*[+-]?\d+\s*$/;
/** How columns are called that order rows in time. */
export const timeName = /(date|time|year|month|week|day|timestamp|period|hour|season)/i;

/** One pass over every column; columns whose name occurs twice are left out. */
export function factsOf(table: CsvTable): TableFacts {
  return { rows: table.rows, columns: [...table.columns.keys()].map((name) => columnFacts(table, name)) };
}

function columnFacts(table: CsvTable, name: string): ColumnFacts {
  const column = table.columns.get(name)!;
  const counts = countsOf(column, table.rows);
  let [present, most] = [0, 0];
  let [numeric, whole, low, high] = [counts.size > 0, true, Infinity, -Infinity];
  for (const [text, count] of counts) {
    present += count;
    most = Math.max(most, count);
    const value = text.trim() === '' ? NaN : Number(text);
    numeric &&= Number.isFinite(value);
    whole &&= numeric && wholeNumber.test(text);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // Measurements are read as times only where they are called so: the pass over them is a long one.
  const times = numeric && !timeName.test(name) ? undefined : timesOf(column, table.rows);
  return {
    name,
    kind: numeric ? 'number' : times?.ok ? 'date' : kindOfColumn(counts, present),
    unique: counts.size,
    missing: table.rows - present,
    whole: numeric && whole,
    range: numeric ? [low, high] : null,
    topShare: present === 0 ? 0 : most / present,
    values: counts.size <= maxValues ? [...counts.keys()] : [],
    ordered: times?.ok === true && counts.size > 1 && isOrdered(times.values),
  };
}

/** How often each value occurs, without missing ones. */
function countsOf(column: Column, rows: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const text = column.text(row);
    if (!isMissing(text)) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

function isOrdered(values: Float64Array): boolean {
  const present = values.filter((value) => !Number.isNaN(value));
  const rising = present.every((value, at) => at === 0 || value >= present[at - 1]!);
  return rising || present.every((value, at) => at === 0 || value <= present[at - 1]!);
}
