import { readCsv, type CsvTable } from '../grading/csv';
import { grade } from '../grading/grade';
import { ProblemList } from '../grading/problems';
import type { Finding, Health } from './finding';
import { columnLeak, ordered } from './leaks';
import type { BoardEntry, Manifest } from './manifest';
import { checkBoards } from './health/board';
import { checkColumns } from './health/columns';
import { checkLaggedAnswers } from './health/laggedAnswers';
import { renamedAnswers } from './health/renamedAnswers';
import { noiseOf } from './noise';
import { csvHeader } from './profile';

/**
 * Health of a competition: whether its scores mean what they seem to. Pure; it sees the answers,
 * so it runs where the grader runs and its findings show no value of them.
 */

export interface HealthInput {
  readonly manifest: Manifest;
  /** Public files that could be read, by path, with their content: also those that the manifest does not name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly answers: Uint8Array;
  readonly board: readonly BoardEntry[];
  /** How many teams the whole board has, when known. */
  readonly teams?: number;
  /** Markdown; empty where there is none. */
  readonly description?: string;
  /** Why `files` were left out, in a sentence: nothing is searched for leaks then. */
  readonly tooLarge?: string;
}

type Check = (tables: Tables, input: HealthInput) => readonly Finding[] | string;

interface Tables {
  readonly train: CsvTable | undefined;
  readonly test: CsvTable | undefined;
  readonly answers: CsvTable;
  /** Row of the answers → row of the test file with the same id, −1 when there is none. */
  readonly testRow: readonly number[];
  /** The answer of each answers row as one text; several columns are joined. */
  readonly truth: readonly string[];
}

/** Runs all checks. Never throws for bad data: what cannot be read is a finding. */
export function checkHealth(input: HealthInput): Health {
  const findings: Finding[] = [];
  const passed: string[] = [];
  const add = (result: readonly Finding[] | string): void => {
    if (typeof result === 'string') passed.push(result);
    else findings.push(...result);
  };
  const { manifest, board, teams, description = '', files } = input;
  add(checkBoards(manifest, board, teams));
  add(checkColumns(manifest, description, [...files.values()].map((bytes) => csvHeader(bytes))));
  add(sampleThere(input));
  const tables = input.tooLarge === undefined ? readTables(input) : undefined;
  if (tables === undefined) {
    add([notChecked(input)]);
    return { findings, passed };
  }
  for (const check of [sampleFits, answersHidden, noColumnLeak, noLaggedAnswers, noOrderLeak, allAsked, idsApart, rowsApart, noise] satisfies Check[]) add(check(tables, input));
  return { findings, passed };
}

function notChecked({ manifest, tooLarge }: HealthInput): Finding {
  if (tooLarge !== undefined) return { code: 'not_checked', severity: 'info', message: tooLarge, fix: 'Look at a part of the data yourself: leaks, repeated rows, and what is public.' };
  if (manifest.answers?.file === 'answers.jsonl') return { code: 'not_checked', severity: 'info', message: 'Its answers are JSON lines, which are not compared with the public files.', fix: 'Only its own grader reads them.' };
  return { code: 'not_checked', severity: 'error', message: 'The answers cannot be read as a table with its ids.', fix: 'Repair private/answers.csv or import the competition again.' };
}

const sampleThere = ({ manifest }: HealthInput): readonly Finding[] =>
  manifest.files.some(({ role }) => role === 'sample')
    ? []
    : [{ code: 'no_sample', severity: 'warning', message: 'There is no sample submission.', fix: 'Put one below data/ and name it under "files" with the role sample: players and agents begin from it.' }];

function read(bytes: Uint8Array | undefined): CsvTable | undefined {
  return bytes === undefined ? undefined : (readCsv(bytes, (header) => header, new ProblemList()) ?? undefined);
}

function idsOf(table: CsvTable, id: readonly string[]): string[] {
  const columns = id.map((name) => table.columns.get(name));
  return Array.from({ length: table.rows }, (_, row) => JSON.stringify(columns.map((column) => column?.text(row) ?? '')));
}

/** The columns that are to be predicted. */
const answerColumns = (answers: CsvTable, id: readonly string[]): string[] => [...answers.columns.keys()].filter((name) => !id.includes(name) && name !== 'Usage');

/** The cells of these columns, one text a row; undefined when the table lacks one. */
function truthOf(table: CsvTable, names: readonly string[]): string[] | undefined {
  const columns = names.map((name) => table.columns.get(name));
  if (columns.length === 0 || columns.includes(undefined)) return undefined;
  return Array.from({ length: table.rows }, (_, row) => (columns.length === 1 ? (columns[0]?.text(row) ?? '') : JSON.stringify(columns.map((column) => column?.text(row)))));
}

