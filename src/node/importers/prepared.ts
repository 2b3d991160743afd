import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { CatalogueEntry } from '../../core/competition/catalogue';
import { derivedColumns } from '../../core/competition/import/derivedColumns';
import { decideLayout, type Layout, type LayoutHints } from '../../core/competition/import/layout';
import type { Benchmark, ImportFinding } from '../../core/competition/import/report';
import { taskKind } from '../../core/competition/import/taskKind';
import type { PythonGrader } from '../../core/competition/manifest';
import { hasUsage, withUsage } from '../../core/competition/usage';
import { grade } from '../../core/grading/grade';
import type { CsvTable } from '../../core/grading/csv';
import { readWhole, type OutputColumn } from '../../core/grading/writeCsv';
import type { CompetitionDraft, Content, ManifestFields } from '../competitions/writeCompetition';

/** A benchmark's prepared data becomes the draft of a competition. */

/** The Python grader of a definition: its manifest entry and its files, by path below `grader/`. */
export interface GraderFiles {
  readonly manifest: PythonGrader;
  readonly files: ReadonlyMap<string, Content>;
}

export interface PreparedData {
  readonly benchmark: Benchmark;
  readonly id: string;
  readonly title: string;
  readonly entry: CatalogueEntry | undefined;
  readonly hints: LayoutHints | undefined;
  readonly description: string;
  readonly publicFolder: string;
  /** Names in the public folder that are no data, such as the description. */
  readonly leaveOut: readonly string[];
  readonly sampleFile: string;
  readonly answersFile: string;
  readonly grader: GraderFiles | null;
  /** Which of the two is wanted; the native metric gives way where it cannot read the answers. */
  readonly wanted: 'native' | 'python';
  readonly board: string | undefined;
  readonly standings: ManifestFields['standings'];
  readonly split: { readonly seed: number; readonly publicShare: number };
}

export type DraftResult =
  | { readonly ok: true; readonly draft: CompetitionDraft; readonly used: 'native' | 'python'; readonly findings: readonly ImportFinding[] }
  | { readonly ok: false; readonly findings: readonly ImportFinding[] };

const benchmarkNames = { 'mle-dojo': 'MLE-Dojo', 'mle-bench': 'MLE-bench' } as const;

/** Files above this size are not looked into for their role. */
const maxLookBytes = 256 * 1024 * 1024;

const failed = (code: string, message: string, fix: string): DraftResult => ({ ok: false, findings: [{ code, severity: 'error', message, fix }] });

/** Never throws for bad data: what is wrong with it is in the findings. Throws when a file cannot be read from disk. */
export async function draftOf(data: PreparedData): Promise<DraftResult> {
  const sampleBytes = await readFile(data.sampleFile);
  const sample = readWhole(sampleBytes);
  if (!sample.ok) return failed('bad_sample', `${basename(data.sampleFile)} cannot be read: ${sample.message}`, 'Prepare the data again.');
  const answersBytes = await readFile(data.answersFile);
  if (data.answersFile.endsWith('.jsonl')) return draftWithJsonLines(data, sample.table, answersBytes);
  const answers = readWhole(answersBytes);
  if (!answers.ok) return failed('bad_answers', `${basename(data.answersFile)} cannot be read: ${answers.message}`, 'Prepare the data again.');
  const layout = decideLayout(sample.table.header, answers.table.header, data.hints ?? { metric: '', params: {} });
  if (!layout.ok) return failed('columns', layout.message, 'The prepared data does not fit the definition: prepare it again.');
  if (sameColumns(sample.table, answers.table, layout.layout)) {
    return failed('sample_is_answers', 'The sample submission holds the answers.', 'Prepare the data again; nothing was imported.');
  }
  const split = (derived: readonly OutputColumn[]): Uint8Array => (hasUsage(answers.table) ? answersBytes : withUsage(answers.table, layout.layout.id, data.split, derived));
  const full = split(derivedColumns(data.id, answers.table));
  const findings: ImportFinding[] = [];
  const native = data.hints === undefined ? 'no native metric is known for it.' : whyNotNative(data.hints.metric, layout.layout, full, sampleBytes, findings);
  const used = data.grader !== null && (data.wanted === 'python' || native !== undefined) ? 'python' : 'native';
  if (used === 'native' && native !== undefined) {
    return { ok: false, findings: [...findings, { code: 'native_unfit', severity: 'error', message: `The native metric cannot grade it: ${native}`, fix: 'Its grader in Python was not found either.' }] };
  }
  if (used === 'python' && data.wanted === 'native') {
    findings.push({ code: 'native_unfit', severity: 'warning', message: `Graded by the benchmark's own grader, since ${native ?? ''}`, fix: 'It needs a sandbox with Python.' });
  }
  return { ok: true, draft: await draftFrom(data, sample.table, layout.layout, used, { bytes: used === 'native' ? full : split([]) }), used, findings };
}

