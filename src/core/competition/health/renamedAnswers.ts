import type { CsvTable } from '../../grading/csv';
import { allColumns, readWhole, writeCsv, type OutputColumn } from '../../grading/writeCsv';
import type { Finding } from '../finding';
import { answersIn } from '../import/own/copies';
import { readOwnTable } from '../import/own/table';
import type { Manifest } from '../manifest';

/** Columns of the answers that are what is to be predicted; sizes, weights and groups may well be public. */
function truthNames({ submission, metric }: Manifest, answers: CsvTable): string[] {
  const { answer_target: others, label_column: label } = metric.params ?? {};
  const named = [...(Array.isArray(others) ? others : submission.target), label];
  return named.filter((name): name is string => typeof name === 'string' && answers.columns.has(name) && !submission.id.includes(name));
}

/**
 * Public tables that tell the answers under other names: by the ids, or by the features of the test rows.
 * Training, test and sample file are looked at by checks of their own.
 *
 * @param testRow row of the answers → row of the test file, or −1
 * @param known   paths in which answers were found before
 */
export function renamedAnswers(
  answers: CsvTable, test: CsvTable | undefined, testRow: readonly number[], manifest: Manifest, files: ReadonlyMap<string, Uint8Array>, known: readonly string[],
): Finding[] {
  const { id } = manifest.submission;
  const truth = truthNames(manifest, answers);
  const named = new Set([...known, ...manifest.files.filter(({ role }) => role !== 'other').map(({ path }) => path)]);
  const others = [...files].filter(([path]) => !named.has(path));
  if (truth.length === 0 || others.length === 0) return [];
  const own = allColumns(answers).filter(({ name }) => id.includes(name) || truth.includes(name));
  const features = test === undefined || testRow.includes(-1) ? [] : [...test.columns.values()].filter(({ name }) => !own.some((column) => column.name === name));
  const joined = [...own, ...features.map((column): OutputColumn => ({ name: column.name, cells: (row) => column.text(testRow[row]!) }))];
  const rows = readWhole(writeCsv(joined, Array.from({ length: answers.rows }, (_, row) => row)));
  if (!rows.ok) return [];
  return others.flatMap(([path, bytes]): Finding[] => {
    const other = readOwnTable(bytes);
    const held = other.ok ? answersIn(other.table, { rows: rows.table, id, truth, wholeTruth: null }) : 0;
    if (held === 0) return [];
    return [{ code: 'answers_public', severity: 'error', message: `${path} holds ${held} of ${answers.rows} answers.`, fix: 'Take them out of data/: players read everything there.' }];
  });
}
