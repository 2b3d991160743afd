import { join } from 'node:path';
import { isPicture, pictureColumns, picturesOf, planPictures, type PictureColumn } from '../../../core/competition/import/own/pictures';
import type { ImportFinding } from '../../../core/competition/import/report';
import { nearMatches } from '../../../core/grading/nearMatches';
import type { Content } from '../../competitions/writeCompetition';
import { ArchiveError } from '../../archives/archiveError';
import { extractArchive } from '../../archives/extract';
import { ImportError } from '../importError';
import { unsafeArchive, type OwnFolder } from './ownFolder';
import type { MadeTables, NewCells } from './ownTables';

/** The column of each table that names pictures. */
export interface ChosenPictures {
  readonly train: PictureColumn;
  /** The same column of a test table that was given. */
  readonly test: PictureColumn | null;
}

/**
 * The column that names pictures: the one asked for, or the first that does; null when there are no pictures.
 * @throws ImportError `wrong_column` when the one asked for names none
 */
export function choosePictures(own: OwnFolder, wished: string | undefined): ChosenPictures | null {
  const files = own.pictures.flatMap((source) => source.files);
  const found = pictureColumns(own.train.table, files);
  const train = wished === undefined ? found[0] : found.find(({ column }) => column === wished);
  if (wished !== undefined && train === undefined) {
    const [near] = nearMatches(wished, own.train.table.header);
    const known = own.train.table.header.includes(wished);
    const message = known ? `Column "${wished}" does not name a picture in every row; ${files.length} pictures were found.` : `${own.train.name} has no column "${wished}".`;
    throw new ImportError('wrong_column', message, known ? 'Put the pictures into the folder, or into a zip there.' : near === undefined ? `Its columns are ${own.train.table.header.slice(0, 30).join(', ')}.` : `Did you mean "${near}"?`);
  }
  if (train === undefined) return null;
  const test = own.test ? (pictureColumns(own.test.table, files).find(({ column }) => column === train.column) ?? null) : null;
  return { train, test };
}

export interface PlacedPictures {
  readonly files: ReadonlyMap<string, Content>;
  /** New names of the pictures, where they got such. */
  readonly cells: NewCells | null;
}

interface Making {
  readonly scratch: string;
  readonly findings: ImportFinding[];
  readonly signal: AbortSignal | undefined;
}

/** Unpacks what the rows name and says where each picture goes. @throws ImportError `unsafe_archive`, `wrong_column`; CancelledError */
export async function placePictures(own: OwnFolder, { train, test }: ChosenPictures, tables: MadeTables, { scratch, findings, signal }: Making): Promise<PlacedPictures> {
  const { cut, solved, columns } = tables;
  const label = (row: number): string => solved.columns.get(columns.truth[0] ?? '')?.text(row) ?? '';
  const everyRow = (count: number): number[] => Array.from({ length: count }, (_, row) => row);
  const testRows = cut ? cut.test : everyRow(solved.rows);
  const testTable = cut ? own.train.table : own.test?.table;
  const testColumn = cut ? train : test;
  if (!testTable || !testColumn) throw new ImportError('wrong_column', `Column "${train.column}" names no picture in every row of test.csv.`, 'Put the pictures of the test rows beside the others.');
  const ofTrain = picturesOf(own.train.table, cut ? cut.train : everyRow(own.train.table.rows), train, () => '');
  // `solved` has the test rows in their order.
  const place = new Map(testRows.map((row, at) => [row, at]));
  const ofTest = picturesOf(testTable, testRows, testColumn, (row) => label(place.get(row) ?? 0));
  const plan = planPictures(ofTrain, ofTest);
  if (plan.cells && !cut && columns.id.includes(train.column)) {
    throw new ImportError('wrong_column', `The pictures need new names (${plan.reason ?? ''}), but "${train.column}" is the id of answers that are given.`, 'Give the pictures plain names, or the rows another id.');
  }
  if (plan.reason !== null) findings.push({ code: 'pictures_renamed', severity: 'info', message: `The pictures have numbers for names: ${plan.reason}.`, fix: `Column "${train.column}" has the new names.` });
  const unused = own.pictures.flatMap((source) => source.files).length - new Set(plan.files.values()).size;
  if (unused > 0) findings.push({ code: 'pictures_left_out', severity: 'info', message: `${unused} pictures are named by no row and were left out.`, fix: 'Nothing needs to be done.' });
  const roots = await unpackNeeded(own, new Set(plan.files.values()), scratch, signal);
  const files = new Map([...plan.files].map(([target, source]): [string, Content] => [target, { from: join(roots.get(source) ?? own.folder, ...source.split('/')) }]));
  if (!plan.cells) return { files, cells: null };
  const cellsOf = (rows: readonly number[], cells: readonly string[]): ((row: number) => string) => {
    const byRow = new Map(rows.map((row, at) => [row, cells[at] ?? '']));
    return (row) => byRow.get(row) ?? '';
  };
  if (cut) return { files, cells: { train: new Map([[train.column, cellsOf([...cut.train, ...cut.test], [...plan.cells.train, ...plan.cells.test])]]), test: new Map() } };
  return {
    files,
    cells: { train: new Map([[train.column, cellsOf(everyRow(own.train.table.rows), plan.cells.train)]]), test: new Map([[train.column, cellsOf(testRows, plan.cells.test)]]) },
  };
}

/** Where the paths of archived pictures count from, by path. */
async function unpackNeeded(own: OwnFolder, needed: ReadonlySet<string>, scratch: string, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, string>> {
  const roots = new Map<string, string>();
  for (const { archive, prefix, files } of own.pictures) {
    const wanted = files.filter((file) => needed.has(file) && isPicture(file));
    if (archive === null || wanted.length === 0) continue;
    try {
      await extractArchive(join(own.folder, archive), join(scratch, ...prefix.split('/').filter(Boolean)), { signal: signal ?? new AbortController().signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (ArchiveError.is(error, 'write_failed')) throw error;
      throw unsafeArchive(archive, error);
    }
    for (const file of wanted) roots.set(file, scratch);
  }
  return roots;
}
