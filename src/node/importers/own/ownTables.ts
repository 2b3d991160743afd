import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { constantsOf } from '../../../core/competition/import/own/constants';
import { cutTestSet, type Cut } from '../../../core/competition/import/own/cut';
import { emptyIsTruth } from '../../../core/competition/import/own/emptyTruth';
import { cutFiles, sampleFor, type Columns, type CutFiles } from '../../../core/competition/import/own/cutFiles';
import type { MetricChoice } from '../../../core/competition/import/own/propose';
import { splitText } from '../../../core/competition/import/own/words';
import { decideLayout } from '../../../core/competition/import/layout';
import type { ImportFinding } from '../../../core/competition/import/report';
import { isMissing } from '../../../core/competition/profile';
import { hasUsage, usageColumn, withUsage } from '../../../core/competition/usage';
import { bindMetric } from '../../../core/grading/describe';
import type { CsvTable } from '../../../core/grading/csv';
import { allColumns, readWhole, writeCsv, type OutputColumn } from '../../../core/grading/writeCsv';
import { ImportError } from '../importError';
import type { OwnRequest } from './importOwn';
import { readTable, type OwnFolder } from './ownFolder';

/** Training table, test table, answers and sample submission, made of what the person has. */

/** The tables that a competition is made of, before pictures and other files. */
export interface MadeTables extends CutFiles {
  /** The test rows with their truth. */
  readonly solved: CsvTable;
  readonly columns: Columns;
  /** Columns of the submission that are scored, and the metric's parameters with them. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly cut: Cut | null;
  readonly split: string;
}

/** A table that was just written. */
export function readAgain(bytes: Uint8Array): CsvTable {
  const read = readWhole(bytes);
  if (!read.ok) throw new ImportError('bad_table', `The new table cannot be read again: ${read.message}`, 'Report this with the header of the data.');
  return read.table;
}

/** Cells that replace those that were read, by column and row of each table; a cut has one table, `train`. */
export interface NewCells {
  readonly train: ReadonlyMap<string, (row: number) => string>;
  readonly test: ReadonlyMap<string, (row: number) => string>;
}

const noCells: NewCells = { train: new Map(), test: new Map() };

/**
 * Answers that are given, those that the test table holds itself, or a test set that is cut.
 * @throws ImportError `not_gradable`, `wrong_column`, `no_cut`, `bad_table`
 */
export async function tablesOf(own: OwnFolder, columns: Columns, metric: MetricChoice, request: OwnRequest, findings: ImportFinding[], cells: NewCells = noCells): Promise<MadeTables> {
  const { test } = own;
  if (request.answers !== undefined) {
    if (!test) throw new ImportError('not_gradable', `There are answers, but ${own.folder} has no test.csv.`, 'Add the rows that they belong to, or leave the answers out: a test set is cut then.');
    const path = await answersPath(own.folder, request.answers);
    const file = await readTable(dirname(path), basename(path));
    return given(own, columns, metric, request, { table: file.table, name: basename(file.name) }, cells);
  }
  if (test && !(request.newId ?? false) && columns.truth.every((name) => complete(test.table, name))) {
    findings.push({ code: 'test_is_solved', severity: 'info', message: `test.csv holds ${columns.truth.join(', ')} itself: its rows are the test set, and these columns are the answers.`, fix: 'Empty these columns for a test set that is cut from train.csv.' });
    return given(own, columns, metric, request, test, cells);
  }
  return cutFrom(own, { ...columns, cells: cells.train }, metric, request, findings);
}

function complete(table: CsvTable, name: string): boolean {
  const column = table.columns.get(name);
  return column !== undefined && Array.from({ length: table.rows }, (_, row) => column.text(row)).every((text) => !isMissing(text));
}

function layoutParams(columns: Columns, metric: MetricChoice, answers: readonly string[]): Readonly<Record<string, unknown>> {
  const layout = decideLayout([...columns.id, ...columns.target], answers, { metric: metric.name, params: metric.params, id: columns.id, target: columns.target });
  if (!layout.ok) throw new ImportError('not_gradable', layout.message, 'Answers need the id and the target.');
  return layout.layout.params;
}

function cutFrom({ train }: OwnFolder, columns: Columns, metric: MetricChoice, request: OwnRequest, findings: ImportFinding[]): MadeTables {
  const empty = emptyIsTruth(train.table, columns.truth, metric);
  const made = cutTestSet(train.table, { truth: columns.truth, emptyIsTruth: empty, by: request.by, testShare: request.testShare, publicShare: request.publicShare, seed: request.seed });
  if (!made.ok) throw new ImportError('no_cut', made.message, made.fix);
  const { cut } = made;
  if (columns.newId === undefined) requireUnique(train.table, cut.test, columns.id);
  if (cut.leftOut.length > 0) findings.push({ code: 'rows_left_out', severity: 'info', message: `${cut.leftOut.length} rows without ${columns.truth.join(', ')} lie on the test side and are in neither file.`, fix: 'Nothing needs to be done.' });
  const unlabelled = empty ? 0 : cut.train.filter((row) => columns.truth.some((name) => isMissing(train.table.columns.get(name)?.text(row) ?? ''))).length;
  if (unlabelled > 0) findings.push({ code: 'rows_unlabelled', severity: 'info', message: `${unlabelled} rows without ${columns.truth.join(', ')} are for training: they cannot be graded.`, fix: 'Nothing needs to be done.' });
  const files = cutFiles(train.table, cut, columns, constantsOf(train.table, cut.train, columns, metric.name));
  const all = cutFiles(train.table, { ...cut, train: cut.test }, columns, []);
  const split = splitText(request.by, { train: cut.train.length, test: cut.test.length, public: cut.publicRows.size });
  return { ...files, solved: readAgain(all.train), columns, cut, split, params: layoutParams(columns, metric, [...columns.id, ...columns.truth, 'Usage']) };
}

function requireUnique(table: CsvTable, rows: readonly number[], id: readonly string[]): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const texts = id.map((name) => table.columns.get(name)?.text(row) ?? '');
    const key = JSON.stringify(texts);
    if (seen.has(key)) throw new ImportError('wrong_column', `The id ${texts.join(', ')} (${id.join(', ')}) stands in several rows, so it does not tell them apart.`, 'Name more columns, or let the rows be numbered in a new one (--new-id). An id that repeats may be a group (--group).');
    seen.add(key);
  }
}

