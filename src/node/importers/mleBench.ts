import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Catalogue, CatalogueEntry } from '../../core/competition/catalogue';
import { knownProblems } from '../../core/competition/import/knownProblems';
import { layoutHints } from '../../core/competition/import/layout';
import { summarise, type DataFacts, type DefinitionReport, type ImportFinding, type ImportReport } from '../../core/competition/import/report';
import type { Direction } from '../../core/competition/manifest';
import { metricRange } from '../../core/grading/describe';
import { CancelledError } from '../../core/errors';
import type { ManifestFields } from '../competitions/writeCompetition';
import { chooseDefinitions, foldersWith, graderFiles, importOne, isFile, isFolder, readBoard, textOf, type ReadBoard } from './benchmark';
import { ImportError } from './importError';
import type { ImportOptions } from './options';
import type { GraderFiles, PreparedData } from './prepared';

/**
 * Reads a checkout of MLE-bench: `mlebench/competitions/<id>/{config.yaml, grade.py,
 * leaderboard.csv, checksums.yaml, description.md}`, and its prepared data:
 * `<data>/<id>/prepared/{public,private}`. No code of it is executed here.
 */

/** Names files that are read or copied: it stays where it is put. */
const innerPath = z.string().refine((path) => !/^\/|\\|(^|\/)\.\.(\/|$)/.test(path), 'leads out of its folder');

const configSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  competition_type: z.string(),
  description: z.string(),
  dataset: z.looseObject({ answers: innerPath, sample_submission: innerPath }),
  grader: z.object({ name: z.string(), grade_fn: z.string() }),
});
type Config = z.output<typeof configSchema>;

interface Definition {
  readonly id: string;
  readonly config: Config;
  readonly folder: string;
  readonly entry: CatalogueEntry | undefined;
  readonly groups: readonly string[];
  readonly board: ReadBoard;
  /** By their own rule: lower is better when the first score of the board is below the last. */
  readonly boardDirection: Direction | null;
  readonly data: DataFacts;
  readonly findings: readonly ImportFinding[];
}

/**
 * Reports on every definition and, where `options.out` is given and the data is there, writes its
 * competition folder. Trouble with one definition is in its report.
 *
 * @throws ImportError `no_checkout`, `unknown_definition`
 * @throws CancelledError
 */
export async function importMleBench(checkout: string, catalogue: Catalogue, options: ImportOptions): Promise<ImportReport> {
  const root = resolve(checkout);
  const competitions = join(root, 'mlebench', 'competitions');
  const all = await foldersWith(competitions, 'config.yaml');
  if (all.length === 0) {
    throw new ImportError('no_checkout', `${root} is no checkout of MLE-bench: it has no mlebench/competitions/<id>/config.yaml.`, 'Give the folder that holds "mlebench".');
  }
  const groups = await readSplits(join(root, 'experiments', 'splits'));
  const reports: DefinitionReport[] = [];
  for (const id of chooseDefinitions(all, options.only)) {
    if (options.signal?.aborted) throw new CancelledError('The import was cancelled.');
    options.progress?.(id);
    const entry = catalogue.competitions.find((candidate) => candidate.id === id);
    const definition = await readDefinition(id, join(competitions, id), entry, groups.get(id) ?? [], options);
    const report = definition.ok ? await importDefinition(definition.definition, root, options) : definition.report;
    reports.push(report);
    options.done?.(report);
  }
  return summarise('mle-bench', root, reports);
}

/** Names of the split files (low, medium, high, dev, …) by competition. */
async function readSplits(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const groups = new Map<string, string[]>();
  for (const name of ['low', 'medium', 'high', 'dev']) {
    const text = (await textOf(folder, `${name}.txt`)) ?? '';
    for (const id of text.split(/\s+/).filter(Boolean)) groups.set(id, [...(groups.get(id) ?? []), name]);
  }
  return groups;
}

type ReadDefinition = { readonly ok: true; readonly definition: Definition } | { readonly ok: false; readonly report: DefinitionReport };

