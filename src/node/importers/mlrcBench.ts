import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalogue, MlrcTask } from '../../core/competition/catalogue';
import { defaultMethod, mlrcTasks, needsOf, packagesOf, partTask, type MlrcImport, type MlrcReport } from '../../core/competition/import/mlrc';
import type { ImportFinding } from '../../core/competition/import/report';
import { counted } from '../../core/environment/outputText';
import { CancelledError, describeError, PodiumError } from '../../core/errors';
import { HiddenTests } from '../competitions/hiddenTests';
import { writeCompetition, type Content, type EvaluationFields } from '../competitions/writeCompetition';
import { chooseDefinitions, isFolder, textOf } from './benchmark';
import { ImportError } from './importError';
import utilsSource from './mlrcUtils.py';
import { listFiles } from './ownEvaluation';

/**
 * Reads a checkout of MLRC-Bench: `MLAgentBench/benchmarks_base/<task>/{env,scripts}`. No code of
 * it is executed here: the dev phase runs in the player's sandbox, the test phase in one of its own.
 */

export interface MlrcOptions {
  /** PODIUM_HOME. */
  readonly home: string;
  /** Where competition folders are made; absent: report only. */
  readonly out?: string;
  readonly only?: readonly string[];
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

interface Task {
  readonly id: string;
  readonly folder: string;
  readonly facts: MlrcTask | undefined;
  readonly parts: ReturnType<typeof partTask>;
  readonly testData: readonly string[];
  readonly texts: { readonly problem: string | undefined; readonly background: string | undefined; readonly main: string; readonly constants: string | undefined };
  readonly report: MlrcReport;
}

/** Where the method is named that is evaluated; a player who registers another one changes this file. */
const methodFile = 'method.txt';

/** @throws ImportError `no_checkout`, `unknown_definition`; CancelledError */
export async function importMlrcBench(checkout: string, catalogue: Catalogue, options: MlrcOptions): Promise<MlrcImport> {
  const base = await baseOf(checkout);
  const there = new Set((await readdir(base, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name));
  const known = mlrcTasks.filter((id) => there.has(id));
  if (known.length === 0) throw new ImportError('no_checkout', `${base} has none of the tasks ${mlrcTasks.join(', ')}.`, 'Give the folder of a checkout of MLRC-Bench.');
  const definitions: MlrcReport[] = [];
  for (const id of chooseDefinitions(known, options.only)) {
    if (options.signal?.aborted) throw new CancelledError('The import was cancelled.');
    options.progress?.(id);
    const task = await readTask(join(base, id), id, catalogue.mlrcBench.find((one) => one.id === id));
    definitions.push(options.out === undefined ? task.report : await importTask(task, join(checkout, 'MLAgentBench'), join(options.out, id.toLowerCase()), options));
  }
  const count = (test: (report: MlrcReport) => boolean): number => definitions.filter(test).length;
  return {
    benchmark: 'mlrc-bench',
    checkout,
    definitions,
    summary: { definitions: definitions.length, dev: count(({ phases }) => phases.dev), test: count(({ phases }) => phases.test), imported: count(({ status }) => status === 'imported'), failed: count(({ status }) => status === 'failed') },
  };
}

async function baseOf(checkout: string): Promise<string> {
  for (const place of ['MLAgentBench/benchmarks_base', 'benchmarks_base', '.']) {
    const base = join(checkout, place);
    for (const id of mlrcTasks) if (await isFolder(join(base, id, 'env'))) return base;
  }
  throw new ImportError('no_checkout', `${checkout} is no checkout of MLRC-Bench: it has no MLAgentBench/benchmarks_base with its tasks.`, 'Give the folder of the checkout.');
}

async function readTask(folder: string, id: string, facts: MlrcTask | undefined): Promise<Task> {
  const env = join(folder, 'env');
  const scripts = join(folder, 'scripts');
  const links: string[] = [];
  const files = await listFiles(env, links);
  const list = await textOf(scripts, 'read_only_files.txt');
  const parts = partTask(files, list);
  const code = new Map<string, string>();
  for (const { path } of files) {
    const text = path.endsWith('.py') && !path.startsWith('data/') ? await textOf(env, path) : undefined;
    if (text !== undefined) code.set(path, text);
  }
  const testData = (await isFolder(join(scripts, 'test_data'))) ? (await listFiles(join(scripts, 'test_data'), links)).map(({ path }) => path) : [];
  const constants = await textOf(scripts, 'test_constants.py');
  const main = code.get('main.py');
  const packages = packagesOf((await textOf(scripts, 'environment.yml')) ?? '');
  const test = constants !== undefined || testData.length > 0;
  const findings = [...needsOf(code), ...lacksOf({ main, list, parts, test, links, packages })];
  const human = facts?.human ?? null;
  const baseline = facts?.baselineTest ?? null;
  const phases = { dev: !findings.some(({ severity }) => severity === 'error'), test };
  const report: MlrcReport = { id, title: titleOf(id), phases, solution: [...parts.solution, methodFile], readOnly: parts.fixed.length, dataFiles: parts.data.length, baseline, human, findings, status: 'definition', competition: null };
  return { id, folder, facts, parts, testData, texts: { problem: await textOf(scripts, 'research_problem.txt'), background: await textOf(scripts, 'background.txt'), main: main ?? '', constants }, report };
}

interface Found {
  readonly main: string | undefined;
  readonly list: string | undefined;
  readonly parts: Task['parts'];
  readonly test: boolean;
  readonly links: readonly string[];
  readonly packages: readonly string[];
}

/** What the checkout has not, and what that means. */
function lacksOf({ main, list, parts, test, links, packages }: Found): ImportFinding[] {
  const findings: (ImportFinding | false)[] = [
    main === undefined && { code: 'no_main', severity: 'error', message: 'It has no env/main.py.', fix: 'Complete the checkout.' },
    parts.solution.length === 0 && { code: 'no_solution', severity: 'error', message: 'No file of it may be changed.', fix: 'Complete the checkout: methods/ is missing.' },
    list === undefined && { code: 'no_read_only_list', severity: 'info', message: 'It has no scripts/read_only_files.txt.', fix: 'Players change methods/ and nothing else.' },
    parts.data.length === 0 && { code: 'no_data', severity: 'warning', message: 'env/data is empty.', fix: 'Run scripts/prepare.py of the task in its environment (scripts/environment.yml), then import again.' },
    !test && { code: 'no_test', severity: 'warning', message: 'It has neither scripts/test_constants.py nor scripts/test_data.', fix: 'Without them there is no test phase, and its scores are self-scored.' },
    links.length > 0 && { code: 'links_left_out', severity: 'warning', message: `${links.length} links were left out, for example ${links[0] ?? ''}.`, fix: 'Put the files themselves there.' },
    packages.length > 0 && { code: 'packages', severity: 'info', message: `It names ${counted(packages.length, 'package')}: ${packages.slice(0, 8).join(', ')}${packages.length > 8 ? ' …' : ''}.`, fix: 'The image or environment of a run must have what its code imports.' },
  ];
  return findings.filter((finding) => finding !== false);
}

async function importTask(task: Task, benchmark: string, out: string, options: MlrcOptions): Promise<MlrcReport> {
  const { report } = task;
  if (!report.phases.dev) return { ...report, status: 'failed' };
  try {
    const env = join(task.folder, 'env');
    const files = new Map<string, Content>([[`solution/${methodFile}`, { bytes: `${defaultMethod(task.texts.main)}\n` }]]);
    for (const path of task.parts.solution) files.set(`solution/${path}`, { from: join(env, path) });
    for (const path of task.parts.fixed) files.set(`evaluation/${path}`, { from: join(env, path) });
    for (const path of task.parts.data) files.set(path, { from: join(env, path) });
    for (const [path, content] of await benchmarkFiles(task, benchmark)) files.set(`evaluation/MLAgentBench/${path}`, content);
    const sha256 = report.phases.test ? await new HiddenTests(options.home).add(testContents(task), options) : undefined;
    await writeCompetition(out, { manifest: manifestOf(task, sha256), description: descriptionOf(task), files }, options);
    return { ...report, status: 'imported', competition: out };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const finding: ImportFinding = { code: error instanceof PodiumError ? error.reason : 'unreadable', severity: 'error', message: describeError(error), fix: '' };
    return { ...report, status: 'failed', findings: [...report.findings, finding] };
  }
}

/** The benchmark's package as far as tasks use it: its constants, the call that says the score, and the methods as they were given. */
async function benchmarkFiles(task: Task, benchmark: string): Promise<Map<string, Content>> {
  const constants: Content = { bytes: constantsOf(await textOf(benchmark, 'constants.py')) };
  const files = new Map<string, Content>([['__init__.py', { bytes: '' }], ['constants.py', constants], ['utils.py', { bytes: utilsSource }]]);
  for (const path of [...task.parts.solution, ...task.parts.fixed]) {
    if (path.startsWith('methods/') && path.endsWith('.py')) files.set(`baseline/${path}`, { from: join(task.folder, 'env', path) });
  }
  return files;
}

/** Tasks import the place of the checkout from there, which not every version of the file says. */
function constantsOf(own = ''): string {
  return /^MLR_BENCH_DIR\s*=/m.test(own) ? own : `${own}\nMLR_BENCH_DIR = "."\n`;
}

/** What is swapped in for the test phase: the dev data with the test data over them, and the test's constants. */
function testContents({ folder, parts, testData, texts }: Task): Map<string, Content> {
  const contents = new Map<string, Content>();
  for (const path of parts.data) contents.set(path, { from: join(folder, 'env', path) });
  for (const path of testData) contents.set(`data/${path}`, { from: join(folder, 'scripts/test_data', path) });
  if (texts.constants !== undefined) contents.set('files/constants.py', { bytes: texts.constants });
  return contents;
}

function manifestOf({ id, facts, parts, report }: Task, sha256: string | undefined): EvaluationFields {
  const command = (phase: string): string => `python main.py -m "$(cat ${methodFile})" -p ${phase}`;
  const seconds = Math.max(600, Math.ceil(3 * (facts?.runtimeDev ?? 1200)));
  const { baseline, human } = report;
  const gpu = report.findings.some(({ code }) => code === 'needs_gpu') ? 'optional' : 'none';
  return {
    schema: 1,
    id: id.toLowerCase().replaceAll('_', '-'),
    title: titleOf(id),
    summary: `A research task of MLRC-Bench${facts ? ` (${facts.source}), scored by ${facts.metric}` : ''}: improve the method in methods/.`,
    source: { kind: 'imported', name: 'MLRC-Bench', url: 'https://github.com/yunx-z/MLRC-Bench', licence: "the benchmark's own terms" },
    files: parts.data.slice(0, 50).map((path) => ({ path, role: 'other', description: 'Data of the dev phase.' })),
    grader: {
      command: command('dev'),
      direction: 'maximize',
      label: facts?.metric ?? 'score',
      seconds,
      ...(sha256 === undefined ? {} : { test: { command: command('test'), seconds: Math.max(600, Math.ceil(3 * (facts?.runtimeTest ?? 1200))), sha256 } }),
    },
    ...(baseline === null || human === null ? {} : { reference: { baseline, human, ...(facts?.runtimeTest ? { seconds: facts.runtimeTest } : {}), source: 'MLRC-Bench, on its test phase' } }),
    limits: { stepSeconds: seconds, runSeconds: Math.max(1800, 5 * seconds) },
    environment: { gpu, memoryGb: 16, diskMb: 20_480 },
  };
}

function descriptionOf({ id, texts }: Task): string {
  const own = [texts.problem, texts.background].flatMap((text) => (text?.trim() ? [text.trim()] : []));
  const how = `Change the method in \`methods/\`. \`${methodFile}\` names the method that is evaluated, as \`methods/__init__.py\` has it. Evaluations run its dev phase; after the run the chosen attempt runs on the hidden test phase, which decides.`;
  return [`# ${titleOf(id)}`, ...own, '## In Podium', how].join('\n\n');
}

const titleOf = (id: string): string => {
  const words = id.replaceAll(/[-_]/g, ' ').replace('forcast', 'forecast').replace('llm', 'LLM');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
