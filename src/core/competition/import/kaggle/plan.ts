import { metricLabel } from '../../../grading/describe';
import type { CsvTable } from '../../../grading/csv';
import { grade } from '../../../grading/grade';
import { allColumns, readWhole, writeCsv, type OutputColumn } from '../../../grading/writeCsv';
import { randomNumbers } from '../../../random';
import type { CatalogueEntry } from '../../catalogue';
import type { Modality, TaskKind } from '../../manifest';
import { decideLayout } from '../layout';
import { constantsOf } from '../own/constants';
import { cutTestSet, type Cut, type CutBy } from '../own/cut';
import { solvedOf, type Solved } from '../own/copies';
import { cutFiles, type Columns, type CutFiles } from '../own/cutFiles';
import { factsOf } from '../own/facts';
import { proposeId, proposeMetric, proposeModality, proposeSplit, proposeTarget, proposeTask, type MetricChoice } from '../own/propose';
import type { ImportFinding } from '../report';
import { metricOfKaggle } from './metricNames';

/** Data of a Kaggle competition becomes a local competition: which columns, which metric, which test rows. Pure. */

export interface KaggleTables {
  readonly train: Uint8Array;
  /** null: the competition has none beside the sample submission. */
  readonly test: Uint8Array | null;
  readonly sample: Uint8Array;
}

export interface KaggleWish {
  /** Kaggle's name of the metric. */
  readonly evaluationMetric: string;
  readonly entry?: CatalogueEntry;
  readonly id?: readonly string[];
  /** Columns of the training table with the truth. */
  readonly truth?: readonly string[];
  readonly metric?: MetricChoice;
  readonly by?: CutBy;
  readonly testShare: number;
  readonly publicShare: number;
  readonly seed: number;
}

export interface KagglePlan {
  readonly columns: Columns;
  readonly task: TaskKind;
  readonly modality: Modality;
  readonly metric: { readonly name: string; readonly params: Readonly<Record<string, unknown>> };
  readonly split: { readonly by: CutBy['kind']; readonly column?: string };
  /** How many rows were cut, by what and why: one sentence. */
  readonly cutWords: string;
  readonly rows: { readonly train: number; readonly test: number; readonly public: number; readonly kaggle: number };
  readonly files: CutFiles;
  /** What no further file may tell players. */
  readonly solved: Solved;
  /** The tables before the cut, where they had to be given an id. */
  readonly whole: { readonly train: Uint8Array; readonly test: Uint8Array };
  readonly findings: readonly ImportFinding[];
}

export type KagglePlanResult = { readonly ok: true; readonly plan: KagglePlan } | { readonly ok: false; readonly code: string; readonly message: string; readonly fix: string };

class NoPlan extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

/** Never throws for bad data: why there is no local competition is in the result. */
export function planKaggle(bytes: KaggleTables, wish: KaggleWish): KagglePlanResult {
  try {
    return { ok: true, plan: planOf(bytes, wish) };
  } catch (error) {
    if (error instanceof NoPlan) return { ok: false, code: error.code, message: error.message, fix: error.fix };
    throw error;
  }
}

