import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import * as z from 'zod';
import { decideColumns } from '../../../core/competition/import/own/columns';
import type { CutBy } from '../../../core/competition/import/own/cut';
import type { Columns } from '../../../core/competition/import/own/cutFiles';
import { factsOf, type TableFacts } from '../../../core/competition/import/own/facts';
import { proposeMetric, proposeModality, proposeTask, type MetricChoice } from '../../../core/competition/import/own/propose';
import { describeOwn, idFrom, summaryOf, titleFrom } from '../../../core/competition/import/own/words';
import type { ImportFinding } from '../../../core/competition/import/report';
import { predictsNumbers } from '../../../core/competition/import/taskKind';
import type { TaskKind } from '../../../core/competition/manifest';
import { isMissing } from '../../../core/competition/profile';
import { bindMetric } from '../../../core/grading/describe';
import type { CsvTable } from '../../../core/grading/csv';
import { grade } from '../../../core/grading/grade';
import { maxStarterBytes, starterFolder, starterName } from '../../competitions/starterFolder';
import { writeCompetition, type CompetitionDraft, type Content, type ManifestFields } from '../../competitions/writeCompetition';
import { checkImported } from '../checkImported';
import { ImportError } from '../importError';
import { carryOthers } from './otherFiles';
import type { OwnFolder } from './ownFolder';
import { readAgain, tablesOf, type MadeTables } from './ownTables';
import { choosePictures, placePictures } from './pictureFiles';

/** What a person wants of their data. */
export interface OwnRequest {
  /** Columns that tell rows apart, or the new column that numbers them. */
  readonly id: readonly string[];
  readonly newId?: boolean;
  /** Columns of the training table to predict. */
  readonly target: readonly string[];
  /** Proposed when absent. */
  readonly metric?: MetricChoice | undefined;
  readonly task?: TaskKind | undefined;
  /** A file with the answers to the test table; without one, a test set is cut. */
  readonly answers?: string | undefined;
  readonly by: CutBy;
  /** Column that names pictures; looked for when absent. */
  readonly image?: string | undefined;
  readonly testShare: number;
  readonly publicShare: number;
  readonly seed: number;
  readonly title?: string | undefined;
  /** A script or notebook to begin from. */
  readonly starter?: string | undefined;
}

export interface OwnOptions {
  /** PODIUM_HOME. */
  readonly home: string;
  readonly signal?: AbortSignal;
  /** What is under way now: a stage, or a file that is written. */
  readonly progress?: (line: string) => void;
}

export interface OwnResult {
  /** The competition folder. */
  readonly competition: string;
  readonly findings: readonly ImportFinding[];
}

/**
 * Makes a competition of a person's data.
 * @param out folder of the new competition; must not exist, or be empty
 * @throws ImportError, MetricError, CompetitionError, CancelledError; nothing is left behind then
 */