/** Nested answers: only a grader in Python reads them, and they cannot be split into public and private rows. */
async function draftWithJsonLines(data: PreparedData, sample: CsvTable, bytes: Uint8Array): Promise<DraftResult> {
  const [id, ...rest] = sample.header;
  if (data.grader === null || id === undefined || rest.length === 0) {
    return failed('no_grader', 'Its answers are JSON lines, which only its own grader reads, and that was not found.', 'Update the checkout.');
  }
  const layout: Layout = { id: data.hints?.id ?? [id], target: data.hints?.target ?? rest, params: {} };
  const draft = await draftFrom({ ...data, split: { ...data.split, publicShare: 1 } }, sample, layout, 'python', { bytes, file: 'answers.jsonl' });
  const note: ImportFinding = { code: 'no_split', severity: 'info', message: 'Its answers cannot be split into public and private rows; the score is over all of them.', fix: 'Nothing needs to be done.' };
  return { ok: true, draft, used: 'python', findings: [note] };
}

/** Why the native metric cannot grade these answers; undefined when it can. Problems of the sample alone become findings. */
function whyNotNative(metric: string, layout: Layout, answers: Uint8Array, sample: Uint8Array, findings: ImportFinding[]): string | undefined {
  const result = grade({ answers, submission: sample, metric, params: layout.params, id: layout.id, target: layout.target, parts: false });
  const broken = result.errors.find(({ code }) => code === 'bad_answers' || code === 'bad_params' || code === 'unknown_metric');
  if (broken) return broken.message;
  const [refused] = result.errors;
  if (refused) findings.push({ code: 'sample_refused', severity: 'warning', message: `The sample submission is not valid: ${refused.message}`, fix: refused.fix ?? 'Do not begin from it.' });
  return undefined;
}

function sameColumns(sample: CsvTable, answers: CsvTable, { id, target }: Layout): boolean {
  if (sample.rows !== answers.rows || !target.every((name) => answers.columns.has(name))) return false;
  const rows = (table: CsvTable): string[] =>
    Array.from({ length: table.rows }, (_, row) => JSON.stringify([...id, ...target].map((name) => table.columns.get(name)?.text(row)))).sort();
  const truth = rows(answers);
  return rows(sample).every((row, index) => row === truth[index]);
}

