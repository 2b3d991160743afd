import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { answersIn, type Solved } from '../../../core/competition/import/own/copies';
import { readOwnTable } from '../../../core/competition/import/own/table';
import type { ImportFinding } from '../../../core/competition/import/report';
import type { Content, ManifestFields } from '../../competitions/writeCompetition';
import type { OwnRequest } from './importOwn';
import type { OwnFolder } from './ownFolder';
import type { MadeTables } from './ownTables';

export interface Others {
  readonly files: readonly (readonly [string, Content])[];
  readonly listed: ManifestFields['files'];
}

const tableName = /\.(csv|tsv|txt)$/i;
const document = /\.(md|pdf|rst)$/i;
const code = /\.(py|ipynb|r|rmd|jl|sql|sh)$/i;
/** Larger ones are not looked into. */
const maxLookBytes = 1024 ** 3;

/**
 * Which further files come along. Left out are tables that hold answers, whatever they are called, and
 * what cannot be looked into, since it may be a copy of the data that the test set was cut from.
 */
export async function carryOthers(own: OwnFolder, tables: MadeTables, request: OwnRequest, findings: ImportFinding[]): Promise<Others> {
  const taken = new Set([request.answers, request.starter].flatMap((path) => (path === undefined ? [] : [relative(own.folder, isAbsolute(path) ? path : resolve(path)).split(sep).join('/'), path])));
  const { truth, id } = tables.columns;
  const solved: Solved = {
    rows: tables.solved,
    // New numbers and new names of pictures stand in no other file.
    id: tables.columns.newId === undefined ? id : ['\0'],
    truth: truth.filter((name) => tables.solved.columns.has(name)),
    wholeTruth: tables.cut === null ? null : truth.map((name) => Array.from({ length: own.train.table.rows }, (_, row) => own.train.table.columns.get(name)?.text(row) ?? '')),
  };
  const files: [string, Content][] = [];
  const listed: ManifestFields['files'][number][] = [];
  if (own.test && tables.cut !== null) {
    const held = answersIn(own.test.table, solved);
    if (held > 0) findings.push(leftOut(own.test.name, held));
    else {
      files.push(['data/unlabelled_test.csv', { from: own.test.path }]);
      listed.push({ path: 'data/unlabelled_test.csv', role: 'other', description: `${own.test.name} as it was given, without answers: nothing of it is scored.` });
      findings.push({ code: 'test_unlabelled', severity: 'info', message: `${own.test.name} has no answers: a test set was cut from ${own.train.name}, and ${own.test.name} lies beside it as unlabelled_test.csv.`, fix: 'Give --answers if you have them.' });
    }
  }
  const unknown: string[] = [];
  for (const path of own.others) {
    if (taken.has(path)) continue;
    const verdict = await lookInto(join(own.folder, path), path, solved);
    if (verdict === 'carry') {
      files.push([`data/${path}`, { from: join(own.folder, path) }]);
      if (!path.includes('/')) listed.push({ path: `data/${path}`, role: 'other', description: 'As it was given.' });
    } else if (verdict === 'unknown') unknown.push(path);
    else findings.push(leftOut(path, verdict));
  }
  for (const folder of new Set(files.flatMap(([path]) => (path.split('/').length > 2 ? [path.split('/')[1] ?? ''] : [])))) {
    if (!listed.some(({ path }) => path === `data/${folder}/`) && folder !== 'images') listed.push({ path: `data/${folder}/`, role: 'other', description: 'As it was given.' });
  }
  report(own, unknown, findings);
  return { files, listed };
}

const leftOut = (path: string, held: number): ImportFinding => ({
  code: 'answers_public',
  severity: 'error',
  message: `${path} holds ${held} answers of the test set. It was left out.`,
  fix: 'Nothing needs to be done; take it along only without these rows.',
});

/** Whether a further file may come along; a number: how many answers of the test set it holds; `unknown`: that cannot be seen. */
export async function lookInto(file: string, path: string, solved: Solved): Promise<'carry' | 'unknown' | number> {
  if (document.test(path)) return 'carry';
  if (!tableName.test(path) || code.test(path) || (await stat(file)).size > maxLookBytes) return 'unknown';
  const read = readOwnTable(await readFile(file));
  if (!read.ok) return /\.txt$/i.test(path) ? 'carry' : 'unknown';
  const held = answersIn(read.table, solved);
  return held > 0 ? held : 'carry';
}

function report(own: OwnFolder, unknown: readonly string[], findings: ImportFinding[]): void {
  const few = (paths: readonly string[]): string => `${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}`;
  const scripts = unknown.filter((path) => code.test(path));
  const rest = unknown.filter((path) => !code.test(path));
  if (scripts.length > 0) findings.push({ code: 'code_left_out', severity: 'info', message: `Scripts and notebooks were left out, since their output may hold answers: ${few(scripts)}.`, fix: 'Begin from one of them with --starter.' });
  if (rest.length > 0) findings.push({ code: 'not_checked', severity: 'warning', message: `Left out, since it could not be seen whether answers are inside: ${few(rest)}.`, fix: 'Save tables as CSV, and pack nothing but pictures.' });
  if (own.links.length > 0) findings.push({ code: 'links_left_out', severity: 'warning', message: `Links are not followed: ${few(own.links)}.`, fix: 'Put the files themselves there.' });
}