/** A path as it was given, or in the person's folder. @throws ImportError `not_gradable` */
async function answersPath(folder: string, path: string): Promise<string> {
  for (const place of [resolve(path), ...(isAbsolute(path) ? [] : [join(folder, path)])]) {
    if ((await stat(place).catch(() => undefined))?.isFile()) return place;
  }
  throw new ImportError('not_gradable', `The answers ${path} are not there.`, 'Give the path of a CSV file with id and target.');
}

const everyRow = (table: CsvTable): number[] => Array.from({ length: table.rows }, (_, row) => row);
const replaced = (table: CsvTable, cells: ReadonlyMap<string, (row: number) => string>): OutputColumn[] => allColumns(table).map((column) => ({ ...column, cells: cells.get(column.name) ?? column.cells }));

/** A test table with answers beside it, or in it. */
function given(own: OwnFolder, columns: Columns, metric: MetricChoice, request: OwnRequest, answers: { table: CsvTable; name: string }, cells: NewCells): MadeTables {
  const { train } = own;
  const test = own.test?.table ?? answers.table;
  const lost = columns.id.find((name) => !answers.table.columns.has(name));
  if (lost !== undefined) throw new ImportError('wrong_column', `${answers.name} has no column "${lost}".`, `Its columns are ${answers.table.header.slice(0, 30).join(', ')}.`);
  requireUnique(test, everyRow(test), columns.id);
  const params = layoutParams(columns, metric, answers.table.header);
  const rowOf = matchIds(test, answers.table, columns.id, answers.name);
  const truth = new Set([...columns.truth, ...columns.target, ...bindMetric(metric.name, params).answersColumns, ...namesIn(params['answer_target'])]);
  const ids = columns.id.flatMap((name) => replaced(test, cells.test).filter((column) => column.name === name));
  const hidden = new Set([...columns.truth, ...columns.target]);
  const features = replaced(test, cells.test).filter(({ name }) => !hidden.has(name) || columns.id.includes(name));
  const solution = [...truth].filter((name) => answers.table.columns.has(name) && !columns.id.includes(name)).map((name): OutputColumn => ({ name, cells: (row) => answers.table.columns.get(name)?.text(rowOf[row] ?? 0) ?? '' }));
  const usage: OutputColumn = { name: usageColumn, cells: (row) => answers.table.columns.get(usageColumn)?.text(rowOf[row] ?? 0) ?? '' };
  const whole = readAgain(writeCsv([...ids, ...solution, ...(answers.table.columns.has(usageColumn) ? [usage] : [])], everyRow(test)));
  const final = hasUsage(whole) ? whole : readAgain(withUsage(whole, columns.id, request));
  const open = everyRow(final).filter((row) => final.columns.get(usageColumn)?.text(row) === 'Public').length;
  return {
    train: writeCsv(replaced(train.table, cells.train), everyRow(train.table)),
    test: writeCsv(features, everyRow(test)),
    answers: writeCsv(allColumns(final), everyRow(final)),
    sample: sampleFor(readAgain(writeCsv(features, everyRow(test))), columns, constantsOf(train.table, everyRow(train.table), columns, metric.name)),
    solved: readAgain(writeCsv([...features, ...solution.filter(({ name }) => !features.some((column) => column.name === name))], everyRow(test))),
    columns,
    params,
    cut: null,
    split: `${train.table.rows} rows are for training and ${test.rows} for the test, ${open} of which are public. The test set was given.`,
  };
}

const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);

/** For each test row its row of the answers. @throws ImportError `not_gradable` */
function matchIds(test: CsvTable, answers: CsvTable, id: readonly string[], name: string): number[] {
  const keysOf = (table: CsvTable): string[] => Array.from({ length: table.rows }, (_, row) => JSON.stringify(id.map((one) => table.columns.get(one)?.text(row))));
  const rows = new Map(keysOf(answers).map((key, row) => [key, row]));
  const found = keysOf(test).map((key) => ({ key, row: rows.get(key) }));
  const missing = found.filter(({ row }) => row === undefined);
  if (missing.length > 0) throw new ImportError('not_gradable', `${name} lacks the answers to ${missing.length} of ${test.rows} rows of test.csv, among them ${missing.slice(0, 3).map(({ key }) => key.slice(1, -1)).join('; ')}.`, 'Make ids of both files agree.');
  return found.map(({ row }) => row ?? 0);
}

