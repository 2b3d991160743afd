import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCatalogue } from '../../../../src/node/competitions/catalogueFile';
import { CompetitionLibrary } from '../../../../src/node/competitions/library';
import { importMlrcBench } from '../../../../src/node/importers/mlrcBench';

const root = join(__dirname, '../../../..');
const checkout = join(root, 'test/fixtures/importers/mlrc');
let scratch: string;
let home: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-mlrc-'));
  home = join(scratch, 'home');
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const catalogue = () => readCatalogue(join(root, 'media'));
const load = (folder: string) => new CompetitionLibrary({ bundledFolder: join(scratch, 'none'), home }).load(folder);

it('makes a competition whose hidden test lies in PODIUM_HOME alone, and is noticed when it is changed', async () => {
  const out = join(scratch, 'out');
  const report = await importMlrcBench(checkout, await catalogue(), { home, out });
  expect(report.summary).toEqual({ definitions: 1, dev: 1, test: 1, imported: 1, failed: 0 });
  const folder = join(out, 'product-recommendation');
  const competition = await load(folder);
  expect(competition.manifest).toMatchObject({ evaluation: { command: 'python main.py -m "$(cat method.txt)" -p dev', test: { command: expect.stringContaining('-p test') } }, reference: { baseline: 0.08039, human: 0.41208, seconds: 261 } });
  expect([...(competition.evaluationFiles?.solution.keys() ?? [])]).toEqual(['method.txt', 'methods/MyMethod.py', 'methods/__init__.py']);
  expect((await competition.health()).passed).toContain('The hidden test lies out of reach of players, as it was imported.');
  const { files, dataFolder } = await competition.hiddenTest();
  expect([...files.keys()]).toEqual(['constants.py']);
  expect(await readFile(join(dataFolder, 'test.json'), 'utf8')).toContain('"k"');
  // Importing again finds the same test in its place.
  await rm(out, { recursive: true });
  await importMlrcBench(checkout, await catalogue(), { home, out });
  await appendFile(join(dataFolder, 'test.json'), ' ');
  await expect(competition.hiddenTest()).rejects.toMatchObject({ reason: 'no_answers' });
  expect((await (await load(folder)).health()).findings).toMatchObject([{ severity: 'error' }]);
});

it('reports without writing, and says what a task lacks', async () => {
  expect((await importMlrcBench(checkout, await catalogue(), { home })).definitions).toMatchObject([{ status: 'definition', competition: null }]);
  const copy = join(scratch, 'checkout');
  await cp(checkout, copy, { recursive: true });
  const task = join(copy, 'MLAgentBench/benchmarks_base/product-recommendation');
  await rm(join(task, 'scripts'), { recursive: true });
  await rm(join(task, 'env/data'), { recursive: true });
  const out = join(scratch, 'out');
  const [bare] = (await importMlrcBench(copy, await catalogue(), { home, out })).definitions;
  expect(bare).toMatchObject({ status: 'imported', phases: { dev: true, test: false } });
  expect(bare?.findings.map(({ code }) => code)).toEqual(['no_read_only_list', 'no_data', 'no_test']);
  expect((await load(join(out, 'product-recommendation'))).manifest.evaluation?.test).toBeUndefined();
  await writeFile(join(task, 'env/main.py'), '<<<<<<< HEAD\n');
  expect((await importMlrcBench(copy, await catalogue(), { home, out: join(scratch, 'other') })).summary).toMatchObject({ imported: 0, failed: 1 });
});

it("says the place of the checkout also where the benchmark's constants do not", async () => {
  const copy = join(scratch, 'checkout');
  await cp(checkout, copy, { recursive: true });
  const out = join(scratch, 'out');
  const constants = async () => {
    await rm(out, { recursive: true, force: true });
    await importMlrcBench(copy, await catalogue(), { home, out });
    return readFile(join(out, 'product-recommendation/evaluation/MLAgentBench/constants.py'), 'utf8');
  };
  const own = join(copy, 'MLAgentBench/constants.py');
  await writeFile(own, 'ALL_BASE_RUNTIME = {}\n');
  expect(await constants()).toBe('ALL_BASE_RUNTIME = {}\n\nMLR_BENCH_DIR = "."\n');
  await writeFile(own, 'MLR_BENCH_DIR = "/there"\n');
  expect(await constants()).toBe('MLR_BENCH_DIR = "/there"\n');
});

it('is no checkout, or has no such task', async () => {
  await expect(importMlrcBench(scratch, await catalogue(), { home })).rejects.toMatchObject({ reason: 'no_checkout' });
  await expect(importMlrcBench(checkout, await catalogue(), { home, only: ['x'] })).rejects.toMatchObject({ reason: 'unknown_definition' });
});
