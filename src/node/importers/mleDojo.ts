import { join, resolve } from 'node:path';
import type { Catalogue, CatalogueEntry } from '../../core/competition/catalogue';
import { knownProblems } from '../../core/competition/import/knownProblems';
import { layoutHints } from '../../core/competition/import/layout';
import { summarise, type DataFacts, type DefinitionReport, type ImportFinding, type ImportReport } from '../../core/competition/import/report';
import type { Direction } from '../../core/competition/manifest';
import { metricRange } from '../../core/grading/describe';
import { CancelledError } from '../../core/errors';
import { boardText, chooseDefinitions, foldersWith, graderFiles, importOne, isFile, isFolder, readBoard, textOf, type ReadBoard } from './benchmark';
import { ImportError } from './importError';
import type { ImportOptions } from './options';
import type { GraderFiles, PreparedData } from './prepared';

/**
 * Reads a checkout of MLE-Dojo: `mledojo/competitions/<id>/{utils/{prepare,metric}.py,
 * info/{description.txt, public_leaderboard.csv, private_leaderboard.csv}}`, and its prepared
 * data: `<data>/<id>/data/{public,private}`. No code of it is executed here.
 */

interface Definition {
  readonly id: string;
  readonly folder: string;
  readonly entry: CatalogueEntry | undefined;
  readonly groups: readonly string[];
  readonly grader: GraderFacts | undefined;
  readonly boards: readonly ReadBoard[];
  readonly data: DataFacts;
  readonly findings: readonly ImportFinding[];
}

/** What the text of metric.py says. */
interface GraderFacts {
  readonly className: string;
  readonly direction: Direction | null;
}

const places = { private: ['private', 'private_leaderboard.csv'], public: ['public', 'public_leaderboard.csv'] } as const;

/**
 * Reports on every definition and, where `options.out` is given and the data is there, writes its
 * competition folder. Trouble with one definition is in its report.
 *
 * @throws ImportError `no_checkout`, `unknown_definition`
 * @throws CancelledError
 */
export async function importMleDojo(checkout: string, catalogue: Catalogue, options: ImportOptions): Promise<ImportReport> {
  const root = resolve(checkout);
  const competitions = join(root, 'mledojo', 'competitions');
  const all = await foldersWith(competitions, join('utils', 'metric.py'));
  if (all.length === 0) {
    throw new ImportError('no_checkout', `${root} is no checkout of MLE-Dojo: it has no mledojo/competitions/<id>/utils/metric.py.`, 'Give the folder that holds "mledojo".');
  }
  const groups = await readGroups(competitions);
  const reports: DefinitionReport[] = [];
  for (const id of chooseDefinitions(all, options.only)) {
    if (options.signal?.aborted) throw new CancelledError('The import was cancelled.');
    options.progress?.(id);
    const entry = catalogue.competitions.find((candidate) => candidate.id === id);
    const definition = await readDefinition(id, join(competitions, id), entry, groups.get(id) ?? ['Training'], options);
    const report = await importDefinition(definition, root, options);
    reports.push(report);
    options.done?.(report);
  }
  return summarise('mle-dojo', root, reports);
}

/** Evaluation groups by competition; the file holds nested lists of ids. */
async function readGroups(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const groups = new Map<string, string[]>();
  const visit = (value: unknown, name: string): void => {
    if (Array.isArray(value)) {
      for (const id of value) if (typeof id === 'string') groups.set(id, [...(groups.get(id) ?? []), name]);
    } else if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) visit(inner, key);
  };
  try {
    const parsed: unknown = JSON.parse((await textOf(folder, 'competition.json')) ?? '{}');
    // The other lists name where a task came from, not what it is for.
    visit(typeof parsed === 'object' && parsed !== null && 'Evaluation' in parsed ? parsed.Evaluation : {}, 'Evaluation');
  } catch {
    // Without the file every definition counts as one for training.
  }
  return groups;
}

async function readDefinition(id: string, folder: string, entry: CatalogueEntry | undefined, groups: readonly string[], options: ImportOptions): Promise<Definition> {
  const grader = graderFacts((await textOf(folder, 'utils/metric.py')) ?? '');
  const findings: ImportFinding[] = [...knownProblems('mle-dojo', id)];
  const direction = entry?.direction ?? grader?.direction ?? 'maximize';
  if (grader === undefined) findings.push({ code: 'no_grader', severity: 'warning', message: 'No metric class was found in metric.py.', fix: 'Update the checkout.' });
  if (entry === undefined) findings.push({ code: 'not_in_catalogue', severity: 'warning', message: 'The catalogue does not know this competition.', fix: 'It can be graded by its own grader.' });
  else if (grader?.direction && grader.direction !== entry.direction) {
    findings.push({ code: 'direction_conflict', severity: 'warning', message: `metric.py says ${grader.direction}; the metric is to ${entry.direction}.`, fix: 'The direction of the metric is taken.' });
  }
  if (entry?.mleDojo?.source === 'dsbench') {
    findings.push({ code: 'sample_true_row', severity: 'info', message: "Its sample submission may be filled with the values of one true row.", fix: 'Do not read anything into the sample.' });
  }
  const range = entry === undefined ? undefined : metricRange(entry.metric, entry.params);
  const context = { direction, ...(entry?.teams ? { teams: entry.teams } : {}), ...(range ? { range } : {}) };
  const boards = await Promise.all(
    (['private', 'public'] as const).map((name) => readBoard(join(folder, 'info', places[name][1]), name, context)),
  );
  findings.push(...boards.flatMap((board) => board.findings));
  return { id, folder, entry, groups, grader, boards, findings, data: await readData(id, entry, options.data) };
}

