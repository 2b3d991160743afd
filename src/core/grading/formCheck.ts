import { gradeBy } from './grade';
import { readWhole } from './writeCsv';
import type { CompetitionGrade } from './result';
import { onceEach } from './matching';

/**
 * Whether a submission has the form of a sample: its columns, and its ids in any order. Nothing is
 * scored: the sample's values are dummies, and which values the metric takes is the business of
 * whoever has the answers. Empty cells are a warning, since some metrics take them.
 */
export function checkForm(sample: Uint8Array, submission: Uint8Array, columns: { readonly id: readonly string[]; readonly target: readonly string[] }): Pick<CompetitionGrade, 'valid' | 'errors' | 'warnings' | 'rows'> {
  const read = readWhole(sample);
  if (!read.ok) throw new Error(`The sample submission cannot be read: ${read.message}`);
  const { valid, errors, warnings, rows } = gradeBy(
    {
      name: 'form',
      direction: 'maximize',
      label: 'form',
      range: [0, 0],
      formula: '',
      explanation: '',
      common: {},
      // Some samples repeat an id, as one row for each object in a picture.
      idRule: repeats(read.table, columns.id) ? { answersRepeat: true, submissionRepeats: true } : onceEach,
      answersColumns: [],
      submissionColumns: [],
      truthInTargets: false,
      numeric: false,
      prepare: ({ submission: table, warnings, targets }) => {
        for (const { name, submission: cells } of targets) {
          for (let row = 0; row < table.rows; row++) {
            if (cells.start(row) === cells.end(row)) warnings.add('empty_value', { column: name, offset: table.recordStarts[row] });
          }
        }
        return { score: () => 0 };
      },
    },
    { answers: sample, submission, id: columns.id, target: columns.target, usageColumn: null, parts: false },
  );
  return { valid, errors, warnings, rows };
}

function repeats(table: Extract<ReturnType<typeof readWhole>, { ok: true }>['table'], id: readonly string[]): boolean {
  const columns = id.map((name) => table.columns.get(name));
  const seen = new Set<string>();
  for (let row = 0; row < table.rows; row++) seen.add(JSON.stringify(columns.map((column) => column?.text(row))));
  return seen.size < table.rows;
}
