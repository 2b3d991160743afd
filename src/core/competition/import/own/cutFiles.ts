import type { CsvTable } from '../../../grading/csv';
import { allColumns, writeCsv, type OutputColumn } from '../../../grading/writeCsv';
import { usageColumn } from '../../usage';
import type { Cut } from './cut';

/** The CSV files of a cut. Cells are copied byte for byte: an id `007` stays one. */

/** The columns of a competition's files. */
export interface Columns {
  readonly id: readonly string[];
  /** Columns of the training table that hold the truth, of the answers too. */
  readonly truth: readonly string[];
  /** Columns of a submission beside the id: the truth's, or one per class. */
  readonly target: readonly string[];
  /** Further columns that the training file keeps and the test file must not have. */
  readonly trainOnly?: readonly string[];
  /** New cells by column, in the place of those that were read. */
  readonly cells?: ReadonlyMap<string, (row: number) => string>;
  /** For a table without an id: a new column that numbers the rows, the only name in `id`. */
  readonly newId?: string;
}

export interface CutFiles {
  readonly train: Uint8Array;
  readonly test: Uint8Array;
  /** id, truth, `Usage` (Public or Private). */
  readonly answers: Uint8Array;
  /** id, target. */
  readonly sample: Uint8Array;
}

/**
 * @param constants one value per target column, for every row of the sample submission (`constantsOf`)
 */
export function cutFiles(table: CsvTable, cut: Cut, columns: Columns, constants: readonly string[]): CutFiles {
  const read = allColumns(table).map((column) => ({ ...column, cells: columns.cells?.get(column.name) ?? column.cells }));
  const all = columns.newId === undefined ? read : [{ name: columns.newId, cells: numbered(cut) }, ...read];
  const only = (names: readonly string[]): OutputColumn[] => names.flatMap((name) => all.filter((column) => column.name === name));
  const hidden = new Set([...columns.truth, ...(columns.trainOnly ?? [])]);
  const usage: OutputColumn = { name: usageColumn, cells: (row) => (cut.publicRows.has(row) ? 'Public' : 'Private') };
  return {
    train: writeCsv(all, cut.train),
    test: writeCsv(all.filter(({ name }) => !hidden.has(name)), cut.test),
    answers: writeCsv([...only(columns.id), ...only(columns.truth), usage], cut.test),
    sample: writeCsv([...only(columns.id), ...constantColumns(columns.target, constants)], cut.test),
  };
}

/** A sample submission for the rows of a test file. */
export function sampleFor(test: CsvTable, { id, target }: Pick<Columns, 'id' | 'target'>, constants: readonly string[]): Uint8Array {
  const ids = id.flatMap((name) => allColumns(test).filter((column) => column.name === name));
  return writeCsv([...ids, ...constantColumns(target, constants)], Array.from({ length: test.rows }, (_, row) => row));
}

const constantColumns = (target: readonly string[], constants: readonly string[]): OutputColumn[] =>
  target.map((name, k) => ({ name, cells: () => constants[k] ?? '' }));

/** Training rows in their order, then the test rows in theirs: a number tells nothing of where a row lay in the file. */
function numbered({ train, test }: Cut): (row: number) => string {
  const numbers = new Map([...train, ...test].map((row, at) => [row, String(at + 1)]));
  return (row) => numbers.get(row) ?? '';
}