/** Class and direction from the text of metric.py: `class XMetrics(CompetitionMetrics)` with `higher_is_better: bool = True`. */
function graderFacts(text: string): GraderFacts | undefined {
  const className = /^class (\w+)\(CompetitionMetrics\)/m.exec(text)?.[1];
  if (className === undefined) return undefined;
  const better = /higher_is_better\s*(?::\s*bool)?\s*=\s*(True|False)/.exec(text)?.[1];
  return { className, direction: better === undefined ? null : better === 'True' ? 'maximize' : 'minimize' };
}

async function readData(id: string, entry: CatalogueEntry | undefined, data: string | undefined): Promise<DataFacts> {
  const facts = { downloadBytes: entry?.dataBytes ?? null, rulesUrl: entry?.rulesUrl ?? null };
  const prepare =
    entry?.mleDojo?.source === 'dsbench'
      ? 'Run prepare/dsbench.py of the checkout, which downloads the data of DSBench, then give its folder with --data.'
      : `Accept the rules at ${entry?.rulesUrl ?? 'the competition page'}, run prepare/mle.py of the checkout with your Kaggle credentials, then give its folder with --data.`;
  if (data === undefined) return { ...facts, state: 'not_given', folder: null, missing: [], how: prepare };
  const folder = (await isFolder(join(data, id, 'data'))) ? join(data, id, 'data') : join(data, id);
  if (!(await isFolder(folder))) return { ...facts, state: 'missing', folder: null, missing: [], how: prepare };
  const wanted = ['public/sample_submission.csv', 'private/test_answer.csv'];
  const missing = (await Promise.all(wanted.map(async (path) => ((await isFile(join(folder, path))) ? [] : [path])))).flat();
  return { ...facts, state: missing.length === 0 ? 'ready' : 'incomplete', folder, missing, how: missing.length === 0 ? '' : prepare };
}

async function importDefinition(definition: Definition, root: string, options: ImportOptions): Promise<DefinitionReport> {
  const report = describe(definition);
  const { folder, state } = definition.data;
  if (options.out === undefined || folder === null || state !== 'ready') return report;
  return importOne(report, options.out, options, () => preparedData(definition, root, folder, report, options));
}

function describe({ id, entry, grader, data, boards, groups, findings }: Definition): DefinitionReport {
  const native = entry?.mleDojo?.native ? { metric: entry.metric, params: { ...entry.params, ...entry.mleDojo.params } } : null;
  const python = grader ? { file: `mledojo/competitions/${id}/utils/metric.py`, name: grader.className } : null;
  return {
    id,
    title: entry?.title ?? id,
    benchmark: 'mle-dojo',
    groups,
    direction: entry?.direction ?? grader?.direction ?? null,
    grading: { native, python, used: native ? 'native' : null },
    boards: boards.map((board) => board.facts),
    data,
    findings,
    status: 'definition',
    competition: null,
  };
}

async function preparedData({ id, entry, folder, boards, grader }: Definition, root: string, data: string, report: DefinitionReport, options: ImportOptions): Promise<PreparedData> {
  const description = (await textOf(data, 'public/description.txt')) ?? (await textOf(folder, 'info/description.txt'));
  return {
    benchmark: 'mle-dojo',
    id,
    title: report.title,
    entry,
    hints: entry && report.grading.native ? layoutHints(entry, 'mleDojo') : undefined,
    description: description ?? report.title,
    publicFolder: join(data, 'public'),
    leaveOut: ['description.txt', 'data_structure.txt'],
    sampleFile: join(data, 'public', 'sample_submission.csv'),
    answersFile: join(data, 'private', 'test_answer.csv'),
    grader: grader === undefined ? null : await pythonGrader(root, id, grader, report),
    wanted: options.grader ?? 'native',
    board: boardText(boards),
    standings: undefined,
    split: options.split,
  };
}

async function pythonGrader(root: string, id: string, { className }: GraderFacts, report: DefinitionReport): Promise<GraderFiles> {
  const home = 'mledojo/competitions';
  const files = await graderFiles(root, ['mledojo/metrics/base.py', `${home}/utils.py`, `${home}/${id}/utils/metric.py`]);
  const direction = report.direction ?? 'maximize';
  const manifest = { python: `grader/${home}/${id}/utils/metric.py`, form: 'class', name: className, direction, label: "MLE-Dojo's score", seconds: 600, memoryGb: 8 } as const;
  return { manifest, files };
}