function readTables({ manifest, files, answers: bytes }: HealthInput): Tables | undefined {
  const of = (role: string): CsvTable | undefined => read(files.get(manifest.files.find((file) => file.role === role)?.path ?? ''));
  const answers = read(bytes);
  const { id } = manifest.submission;
  if (answers === undefined || id.some((name) => !answers.columns.has(name))) return undefined;
  const test = of('test');
  const rowOf = new Map((test ? idsOf(test, id) : []).map((key, row) => [key, row]));
  const truth = truthOf(answers, answerColumns(answers, id)) ?? [];
  return { train: of('train'), test, answers, truth, testRow: idsOf(answers, id).map((key) => rowOf.get(key) ?? -1) };
}

const sampleFits: Check = (tables, { manifest, files, answers }) => {
  const path = manifest.files.find((file) => file.role === 'sample')?.path ?? '';
  const submission = files.get(path);
  if (submission === undefined) return [];
  // A grader in Python is not asked here: it needs a sandbox.
  if (manifest.grader !== undefined) return sampleByColumns(tables, manifest, path, submission);
  const { id, target } = manifest.submission;
  // Without the split no standard error is computed, which is what costs.
  const how = { answers, metric: manifest.metric.name, params: manifest.metric.params, id, target, usageColumn: null };
  const result = grade({ ...how, submission });
  if (!result.valid) {
    const why = result.errors[0]?.message ?? '';
    return [{ code: 'sample_refused', severity: 'error', message: `${path} is not a valid submission. ${why}`, fix: 'Make sample submission, ids and answers agree.' }];
  }
  const perfect = grade({ ...how, submission: answers });
  if (perfect.valid && result.score === perfect.score) {
    return [{ code: 'sample_is_answers', severity: 'error', message: `${path} scores as well as the answers themselves.`, fix: 'Replace its targets by a constant.' }];
  }
  return 'The sample submission is valid and does not give the answers away.';
};

/** What can be said of a sample without its grader: whether it has the columns, and whether they hold the answers. */
function sampleByColumns({ answers, truth }: Tables, { submission: { id, target } }: Manifest, path: string, bytes: Uint8Array): readonly Finding[] | string {
  const sample = read(bytes);
  const lacks = [...id, ...target].filter((name) => !sample?.columns.has(name));
  if (sample === undefined || lacks.length > 0) {
    return [{ code: 'sample_refused', severity: 'error', message: `${path} has no ${lacks.length === 1 ? 'column' : 'columns'} ${lacks.join(', ')}.`, fix: 'Make sample submission and competition.yaml agree.' }];
  }
  const wanted = new Map(idsOf(answers, id).map((key, row) => [key, truth[row]]));
  const filled = truthOf(sample, answerColumns(answers, id));
  if (filled !== undefined && sample.rows > 0 && idsOf(sample, id).every((key, row) => wanted.get(key) === filled[row])) {
    return [{ code: 'sample_is_answers', severity: 'error', message: `${path} holds the answers.`, fix: 'Replace its targets by a constant.' }];
  }
  return 'The sample submission has the right columns and does not give the answers away.';
}

/** As many rows with the answer's id must agree before it is no chance. */
const fewRows = 5;

/** No public file may pair the ids of the test set with the answers. A training set whose ids are the same numbers agrees by chance only. */
const answersHidden: Check = ({ answers, truth, test, testRow }, { manifest, files, answers: bytes }) => {
  const { id } = manifest.submission;
  const names = answerColumns(answers, id);
  const wanted = new Map(idsOf(answers, id).map((key, row) => [key, truth[row]]));
  const findings: Finding[] = [];
  const found: string[] = [];
  for (const [path, content] of files) {
    const same = content.length === bytes.length && content.every((byte, index) => byte === bytes[index]);
    const table = read(content);
    const cells = table && id.every((name) => table.columns.has(name)) ? truthOf(table, names) : undefined;
    let [known, right] = [0, 0];
    if (table && cells && manifest.files.find((file) => file.path === path)?.role !== 'sample') {
      idsOf(table, id).forEach((key, row) => {
        if (!wanted.has(key)) return;
        known += 1;
        right += wanted.get(key) === cells[row] ? 1 : 0;
      });
    }
    const given = right >= Math.max(Math.min(fewRows, truth.length), 0.99 * known);
    if (!same && !given) continue;
    found.push(path);
    findings.push({
      code: 'answers_public',
      severity: 'error',
      message: `${path} holds ${same ? 'the answers' : `${right} of ${truth.length} answers`}.`,
      fix: 'Take them out of data/: players read everything there.',
    });
  }
  findings.push(...renamedAnswers(answers, test, testRow, manifest, files, found));
  return findings.length > 0 ? findings : 'No public file holds answers.';
};