function planOf(bytes: KaggleTables, wish: KaggleWish): KagglePlan {
  const findings: ImportFinding[] = [];
  const whole = wholeTables(bytes, wish.seed);
  const { train, test, sample } = whole;
  const facts = { train: factsOf(train), test: test.header, sample: sample.header };
  const id = wish.id ?? proposeId(facts).value ?? [];
  const lost = id.filter((name) => ![train, test, sample].every(({ columns }) => columns.has(name)));
  if (id.length === 0 || lost.length > 0) throw new NoPlan('no_id', `${id.length === 0 ? 'No column' : `Column "${lost[0]}" is not in all files and`} names the rows of training data, test data and sample submission.`, 'Name the id with --id.');
  const target = sample.header.filter((name) => !id.includes(name));
  const truth = wish.truth ?? proposeTarget(facts, id).value;
  const absent = truth.find((name) => !train.columns.has(name));
  if (truth.length === 0 || absent !== undefined) throw new NoPlan('no_target', `The training data has no column ${absent === undefined ? 'with the target' : `"${absent}"`}.`, 'Name it with --target.');
  const trainOnly = train.header.filter((name) => !test.columns.has(name) && !truth.includes(name) && !id.includes(name));
  const columns: Columns = { id, truth, target, trainOnly };
  const task = proposeTask(facts.train, truth, target).value;
  const metric = metricFor(wish, facts.train, task, columns, findings);
  const proposed = proposeSplit(facts.train, id, truth);
  const by = wish.by ?? (proposed.sure ? proposed.value : ({ kind: 'row' } as const));
  if (!wish.by && !proposed.sure && proposed.value.kind !== 'row') findings.push({ code: 'maybe_groups', severity: 'warning', message: `The test set is cut by row. ${proposed.reason}`, fix: `If so, import again with --cut ${proposed.value.kind}:${proposed.value.column}.` });
  const result = cutTestSet(train, { truth, by, testShare: wish.testShare, publicShare: wish.publicShare, seed: wish.seed });
  if (!result.ok) throw new NoPlan('no_cut', result.message, result.fix);
  const { cut } = result;
  const files = cutFiles(train, cut, columns, constantsOf(train, cut.train, columns, metric.name));
  const params = gradable(files, columns, metric);
  return {
    columns,
    task,
    modality: wish.entry?.modality ?? proposeModality(facts.train, { id, truth, split: by, task, images: false }).value,
    metric: { name: metric.name, params },
    split: { by: by.kind, ...(by.kind === 'row' ? {} : { column: by.column }) },
    cutWords: cutWords(train, cut, by, wish, proposed.value.kind === by.kind ? proposed.reason : ''),
    rows: { train: cut.train.length, test: cut.test.length, public: cut.publicRows.size, kaggle: sample.rows },
    files,
    solved: solvedOf(train, cut, { id: idElsewhere(id, whole.numbered), truth }),
    whole: { train: bytesOf(train, bytes.train, whole.numbered), test: bytesOf(test, bytes.test, whole.numbered) },
    findings,
  };
}

/** New numbers stand in no other file. */
const idElsewhere = (id: readonly string[], numbered: boolean): readonly string[] => (numbered ? ['\0'] : id);

function cutWords(train: CsvTable, cut: Cut, by: CutBy, wish: KaggleWish, reason: string): string {
  const count = (rows: number): string => rows.toLocaleString('en-US');
  const how = by.kind === 'row' ? 'by row' : by.kind === 'group' ? `whole groups of "${by.column}"` : `the latest by "${by.column}"`;
  return `${count(cut.test.length)} of the ${count(train.rows)} training rows are the local test set, ${how} (seed ${wish.seed}); the scores of ${count(cut.publicRows.size)} of them are public.${reason ? ` ${reason}` : ''}`;
}

/** By the person's word, by the catalogue, by Kaggle's name; else a proposal that says that it is one. */
function metricFor({ metric, entry, evaluationMetric }: KaggleWish, train: Parameters<typeof proposeMetric>[0], task: TaskKind, { truth, target }: Columns, findings: ImportFinding[]): { readonly name: string; readonly params: Readonly<Record<string, unknown>> } {
  if (metric) return metric;
  if (entry) return { name: entry.metric, params: entry.params };
  const named = metricOfKaggle(evaluationMetric);
  if (named) return named;
  const { value, reason, others } = proposeMetric(train, task, truth, target);
  const more = others.map((other) => metricLabel(other.value.name, other.value.params)).join(', ');
  findings.push({
    code: 'metric_guessed',
    severity: 'warning',
    message: `Kaggle's metric "${evaluationMetric || 'without a name'}" is none of Podium's: local scores are ${metricLabel(value.name, value.params)}. ${reason}`,
    fix: `Read the evaluation page; another metric is chosen with --metric${more ? ` (${more} fit too)` : ''}.`,
  });
  return value;
}

