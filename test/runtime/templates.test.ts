import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { blendFiles } from '../../src/core/agent/offline/code/blend';
import { baselineSolution } from '../../src/core/agent/offline/code/baseline';
import { toCells, toScript } from '../../src/core/agent/offline/code/sections';
import { familiesFor, firstRecipe } from '../../src/core/agent/offline/families';
import { solutionOf } from '../../src/core/agent/offline/solution';
import { describeTask, type Task } from '../../src/core/agent/offline/task';
import { togglesFor } from '../../src/core/agent/offline/toggles';
import { claimOf, parseScores, ScoreLineReader } from '../../src/core/environment/claim';
import { grade } from '../../src/core/grading/grade';
import { CompetitionLibrary, type LoadedCompetition } from '../../src/node/competitions/library';

/** Every template of the offline agent with a real Python, on the bundled competitions' public data. */

const bundledFolder = resolve(__dirname, '../../media/competitions');
const run = promisify(execFile);
const seed = 0;

// A busy machine is no failure: each test runs several scripts, none of which takes long alone.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 120_000 });

function findPython(): string | undefined {
  const candidates = [process.env.PODIUM_PYTHON, '/usr/bin/python3', 'python3'].filter((path): path is string => Boolean(path));
  return candidates.find((path) => spawnSync(path, ['-c', 'import sklearn, pandas']).status === 0);
}

const python = findPython();

/** Libraries that open further families. */
function librariesOf(interpreter: string): Record<string, string> {
  const { status, stdout } = spawnSync(interpreter, ['-c', 'import lightgbm; print(lightgbm.__version__)'], { encoding: 'utf8' });
  return status === 0 ? { lightgbm: stdout.trim() } : {};
}
const libraries = python ? librariesOf(python) : {};

interface Outcome {
  readonly claim: number;
  readonly folds: number;
  readonly score: number;
  readonly public: number;
  readonly private: number;
  readonly seconds: number;
}

let folder = '';
/** What was run already, by competition and text: the same script gives the same result. */
const known = new Map<string, Outcome>();
const table: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-templates-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  console.log(['competition      script                                      claim     all   public  private  seconds', ...table].join('\n'));
});

async function execute(competition: LoadedCompetition, name: string, files: readonly { path: string; text: string }[]): Promise<Outcome> {
  const { manifest } = competition;
  const key = JSON.stringify([manifest.id, files]);
  const before = known.get(key);
  if (before) return before;
  const work = join(folder, `${manifest.id}-${name}`.replace(/[^\w-]+/g, '-'));
  await mkdir(join(work, 'members'), { recursive: true });
  await symlink(competition.dataFolder, join(work, 'data'));
  for (const file of files) await writeFile(join(work, file.path), file.text);
  const began = Date.now();
  // Warnings of libraries about what will go away are errors here: the scripts must run on current releases too.
  const { stdout, stderr } = await run(python ?? 'python3', ['-W', 'error::FutureWarning', '-W', 'error::DeprecationWarning:sklearn', 'train.py'], { cwd: work });
  const seconds = (Date.now() - began) / 1000;
  expect(stderr).toBe('');
  const text = (path: string): Promise<string> => readFile(join(work, path), 'utf8');
  for (const path of ['oof.csv', 'test_pred.csv']) if (name !== 'constant') expect((await text(path)).split('\n').length).toBeGreaterThan(10);
  const reader = new ScoreLineReader([manifest.metric.name]);
  reader.push(stdout);
  const { value } = reader.end();
  const scores = parseScores(await text('scores.csv'));
  expect(scores?.has('ensemble')).toBe(true);
  const claim = claimOf(value, scores, competition.direction);
  const graded = grade({
    answers: await readFile(join(competition.folder, 'private', 'answers.csv')),
    submission: await readFile(join(work, manifest.submission.file)),
    metric: manifest.metric.name,
    params: manifest.metric.params,
    id: manifest.submission.id,
    target: manifest.submission.target,
  });
  expect(graded.errors).toEqual([]);
  expect(graded.warnings).toEqual([]);
  const outcome: Outcome = {
    claim: claim?.value ?? NaN,
    folds: claim?.folds.length ?? 0,
    score: graded.score ?? NaN,
    public: graded.public?.score ?? NaN,
    private: graded.private?.score ?? NaN,
    seconds,
  };
  const numbers = [outcome.claim, outcome.score, outcome.public, outcome.private].map((number) => number.toFixed(4).padStart(8));
  table.push(`${manifest.id.padEnd(16)} ${name.padEnd(42)} ${numbers.join(' ')} ${seconds.toFixed(1).padStart(7)}`);
  known.set(key, outcome);
  return outcome;
}

const better = (task: Task, a: number, b: number): boolean => (task.direction === 'maximize' ? a > b : a < b);