export async function importOwn(own: OwnFolder, out: string, request: OwnRequest, options: OwnOptions): Promise<OwnResult> {
  const findings: ImportFinding[] = [];
  const decided = decideColumns(
    { id: request.id, truth: request.target, newId: request.newId ?? false },
    { train: own.train.table.header, test: own.test?.table.header ?? null, sample: own.sample?.table.header ?? null },
  );
  if (!decided.ok) throw new ImportError('wrong_column', decided.message, decided.fix);
  refuseDecimalCommas(own.train.table, decided.columns.truth);
  const chosen = choose(own, decided.columns, request, findings);
  const scratch = await mkdtemp(join(tmpdir(), 'podium-own-'));
  try {
    const draft = await draftOf(own, out, request, chosen, { scratch, findings, signal: options.signal, stage: (line) => options.progress?.(line) });
    await writeCompetition(out, draft, options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  options.progress?.('checking the competition');
  return { competition: out, findings: [...(await checkImported(out, options.home)), ...findings] };
}

/** What was asked for, and proposals for the rest. */
interface Chosen {
  readonly columns: Columns;
  readonly facts: TableFacts;
  readonly task: TaskKind;
  readonly metric: MetricChoice;
}

/** @throws MetricError */
function choose({ train }: OwnFolder, columns: Columns, request: OwnRequest, findings: ImportFinding[]): Chosen {
  const facts = factsOf(train.table);
  const task = request.task ?? taskOf(facts, columns, request.metric);
  const metric = request.metric ?? proposed(proposeMetric(facts, task, columns.truth, columns.target), findings);
  bindMetric(metric.name, metric.params);
  return { columns, facts, task, metric };
}

/** A metric that was named says more of the task than the values do. */
function taskOf(facts: TableFacts, { truth, target }: Columns, metric: MetricChoice | undefined): TaskKind {
  const proposal = proposeTask(facts, truth, target);
  if (metric === undefined) return proposal.value;
  if (predictsNumbers(metric.name)) return 'regression';
  return proposal.value === 'regression' ? 'multiclass' : proposal.value;
}

interface Making {
  /** A folder for what is unpacked. */
  readonly scratch: string;
  readonly findings: ImportFinding[];
  readonly signal: AbortSignal | undefined;
  readonly stage: (line: string) => void;
}

async function draftOf(own: OwnFolder, out: string, request: OwnRequest, chosen: Chosen, making: Making): Promise<CompetitionDraft> {
  const { metric, task } = chosen;
  const image = choosePictures(own, request.image);
  making.stage('making the tables');
  const plain = await tablesOf(own, chosen.columns, metric, request, making.findings);
  if (image !== null) making.stage('looking at the pictures');
  const pictures = image === null ? null : await placePictures(own, image, plain, making);
  const tables = pictures?.cells ? await tablesOf(own, chosen.columns, metric, request, [], pictures.cells) : plain;
  requireGradable(tables, metric);
  making.stage('looking for answers in the other files');
  const others = await carryOthers(own, tables, request, making.findings);
  const title = request.title ?? titleFrom(basename(out));
  const listed: ManifestFields['files'] = [
    { path: 'data/train.csv', role: 'train', description: 'Rows with what is to be predicted.' },
    { path: 'data/test.csv', role: 'test', description: 'Rows to predict.' },
    { path: 'data/sample_submission.csv', role: 'sample', description: 'A submission in the right form, with one constant.' },
    ...(image === null ? [] : [{ path: 'data/images/', role: 'other' as const, description: `Pictures, named by the column ${image.train.column}.` }]),
    ...others.listed,
  ];
  const bound = bindMetric(metric.name, tables.params);
  const describe = (): string => describeOwn({ title, task, columns: tables.columns, facts: factsOf(readAgain(tables.train)), metric: bound, split: tables.split });
  return {
    manifest: {
      schema: 1,
      id: idFrom(basename(out)),
      title,
      summary: summaryOf(task, tables.columns),
      source: { kind: 'own', name: 'Own data' },
      modality: proposeModality(chosen.facts, { ...tables.columns, split: request.by, task, images: image !== null }).value,
      task,
      files: listed,
      submission: { id: [...tables.columns.id], target: [...tables.columns.target], rules: ['One row for each row of test.csv, in any order.'] },
      metric: { name: metric.name, params: z.record(z.string(), z.json()).parse(tables.params) },
      split: { seed: request.seed, publicShare: request.publicShare, by: request.by.kind, ...(request.by.kind === 'row' ? {} : { column: request.by.column }), note: tables.split },
      ...(image === null ? {} : { environment: { gpu: 'optional', memoryGb: 8, diskMb: 8192 } }),
    },
    description: own.description ?? describe(),
    files: new Map<string, Content>([
      ['data/train.csv', { bytes: tables.train }],
      ['data/test.csv', { bytes: tables.test }],
      ['data/sample_submission.csv', { bytes: tables.sample }],
      ...(pictures?.files ?? []),
      ...others.files,
      ...(await starterOf(request.starter)),
    ]),
    answers: { bytes: tables.answers },
  };
}

function proposed({ value, reason }: { value: MetricChoice; reason: string }, findings: ImportFinding[]): MetricChoice {
  const { label, direction } = bindMetric(value.name, value.params);
  findings.push({ code: 'metric_proposed', severity: 'info', message: `Scored by ${label} (${value.name}), ${direction === 'maximize' ? 'higher' : 'lower'} is better. ${reason}`, fix: 'Import again with --metric for another one.' });
  return value;
}

/** Numbers like "3,14" would be read as labels. */
function refuseDecimalCommas(table: CsvTable, truth: readonly string[]): void {
  for (const name of truth) {
    const column = table.columns.get(name);
    const texts = Array.from({ length: table.rows }, (_, row) => column?.text(row) ?? '').filter((text) => !isMissing(text));
    const commas = texts.filter((text) => /^\s*[+-]?\d+,\d+\s*$/.test(text));
    if (commas.length === 0 || !texts.every((text) => /^\s*[+-]?\d+(,\d+)?\s*$/.test(text))) continue;
    throw new ImportError('bad_table', `Column "${name}" writes numbers with a decimal comma ("${commas[0] ?? ''}").`, 'Write them with a decimal point; in pandas: read_csv(…, sep=";", decimal=",").to_csv(…, index=False).');
  }
}

/** The sample submission must be valid, or nobody could submit. */
function requireGradable({ answers, sample, params, columns }: MadeTables, metric: MetricChoice): void {
  const result = grade({ answers, submission: sample, metric: metric.name, params, id: columns.id, target: columns.target, parts: false });
  const [first] = result.errors;
  if (first === undefined) return;
  throw new ImportError('not_gradable', `${metric.name} cannot score this target: ${first.message}`, first.fix ?? 'Choose another metric.');
}

/** @throws ImportError `bad_starter` */
async function starterOf(path: string | undefined): Promise<[string, Content][]> {
  if (path === undefined) return [];
  const name = basename(path).replace(/[^A-Za-z0-9_.-]+/g, '_').replace(/^[.-]+/, '');
  if (!starterName.test(name)) throw new ImportError('bad_starter', `${basename(path)} is no script and no notebook.`, 'Give a .py or .ipynb file.');
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ImportError('bad_starter', `${path} cannot be read.`, 'Give the path of a script or notebook.', { cause });
  });
  if (bytes.length > maxStarterBytes) throw new ImportError('bad_starter', `${basename(path)} has ${bytes.length} bytes; at most ${maxStarterBytes} are taken.`, extname(name) === '.ipynb' ? 'Clear its outputs and save it.' : 'Make it smaller.');
  return [[`${starterFolder}/${name}`, { bytes }]];
}
