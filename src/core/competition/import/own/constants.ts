import type { Column, CsvTable } from '../../../grading/csv';
import { parseNumber } from '../../../grading/numbers';
import { isMissing } from '../../profile';
import { predictsNumbers, predictsProbabilities } from '../taskKind';
import type { Columns } from './cutFiles';

/**
 * The constant for each target column of a sample submission, from the training rows alone: the
 * median for numbers, the share of the class for probabilities, the most frequent label otherwise.
 */
export function constantsOf(table: CsvTable, rows: readonly number[], { truth, target }: Pick<Columns, 'truth' | 'target'>, metric: string): string[] {
  const columns = truth.map((name) => table.columns.get(name));
  if (target.length !== truth.length) return shares(columns[0], rows, target);
  return columns.map((column) => {
    if (column === undefined) return '';
    const texts = rows.map((row) => column.text(row)).filter((text) => !isMissing(text));
    if (predictsProbabilities(metric)) return rate(numbersIn(column, rows));
    if (predictsNumbers(metric)) return median(column, rows) ?? mostFrequent(texts);
    return mostFrequent(texts);
  });
}

const short = (value: number): string => String(Number(value.toPrecision(6)));

function numbersIn(column: Column, rows: readonly number[]): { row: number; value: number }[] {
  return rows.map((row) => ({ row, value: isMissing(column.text(row)) ? NaN : parseNumber(column.view, column.start(row), column.end(row)) })).filter(({ value }) => Number.isFinite(value));
}

/** How often the class 1 is; a half where classes have names. */
function rate(numbers: readonly { readonly value: number }[]): string {
  const binary = numbers.length > 0 && numbers.every(({ value }) => value === 0 || value === 1);
  return binary ? short(numbers.reduce((sum, { value }) => sum + value, 0) / numbers.length) : '0.5';
}

/** The lower median, as it is written in the file. */
function median(column: Column, rows: readonly number[]): string | undefined {
  const sorted = numbersIn(column, rows).sort((a, b) => a.value - b.value);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  return middle && column.text(middle.row);
}

function mostFrequent(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most), ['', 0])[0];
}

/** One column per class: its share of the rows, or equal shares when the columns are not called as the classes. */
function shares(label: Column | undefined, rows: readonly number[], classes: readonly string[]): string[] {
  const counts = new Map<string, number>(classes.map((name) => [name, 0]));
  for (const row of label ? rows : []) {
    const text = label?.text(row) ?? '';
    const count = counts.get(text);
    if (count !== undefined) counts.set(text, count + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return classes.map((name) => String(total === 0 ? 1 / classes.length : (counts.get(name) ?? 0) / total));
}