describe.skipIf(!python && process.env.CI !== 'true').each(['penguins', 'seattle-weather', 'debian-sections'])('templates on %s', (id) => {
  let competition: LoadedCompetition;
  let task: Task;
  let constant: Outcome;

  beforeAll(async () => {
    if (!python) throw new Error('No Python with scikit-learn and pandas was found. Set PODIUM_PYTHON to one.');
    competition = await new CompetitionLibrary({ bundledFolder, home: join(folder, 'home') }).load(id);
    task = describeTask(competition, libraries);
    constant = await execute(competition, 'constant', [{ path: 'train.py', text: toScript(baselineSolution(task)) }]);
  });

  it('submits a constant that is valid', () => {
    expect(constant.folds).toBeGreaterThanOrEqual(3);
    expect(constant.score).toBeGreaterThan(0);
  });

  it('beats the constant with every family', async () => {
    const families = familiesFor(task);
    expect(families.length).toBeGreaterThanOrEqual(3);
    for (const facts of families) {
      const text = toScript(solutionOf(task, firstRecipe(task, facts), seed));
      const outcome = await execute(competition, facts.family, [{ path: 'train.py', text }]);
      expect(better(task, outcome.score, constant.score), facts.family).toBe(true);
      expect(better(task, outcome.claim, constant.claim), facts.family).toBe(true);
    }
  });

  it('runs the first family with each toggle, and beats the constant', async () => {
    const [first] = familiesFor(task);
    if (!first) throw new Error('no family');
    const recipe = firstRecipe(task, first);
    for (const { toggle } of togglesFor(task, recipe)) {
      const text = toScript(solutionOf(task, { ...recipe, toggles: [...recipe.toggles, toggle] }, seed));
      const outcome = await execute(competition, `${first.family}+${toggle}`, [{ path: 'train.py', text }]);
      expect(better(task, outcome.score, constant.score), toggle).toBe(true);
    }
  });

  it('gives the same result as a notebook, cell after cell', async () => {
    const [first] = familiesFor(task);
    if (!first) throw new Error('no family');
    const solution = solutionOf(task, firstRecipe(task, first), seed);
    const cells = toCells(solution).flatMap((cell) => (cell.kind === 'code' ? [cell.source] : []));
    const script = await execute(competition, 'as a script', [{ path: 'train.py', text: toScript(solution) }]);
    const notebook = await execute(competition, 'as a notebook', [{ path: 'train.py', text: cells.join('\n\n') }]);
    expect(notebook.score).toBe(script.score);
    expect(notebook.claim).toBe(script.claim);
  });

  it('blends three families on the same folds', async () => {
    const members = familiesFor(task)
      .slice(0, 3)
      .map((facts, i) => ({ attempt: i + 2, name: facts.family, solution: solutionOf(task, firstRecipe(task, facts), seed) }));
    const outcome = await execute(competition, 'blend', blendFiles(task, members, seed));
    expect(outcome.folds).toBeGreaterThanOrEqual(5);
    expect(better(task, outcome.score, constant.score)).toBe(true);
  });
});

/** A bundled competition turned into one of another kind: every text file of it passes through `change`. */
async function derived(id: string, name: string, change: (path: string, text: string) => string): Promise<LoadedCompetition> {
  const from = join(bundledFolder, id);
  const to = join(folder, 'derived', name);
  for (const path of ['competition.yaml', 'description.md', 'data/train.csv', 'data/test.csv', 'data/sample_submission.csv', 'private/answers.csv']) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await writeFile(join(to, path), change(path, await readFile(join(from, path), 'utf8')));
  }
  return new CompetitionLibrary({ bundledFolder, home: join(folder, 'home') }).load(to);
}

/** The weather as rows without order: a regression on a table, with a date, categories and gaps. */
const asTable = (path: string, text: string): string =>
  path === 'competition.yaml' ? text.replace(/^id: .*$/m, 'id: weather-table').replace('modality: time', 'modality: tabular').replace(/ {2}by: time\n {2}column: date\n/, '  by: row\n') : text;

/** One species against the others: a probability, scored by its ranking. */
function asBinary(path: string, text: string): string {
  if (path === 'competition.yaml') {
    return text.replace(/^id: .*$/m, 'id: adelie').replace('task: multiclass', 'task: binary').replace('target: [species]', 'target: [adelie]').replace(/metric:\n {2}name: f1\n {2}params: .*\n/, 'metric:\n  name: roc_auc\n');
  }
  if (!path.endsWith('.csv')) return text;
  const isAdelie = (value: string): string => (path.includes('sample') ? '0.5' : value === 'Adelie' ? '1' : '0');
  return text.replace(/\bspecies\b/, 'adelie').replace(/\b(Adelie|Chinstrap|Gentoo)\b/g, isAdelie);
}

describe.skipIf(!python && process.env.CI !== 'true').each([
  ['a regression on a table', 'seattle-weather', 'weather-table', asTable],
  ['probabilities of one class', 'penguins', 'adelie', asBinary],
] as const)('templates for %s', (_kind, id, name, change) => {
  it('beat the constant with every family, and blend', async () => {
    const competition = await derived(id, name, change);
    const task = describeTask(competition, libraries);
    expect(task.form).toBe('tabular');
    const constant = await execute(competition, 'constant', [{ path: 'train.py', text: toScript(baselineSolution(task)) }]);
    const families = familiesFor(task);
    expect(families.length).toBeGreaterThanOrEqual(5);
    for (const facts of families) {
      const outcome = await execute(competition, facts.family, [{ path: 'train.py', text: toScript(solutionOf(task, firstRecipe(task, facts), seed)) }]);
      expect(better(task, outcome.score, constant.score), facts.family).toBe(true);
    }
    const members = families.slice(0, 3).map((facts, i) => ({ attempt: i + 2, name: facts.family, solution: solutionOf(task, firstRecipe(task, facts), seed) }));
    const blend = await execute(competition, 'blend', blendFiles(task, members, seed));
    expect(better(task, blend.score, constant.score)).toBe(true);
  });
});