async function draftFrom(data: PreparedData, sample: CsvTable, layout: Layout, used: 'native' | 'python', answers: CompetitionDraft['answers']): Promise<CompetitionDraft> {
  const files = new Map<string, Content>();
  const sampleName = basename(data.sampleFile);
  files.set(`data/${sampleName}`, { from: data.sampleFile });
  const listed: ManifestFields['files'] = [{ path: `data/${sampleName}`, role: 'sample', description: `The form of a submission: ${sample.rows} rows.` }];
  for (const item of await publicItems(data, sampleName)) {
    files.set(`data/${item.name}`, { from: join(data.publicFolder, item.name) });
    listed.push({ path: `data/${item.name}${item.folder ? '/' : ''}`, role: item.role, description: item.description });
  }
  if (used === 'python' && data.grader) for (const [path, content] of data.grader.files) files.set(path, content);
  const manifest: CompetitionDraft['manifest'] = {
    schema: 1,
    id: data.id.toLowerCase(),
    title: data.title,
    ...origin(data.entry, benchmarkNames[data.benchmark]),
    modality: data.entry?.modality ?? 'other',
    task: taskKind(data.hints?.metric ?? '', layout.target.length, data.entry?.tags),
    files: listed,
    submission: { id: [...layout.id], target: [...layout.target] },
    ...scoring(data, layout, used),
    ...(data.standings ? { standings: data.standings } : {}),
    split: { ...data.split, by: 'row', ...(data.split.publicShare === 1 ? {} : { note: splitNote(data.benchmark) }) },
    limits: { stepSeconds: 3600, runSeconds: 24 * 3600 },
    environment: { gpu: data.entry?.modality === 'tabular' || data.entry?.modality === 'time' ? 'none' : 'optional', memoryGb: 16, shmMb: 2048, diskMb: 20480 },
  };
  return { manifest, description: data.description, files, answers, ...(data.board === undefined ? {} : { board: data.board }) };
}

/** Summary and source: facts of the catalogue, where it knows the competition. */
function origin(entry: CatalogueEntry | undefined, benchmark: string): Pick<ManifestFields, 'summary' | 'source'> {
  return {
    summary: `${entry?.host ? `By ${entry.host} on Kaggle` : 'From Kaggle'}, as prepared by ${benchmark}: the test rows were cut from the training data and are ranked on the original boards.`,
    source: {
      kind: 'imported',
      name: `${benchmark}, Kaggle`,
      url: entry?.url ?? 'https://www.kaggle.com/competitions',
      licence: "The competition's own terms; see its rules.",
      ...(entry ? { rulesUrl: entry.rulesUrl } : {}),
    },
  };
}

function scoring({ hints, grader }: PreparedData, { params }: Layout, used: 'native' | 'python'): Pick<ManifestFields, 'metric' | 'grader'> {
  if (used === 'python' && grader) return { metric: { name: hints?.metric ?? grader.manifest.name }, grader: grader.manifest };
  return hints ? { metric: { name: hints.metric, params: z.record(z.string(), z.json()).parse(params) } } : {};
}

const splitNote = (benchmark: Benchmark): string =>
  `${benchmarkNames[benchmark]} does not split its test rows; Podium drew the public ones by id. The score over all rows is the benchmark's own.`;

interface PublicItem {
  readonly name: string;
  readonly folder: boolean;
  readonly role: 'train' | 'test' | 'other';
  readonly description: string;
}

/** Files and folders of the public folder. A single `train*.csv` that can be read trains, likewise for `test*.csv`. */
async function publicItems(data: PreparedData, sampleName: string): Promise<PublicItem[]> {
  const entries = await readdir(data.publicFolder, { withFileTypes: true });
  const kept = entries.filter(({ name }) => name !== sampleName && !data.leaveOut.includes(name) && !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  const roleOf = new Map<string, 'train' | 'test'>();
  for (const role of ['train', 'test'] as const) {
    const exact = kept.filter(({ name }) => name.toLowerCase() === `${role}.csv`);
    const candidates = exact.length > 0 ? exact : kept.filter(({ name }) => name.toLowerCase().startsWith(role) && name.toLowerCase().endsWith('.csv'));
    const [only] = candidates;
    if (candidates.length === 1 && only?.isFile() && (await isTable(join(data.publicFolder, only.name)))) roleOf.set(only.name, role);
  }
  const words = { train: 'Training rows.', test: 'The rows to predict.', other: `As prepared by ${benchmarkNames[data.benchmark]}.` } as const;
  return kept.map((entry) => {
    const role = roleOf.get(entry.name) ?? 'other';
    return { name: entry.name, folder: entry.isDirectory(), role, description: words[role] };
  });
}

async function isTable(file: string): Promise<boolean> {
  if ((await stat(file)).size > maxLookBytes) return true;
  return readWhole(await readFile(file)).ok;
}