async function readDefinition(id: string, folder: string, entry: CatalogueEntry | undefined, groups: readonly string[], options: ImportOptions): Promise<ReadDefinition> {
  const config = readConfig((await textOf(folder, 'config.yaml')) ?? '');
  if (typeof config === 'string') return { ok: false, report: brokenReport(id, config, entry, groups) };
  const findings: ImportFinding[] = [...knownProblems('mle-bench', id)];
  const context = { direction: entry?.direction ?? 'maximize', ...(entry?.teams ? { teams: entry.teams } : {}), ...(entry ? { range: metricRange(entry.metric, entry.params) } : {}) } as const;
  const board = await readBoard(join(folder, 'leaderboard.csv'), 'private', context);
  // Where the catalogue says no direction, the board itself does, and cannot contradict it.
  findings.push(...board.findings.filter(({ code }) => entry !== undefined || code !== 'board_opposite_order'));
  const boardDirection = directionOf(board.scores);
  if (boardDirection !== null && entry && boardDirection !== entry.direction) {
    findings.push({ code: 'direction_conflict', severity: 'warning', message: `MLE-bench's rule reads "${boardDirection}" off the board; the metric is to ${entry.direction}.`, fix: 'The direction of the metric is taken.' });
  }
  if (entry === undefined) findings.push({ code: 'not_in_catalogue', severity: 'warning', message: 'The catalogue does not know this competition.', fix: 'It can be graded by its own grader.' });
  if (config.dataset.sample_submission.includes('/private/')) {
    findings.push({ code: 'sample_in_private', severity: 'info', message: 'Its sample submission lies beside the answers.', fix: 'The import takes that one file only, and only if it does not hold the answers.' });
  }
  if (entry?.mleBench && !entry.mleBench.native) findings.push({ code: 'no_native_metric', severity: 'info', message: entry.mleBench.why ?? 'No native metric is its equal.', fix: 'Its own grader in Python is used.' });
  const data = await readData(config, entry, options.data);
  if (data.folder !== null) findings.push(...(await checkSums(folder, data.folder)));
  return { ok: true, definition: { id, config, folder, entry, groups, board, boardDirection, findings, data } };
}

function readConfig(text: string): Config | string {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const parsed = configSchema.safeParse(value);
  return parsed.success ? parsed.data : parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ');
}

function brokenReport(id: string, why: string, entry: CatalogueEntry | undefined, groups: readonly string[]): DefinitionReport {
  return {
    id, title: entry?.title ?? id, benchmark: 'mle-bench', groups, direction: entry?.direction ?? null,
    grading: { native: null, python: null, used: null }, boards: [],
    data: { state: 'not_given', folder: null, missing: [], downloadBytes: null, rulesUrl: entry?.rulesUrl ?? null, how: '' },
    findings: [{ code: 'bad_config', severity: 'error', message: `config.yaml cannot be used: ${why}.`, fix: 'Update the checkout.' }],
    status: 'definition', competition: null,
  };
}

function directionOf(scores: readonly number[]): Direction | null {
  const [first] = scores;
  const last = scores.at(-1);
  if (first === undefined || last === undefined) return null;
  return first < last ? 'minimize' : 'maximize';
}

async function readData(config: Config, entry: CatalogueEntry | undefined, data: string | undefined): Promise<DataFacts> {
  const facts = { downloadBytes: entry?.dataBytes ?? null, rulesUrl: entry?.rulesUrl ?? null };
  const how = `Accept the rules at ${facts.rulesUrl ?? 'the competition page'}, run \`mlebench prepare -c ${config.id}\` with your Kaggle credentials, then give its data folder with --data.`;
  if (data === undefined) return { ...facts, state: 'not_given', folder: null, missing: [], how };
  const folder = join(data, config.id, 'prepared');
  if (!(await isFolder(folder))) return { ...facts, state: 'missing', folder: null, missing: [], how };
  const missing: string[] = [];
  for (const path of [config.dataset.answers, config.dataset.sample_submission]) {
    if (!(await isFile(join(data, path)))) missing.push(path);
    else if (await isPointer(join(data, path))) missing.push(`${path} (a git-LFS pointer)`);
  }
  return { ...facts, state: missing.length === 0 ? 'ready' : 'incomplete', folder, missing, how: missing.length === 0 ? '' : how };
}

async function isPointer(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString('utf8', 0, bytesRead).startsWith('version https://git-lfs');
  } finally {
    await handle.close();
  }
}

const sumsSchema = z.looseObject({ public: z.record(z.string(), z.string()).nullish(), private: z.record(z.string(), z.string()).nullish() });