/** The metric's parameters with what the layout adds, when it can grade the cut. */
function gradable(files: CutFiles, { id, truth, target }: Columns, { name, params }: KagglePlan['metric']): Readonly<Record<string, unknown>> {
  const layout = decideLayout([...id, ...target], [...id, ...truth, 'Usage'], { metric: name, params, id, target });
  if (!layout.ok) throw new NoPlan('columns', layout.message, 'Name the columns with --id and --target.');
  const result = grade({ answers: files.answers, submission: files.sample, metric: name, params: layout.layout.params, id, target, parts: false });
  const broken = result.errors.find(({ code }) => code === 'bad_answers' || code === 'bad_params' || code === 'unknown_metric') ?? result.errors.find(({ code }) => code !== 'undefined_score');
  if (broken) throw new NoPlan('metric_unfit', `The metric ${name} cannot grade this data: ${broken.message}`, 'Choose another one with --metric, and its parameters with --params.');
  return layout.layout.params;
}

interface Whole {
  readonly train: CsvTable;
  readonly test: CsvTable;
  readonly sample: CsvTable;
  /** Ids were added. */
  readonly numbered: boolean;
}

/**
 * The tables as they are read. Where rows are named by their place alone, as in a sample submission
 * whose id no other file has, training and test data get the id as a column.
 */
function wholeTables(bytes: KaggleTables, seed: number): Whole {
  const read = (name: string, content: Uint8Array): CsvTable => {
    const result = readWhole(content);
    if (!result.ok) throw new NoPlan('bad_file', `${name} cannot be read: ${result.message}`, 'Look at the file; a competition of another form is not cut here.');
    return result.table;
  };
  const train = read('The training data', bytes.train);
  const sample = read('The sample submission', bytes.sample);
  const [first] = sample.header;
  if (first === undefined) throw new NoPlan('bad_file', 'The sample submission is empty.', 'Download it again.');
  const ids = sample.columns.get(first);
  if (bytes.test === null) {
    const shared = sample.header.filter((name) => train.columns.has(name));
    const id = train.columns.has(first) ? shared.filter((name) => name === first) : [];
    if (id.length === 0 || !ids) throw new NoPlan('no_test', 'There is no test table, and the sample submission names its rows otherwise than the training data.', 'A competition of this form is not cut here.');
    return { train, test: read('The test data', writeCsv([{ name: first, cells: ids }], rowsOf(sample))), sample, numbered: true };
  }
  const test = read('The test data', bytes.test);
  if (sample.header.some((name) => test.columns.has(name) && train.columns.has(name))) return { train, test, sample, numbered: false };
  if (!ids || test.rows !== sample.rows || train.columns.has(first) || test.columns.has(first)) throw new NoPlan('no_id', 'Training data, test data and sample submission share no column that names rows.', 'Name the id with --id.');
  const withId = (table: CsvTable, cells: OutputColumn['cells']): CsvTable => read('The data', writeCsv([{ name: first, cells }, ...allColumns(table)], rowsOf(table)));
  // Numbers in the order of the file would tell the answer where it is sorted by it.
  const random = randomNumbers(seed);
  const places = rowsOf(train).map((row) => ({ row, place: random() })).sort((a, b) => a.place - b.place);
  const numbers = new Map(places.map(({ row }, at) => [row, `t${at + 1}`]));
  return { train: withId(train, (row) => numbers.get(row) ?? ''), test: withId(test, (row) => ids.text(row)), sample, numbered: true };
}

const rowsOf = (table: CsvTable): number[] => Array.from({ length: table.rows }, (_, row) => row);
const bytesOf = (table: CsvTable, before: Uint8Array | null, changed: boolean): Uint8Array => (before !== null && !changed ? before : writeCsv(allColumns(table), rowsOf(table)));
