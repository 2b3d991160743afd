import type { CsvTable } from './csv';
import { defineMetric, type BoundMetric } from './metric';
import { parseNumber } from './numbers';
import { eachSubmitted, predictedNumbers, reportSubmitted } from './values';

/**
 * Checks of a submission that goes to a grader in Python, which would read an empty or missing
 * number as NaN and often skip it: every id as the answers have it, and in columns that hold
 * numbers in the sample submission nothing but finite numbers. It scores nothing.
 *
 * @param reference a table with the competition's ids: whether they repeat decides the rule
 */
export function columnChecks(sample: CsvTable, reference: CsvTable, id: readonly string[], target: readonly string[]): BoundMetric {
  const numeric = new Set(target.filter((name) => isNumeric(sample, name)));
  const mayBeEmpty = new Set(target.filter((name) => hasEmpty(sample, name) || hasEmpty(reference, name)));
  const repeats = idsRepeat(reference, id);
  const bound = defineMetric({
    name: 'checks',
    direction: 'maximize',
    params: {},
    numeric: false,
    range: [0, 0],
    label: () => 'checks',
    formula: '',
    explanation: '',
    truthInTargets: () => false,
    idRule: () => ({ answersRepeat: repeats, submissionRepeats: repeats }),
    prepare(input) {
      for (const { name, submission } of input.targets) {
        if (numeric.has(name)) predictedNumbers(input, submission);
        else if (!mayBeEmpty.has(name)) {
          eachSubmitted(input, submission, (_scored, start, end, row) => {
            if (start === end) reportSubmitted(input, 'empty_value', submission, row);
          });
        }
      }
      return { score: () => 0 };
    },
  }).bind({});
  if ('errors' in bound) throw new Error('checks have no parameters');
  return bound;
}

function isNumeric(table: CsvTable, name: string): boolean {
  const column = table.columns.get(name);
  if (column === undefined) return false;
  for (let row = 0; row < table.rows; row++) if (!Number.isFinite(parseNumber(column.view, column.start(row), column.end(row)))) return false;
  return table.rows > 0;
}

function hasEmpty(table: CsvTable, name: string): boolean {
  const column = table.columns.get(name);
  if (column === undefined) return false;
  for (let row = 0; row < table.rows; row++) if (column.start(row) === column.end(row)) return true;
  return false;
}

function idsRepeat(table: CsvTable, id: readonly string[]): boolean {
  const seen = new Set<string>();
  for (let row = 0; row < table.rows; row++) seen.add(JSON.stringify(id.map((name) => table.columns.get(name)?.text(row))));
  return seen.size < table.rows;
}
