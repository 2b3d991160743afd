import { grade } from '../../../grading/grade';
import type { CsvTable } from '../../../grading/csv';
import { allColumns, writeCsv, type OutputColumn } from '../../../grading/writeCsv';
import { isMissing } from '../../profile';
import type { MetricChoice } from './propose';

/** No name that a header can have. */
const rowNumber: OutputColumn = { name: '\u0001row', cells: String };

/**
 * Whether an empty cell is a truth as any other: no label, no box, no word. The metric itself is asked,
 * with a row that has a truth and one that has none.
 */
export function emptyIsTruth(table: CsvTable, truth: readonly string[], { name, params }: MetricChoice): boolean {
  const [only, ...more] = truth;
  const column = only === undefined || more.length > 0 ? undefined : table.columns.get(only);
  if (column === undefined) return false;
  const rows = Array.from({ length: table.rows }, (_, row) => row);
  const filled = rows.find((row) => !isMissing(column.text(row)));
  const empty = rows.find((row) => column.text(row) === '');
  if (filled === undefined || empty === undefined) return false;
  const both = writeCsv([rowNumber, ...allColumns(table)], [filled, empty]);
  return grade({ answers: both, submission: both, metric: name, params, id: [rowNumber.name], target: truth, usageColumn: null, parts: false }).valid;
}