/** Compares the prepared files with the MD5 sums of the definition; the benchmark lists top-level tables only. */
async function checkSums(folder: string, prepared: string): Promise<ImportFinding[]> {
  // A sum of digits only is text as well.
  const parsed = sumsSchema.safeParse(parse((await textOf(folder, 'checksums.yaml')) ?? '', { schema: 'failsafe' }));
  if (!parsed.success) return [];
  const findings: ImportFinding[] = [];
  for (const part of ['public', 'private'] as const) {
    for (const [name, sum] of Object.entries(parsed.data[part] ?? {})) {
      const file = join(prepared, part, name);
      if (!(await isFile(file)) || (await md5(file)) === sum) continue;
      findings.push({ code: 'checksum', severity: 'warning', message: `${part}/${name} differs from the benchmark's own.`, fix: 'Prepare the data again; scores on other rows do not compare with published ones.' });
    }
  }
  return findings;
}

async function md5(file: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function importDefinition(definition: Definition, root: string, options: ImportOptions): Promise<DefinitionReport> {
  const report = describe(definition);
  const { data } = definition;
  if (options.out === undefined || options.data === undefined || data.folder === null || data.state !== 'ready') return report;
  const { folder } = data;
  const dataRoot = options.data;
  return importOne(report, options.out, options, () => preparedData(definition, { root, dataRoot, folder }, report, options));
}

/** Module path and function of `mlebench.competitions.<id>.grade:grade`. */
function gradeFunction({ grader }: Config): { file: string; name: string } {
  const [module = '', name = 'grade'] = grader.grade_fn.split(':');
  return { file: `${module.replaceAll('.', '/')}.py`, name };
}

function describe({ id, config, entry, groups, board, boardDirection, data, findings }: Definition): DefinitionReport {
  const native = entry?.mleBench?.native ? { metric: entry.metric, params: { ...entry.params, ...entry.mleBench.params } } : null;
  return {
    id,
    title: config.name,
    benchmark: 'mle-bench',
    groups,
    direction: entry?.direction ?? boardDirection,
    grading: { native, python: gradeFunction(config), used: native ? 'native' : 'python' },
    boards: [board.facts],
    data,
    findings,
    status: 'definition',
    competition: null,
  };
}

async function preparedData(
  { id, config, entry, folder, board }: Definition,
  places: { readonly root: string; readonly dataRoot: string; readonly folder: string },
  report: DefinitionReport,
  options: ImportOptions,
): Promise<PreparedData> {
  const { root, dataRoot } = places;
  return {
    benchmark: 'mle-bench',
    id,
    title: config.name,
    entry,
    hints: entry && report.grading.native ? layoutHints(entry, 'mleBench') : undefined,
    description: (await textOf(root, config.description)) ?? (await textOf(folder, 'description.md')) ?? config.name,
    publicFolder: join(places.folder, 'public'),
    leaveOut: ['description.md'],
    sampleFile: join(dataRoot, config.dataset.sample_submission),
    answersFile: join(dataRoot, config.dataset.answers),
    grader: await pythonGrader(root, config, report),
    wanted: options.grader ?? 'native',
    board: plainBoard(board),
    standings: board.facts.usable ? undefined : standingsOf(entry),
    split: options.split,
  };
}

/** Its only board ranks whatever rows the benchmark scores: entries without parts. */
function plainBoard({ facts, scores }: ReadBoard): string | undefined {
  return facts.usable ? `name,score\n${scores.map((score, index) => `Place ${index + 1},${score}`).join('\n')}\n` : undefined;
}

/** Thresholds from the catalogue, for a checkout whose boards are git-LFS pointers. */
function standingsOf(entry: CatalogueEntry | undefined): ManifestFields['standings'] {
  const medals = entry?.mleBench?.medals;
  return medals === undefined ? undefined : { ...medals, source: 'final standings on Kaggle, by the rule of MLE-bench' };
}

async function pythonGrader(root: string, config: Config, report: DefinitionReport): Promise<GraderFiles> {
  const { file, name } = gradeFunction(config);
  const files = await graderFiles(root, ['mlebench', 'mlebench/competitions/utils.py', dirname(file)]);
  // Without these files Python takes the folders as they are, and nothing else is imported with them.
  const kept = new Map([...files].filter(([path]) => basename(path) !== '__init__.py'));
  const manifest = { python: `grader/${file}`, form: 'function', name, direction: report.direction ?? 'maximize', label: config.grader.name, seconds: 1800, memoryGb: 8 } as const;
  return { manifest, files: kept };
}