const noColumnLeak: Check = ({ test, testRow, truth }) => {
  if (!test || testRow.includes(-1)) return [];
  const findings = [...test.columns.values()].flatMap((column): Finding[] => {
    const how = columnLeak(testRow.map((row) => column.text(row)), truth);
    if (how === undefined) return [];
    return [{ code: 'column_leak', severity: 'error', message: `Column "${column.name}" of the test file gives the answer away: ${how}.`, fix: 'Leave the column out.' }];
  });
  return findings.length > 0 ? findings : 'No single column of the test file gives the answer away.';
};

/** Answers of the test rows by target, in the order of the test file. */
const noLaggedAnswers: Check = ({ test, testRow, answers }, { manifest }) => {
  if (!test || testRow.includes(-1)) return [];
  const truths = answerColumns(answers, manifest.submission.id).map((name): [string, (string | undefined)[]] => {
    const truth = new Array<string | undefined>(test.rows).fill(undefined);
    const column = answers.columns.get(name);
    testRow.forEach((row, at) => (truth[row] = column?.text(at)));
    return [name, truth];
  });
  return checkLaggedAnswers({ test, truths: new Map(truths), manifest });
};

const noOrderLeak: Check = ({ testRow, truth }) => {
  if (testRow.includes(-1)) return [];
  const inFile = truth.map((value, row) => ({ value, row: testRow[row] ?? 0 })).sort((a, b) => a.row - b.row);
  if (!ordered(inFile.map(({ value }) => value))) return 'The order of the test rows tells nothing.';
  return [{ code: 'order_leak', severity: 'error', message: 'The test file is sorted by the answer.', fix: 'Shuffle its rows, and the ids with them.' }];
};

/** Where the test file has the ids of answers, it has all of them. */
const allAsked: Check = ({ test, testRow }) => {
  const lost = testRow.filter((row) => row < 0).length;
  if (!test || lost === 0 || lost === testRow.length) return [];
  return [{ code: 'test_rows_missing', severity: 'warning', message: `${lost} of ${testRow.length} answers belong to no row of the test file.`, fix: 'Nobody can predict these: add the rows to the test file, or take their answers out.' }];
};

const idsApart: Check = ({ train, test }, { manifest }) => {
  const { id } = manifest.submission;
  if (!train || !test || id.some((name) => !train.columns.has(name))) return [];
  const known = new Set(idsOf(train, id));
  const both = idsOf(test, id).filter((key) => known.has(key)).length;
  if (both === 0) return 'Training and test set share no id.';
  return [{ code: 'train_ids_in_test', severity: 'warning', message: `${both} test ids are ids of the training set too.`, fix: 'Check that they are other rows, or number them anew.' }];
};

/** Rows equal in every feature: harmless when few, a leak when many. */
const rowsApart: Check = ({ train, test }, { manifest }) => {
  if (!train || !test) return [];
  const features = [...test.columns.keys()].filter((name) => !manifest.submission.id.includes(name) && train.columns.has(name));
  if (features.length === 0) return [];
  const keys = (table: CsvTable): string[] => idsOf(table, features);
  const known = new Set(keys(train));
  const both = keys(test).filter((key) => known.has(key)).length;
  if (both === 0) return 'No test row repeats a training row.';
  const many = both > test.rows / 10;
  return [
    {
      code: 'duplicate_rows',
      severity: many ? 'warning' : 'info',
      message: `${both} test ${both === 1 ? 'row repeats' : 'rows repeat'} a training row.`,
      fix: many ? 'All features are equal: take repeated rows out or keep them on one side.' : 'All features are equal.',
    },
  ];
};

const noise: Check = ({ answers, truth }, { manifest, answers: bytes, board }) => {
  if (manifest.grader !== undefined) return [];
  const found = noiseOf({ manifest, answers, truth, bytes, board });
  if (found === undefined) return [];
  const { se, rows } = found;
  return [
    {
      code: 'noise',
      severity: 'info',
      message: `Differences under ${se.toPrecision(2)} are noise.`,
      fix: `${rows} public rows: one standard error of the score${board.length > 0 ? ' of a middling reference solution' : ''}.`,
    },
  ];
};
