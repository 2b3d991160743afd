import type { CsvTable } from '../../../grading/csv';
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

/** One pass over every column; columns whose name occurs twice are left out. */
export function factsOf(table: CsvTable): TableFacts {
  return { rows: table.rows, columns: [...table.columns.keys()].map((name) => columnFacts(table, name)) };
}

function columnFacts(table: CsvTable, name: string): ColumnFacts {
  const column = table.columns.get(name)!;
  const counts = new Map<string, number>();
  for (let row = 0; row < table.rows; row++) {
    const text = column.text(row);
    if (!isMissing(text)) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const present = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const numbers = [...counts.keys()].map((text) => (text.trim() === '' ? NaN : Number(text)));
  const numeric = numbers.length > 0 && numbers.every(Number.isFinite);
  const times = timesOf(column, table.rows);
  const isDate = !numeric && times.ok;
  return {
    name,
    kind: numeric ? 'number' : isDate ? 'date' : kindOfColumn(counts, present),
    unique: counts.size,
    missing: table.rows - present,
    whole: numeric && [...counts.keys()].every((text) => /^\s*[+-]?\d+\s*$/.test(text)),
    range: numeric ? [numbers.reduce((a, b) => Math.min(a, b), Infinity), numbers.reduce((a, b) => Math.max(a, b), -Infinity)] : null,
    topShare: present === 0 ? 0 : [...counts.values()].reduce((a, b) => Math.max(a, b), 0) / present,
    values: counts.size <= maxValues ? [...counts.keys()] : [],
    ordered: times.ok && counts.size > 1 && isOrdered(times.values),
  };
}

function isOrdered(values: Float64Array): boolean {
  const present = values.filter((value) => !Number.isNaN(value));
  const rising = present.every((value, at) => at === 0 || value >= present[at - 1]!);
  return rising || present.every((value, at) => at === 0 || value <= present[at - 1]!);
}
