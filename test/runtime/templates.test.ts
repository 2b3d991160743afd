import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { blendFiles } from '../../src/core/agent/offline/code/blend';
import { baselineSolution } from '../../src/core/agent/offline/code/baseline';
import { imageFeatures } from '../../src/core/agent/offline/code/images';
import { toCells, toScript } from '../../src/core/agent/offline/code/sections';
import { familiesFor, firstRecipe } from '../../src/core/agent/offline/families';
import type { Family, Toggle } from '../../src/core/agent/offline/recipe';
import { solutionOf } from '../../src/core/agent/offline/solution';
import { describeTask, type Task } from '../../src/core/agent/offline/task';
import { togglesFor } from '../../src/core/agent/offline/toggles';
import { claimOf, parseScores, ScoreLineReader } from '../../src/core/environment/claim';
import { grade } from '../../src/core/grading/grade';
import { CompetitionLibrary, type LoadedCompetition } from '../../src/node/competitions/library';

/** Every template of the offline agent with a real Python, on the bundled competitions' public data; two scripts at a time. */

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
const known = new Map<string, Promise<Outcome>>();
const table: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-templates-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  console.log(['competition      script                                      claim     all   public  private  seconds', ...table].join('\n'));
});

function execute(competition: LoadedCompetition, name: string, files: readonly { path: string; text: string }[]): Promise<Outcome> {
  const key = JSON.stringify([competition.manifest.id, files]);
  const outcome = known.get(key) ?? executeNow(competition, name, files);
  known.set(key, outcome);
  return outcome;
}

async function executeNow(competition: LoadedCompetition, name: string, files: readonly { path: string; text: string }[]): Promise<Outcome> {
  const { manifest } = competition;
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
  return outcome;
}

const better = (task: Task, a: number, b: number): boolean => (task.direction === 'maximize' ? a > b : a < b);

describe.skipIf(!python && process.env.CI !== 'true').each(['penguins', 'seattle-weather', 'debian-sections'])('templates on %s', { concurrent: true }, (id) => {
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

/** The other competitions take what is theirs: ranking, squared error on a table, pictures. */
const samples: Readonly<Record<string, readonly { family: Family; toggles?: readonly Toggle[] }[]>> = {
  'breast-cancer': [{ family: 'linear' }, { family: 'svm' }],
  'diabetes-progression': [{ family: 'linear' }, { family: 'gaussianProcess' }],
  digits: [{ family: 'pixelLinear', toggles: ['edgeMaps'] }, { family: 'pixelSvm', toggles: ['movedImages'] }, { family: 'pixelNeighbours' }],
};

describe.skipIf(!python && process.env.CI !== 'true').each(Object.entries(samples))('templates on %s', { concurrent: true }, (id, recipes) => {
  it('beat the constant by far, alone and blended', async () => {
    const competition = await new CompetitionLibrary({ bundledFolder, home: join(folder, 'home') }).load(id);
    const task = describeTask(competition, libraries);
    const constant = await execute(competition, 'constant', [{ path: 'train.py', text: toScript(baselineSolution(task)) }]);
    // Half of the way from the constant to perfection (a fifth for what cannot be known).
    const [perfect, share] = task.direction === 'maximize' ? [1, 0.5] : [0, 0.2];
    const far = constant.score + share * (perfect - constant.score);
    const solutions = recipes.map(({ family, toggles = [] }) => ({ family, solution: solutionOf(task, { family, toggles, params: {}, repairs: {} }, seed) }));
    for (const { family, solution } of solutions) {
      const outcome = await execute(competition, family, [{ path: 'train.py', text: toScript(solution) }]);
      expect([better(task, outcome.score, far), better(task, outcome.claim, far)], family).toEqual([true, true]);
    }
    const members = solutions.slice(0, 2).map(({ family, solution }, i) => ({ attempt: i + 2, name: family, solution }));
    const blend = await execute(competition, 'blend', blendFiles(task, members, seed));
    expect(better(task, blend.score, far)).toBe(true);
  });
});

/** Writes PNG files of known pixels in every kind of coding but interlaced, and reads them by the script's own reader. */
const pngCheck = String.raw`
import random

def filtered(line, above, step, kind):
    out = bytearray([kind])
    for x, value in enumerate(line):
        left = line[x - step] if x >= step else 0
        up = above[x]
        corner = above[x - step] if x >= step else 0
        guess = left + up - corner
        a, b, c = abs(guess - left), abs(guess - up), abs(guess - corner)
        paeth = left if a <= b and a <= c else up if b <= c else corner
        out.append((value - [0, left, up, (left + up) // 2, paeth][kind]) % 256)
    return bytes(out)

def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

random.seed(0)
read = 0
for colour, channels, depths in ((0, 1, (1, 2, 4, 8, 16)), (2, 3, (8, 16)), (3, 1, (1, 2, 4, 8)), (4, 2, (8, 16)), (6, 4, (8, 16))):
    for depth in depths:
        top = 2 ** depth - 1
        values = [[[random.randint(0, top) for _ in range(channels)] for _ in range(WIDTH)] for _ in range(HEIGHT)]
        palette = [tuple(random.randint(0, 255) for _ in range(3)) for _ in range(256)]
        packed, above = b"", bytes((WIDTH * channels * depth + 7) // 8)
        for y, row in enumerate(values):
            bits = "".join(format(value, "0%db" % depth) for pixel in row for value in pixel)
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
            packed += filtered(line, above, max(1, channels * depth // 8), y % 5)
            above = line
        half = len(packed) // 2
        stream = zlib.compress(packed)
        content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, 0)) + chunk(b"tEXt", b"a\0b")
        content += chunk(b"PLTE", bytes(part for entry in palette for part in entry)) if colour == 3 else b""
        content += chunk(b"IDAT", stream[:half]) + chunk(b"IDAT", stream[half:]) + chunk(b"IEND", b"")
        Path("one.png").write_bytes(content)
        def grey(pixel):
            if colour == 3:
                return sum(palette[pixel[0]]) / 3 / 255
            seen = pixel[:3] if channels > 2 else pixel[:1]
            return sum((value >> 8 if depth == 16 else value) / min(top, 255) for value in seen) / len(seen)
        wanted = np.array([[grey(pixel) for pixel in row] for row in values])
        assert np.allclose(read_picture("one.png"), wanted), (colour, depth)
        read += 1
print("READ", read)
`;

it.skipIf(!python && process.env.CI !== 'true')('the scripts read PNG files of every kind without Pillow', async () => {
  const competition = await new CompetitionLibrary({ bundledFolder, home: join(folder, 'home') }).load('digits');
  const task = describeTask(competition, {});
  if (!task.pictures) throw new Error('no pictures');
  const { imports, code } = imageFeatures({ ...task, pictures: { ...task.pictures, width: 13, height: 11 } });
  const reader = code.slice(0, code.indexOf('def read_pictures'));
  const work = await mkdtemp(join(folder, 'png-'));
  await writeFile(join(work, 'check.py'), `${imports.join('\n')}\n${reader}\n${pngCheck}`);
  const { stdout, stderr } = await run(python ?? 'python3', ['check.py'], { cwd: work });
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('READ 15');
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
] as const)('templates for %s', { concurrent: true }, (_kind, id, name, change) => {
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
