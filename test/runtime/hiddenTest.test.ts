import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, inject, it, vi } from 'vitest';
import { runReport, testLines } from '../../src/cli/runReport';
import type { Player } from '../../src/core/agent/player';
import type { Observation } from '../../src/core/environment/observation';
import { hasEnded } from '../../src/core/run/fold';
import { gapOfRun, methodCost } from '../../src/core/run/gap';
import { runResultOf } from '../../src/core/standings/runResult';
import { assetsAt } from '../../src/node/assets';
import { readCatalogue } from '../../src/node/competitions/catalogueFile';
import { CompetitionLibrary } from '../../src/node/competitions/library';
import { importMlrcBench } from '../../src/node/importers/mlrcBench';
import { waitUntil } from '../../src/node/local/processes';
import { placesOf } from '../../src/node/local/sandboxState';
import { openSession } from '../../src/node/runner/compose';
import { Runs } from '../../src/node/runner/runs';
import { readJournal } from '../../src/node/storage/journal';
import { bundles } from '../../esbuild.mjs';

/** A task of MLRC-Bench from import to result: dev phase in the player's sandbox, test phase in one that it never sees. */

const assets = assetsAt(join(import.meta.dirname, '../..'));
const fixture = join(import.meta.dirname, '../fixtures/importers/mlrc');
let scratch: string;
let home: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-hidden-'));
  home = join(scratch, 'home');
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(scratch, { recursive: true, force: true });
});
const children: ChildProcess[] = [];

const lastSeenFirst = `from methods.BaseMethod import BaseMethod


class MyMethod(BaseMethod):
    def run(self, seen):
        ranked = list(seen)
        ranked.reverse()
        return ranked
`;
/** What a player might try: the test's folder, and the ruler. */
const snoop = (tests: string): string => `import glob, os
print("seen", os.path.exists(${JSON.stringify(tests)}), sorted(os.listdir("data")), glob.glob("/data/*"))
open("evaluation.py", "w").write("def evaluate_model(*_): pass\\ndef get_score(*_): return 1000000\\n")
open("constants.py", "w").write("sessions_path = 'x'\\n")
`;

/** The task imported from a checkout, and a workspace for its runs. */
async function imported(checkout: string) {
  const report = await importMlrcBench(checkout, await readCatalogue(assets.media), { home, out: await mkdtemp(join(scratch, 'out-')) });
  const runs = new Runs({ workspace: await mkdtemp(join(scratch, 'workspace-')), home, version: '0.0.0' });
  const competition = await new CompetitionLibrary({ bundledFolder: join(assets.media, 'competitions'), home }).load(report.definitions[0]?.competition ?? '');
  return { report, runs, competition };
}

/** Plays with these moves and returns how the run ended. */
async function played(folder: string, play: Player['play']) {
  const session = await openSession(folder, { home, assets, log: () => undefined, player: { actor: 'template', player: { play } } });
  return await session.run().finally(() => session.close());
}

const eventsOf = async (folder: string) => (await readJournal(folder)).events;

it('plays the dev phase, keeps the ruler, and lets the hidden test decide', async () => {
  const { report, runs, competition } = await imported(fixture);
  expect(report.definitions).toMatchObject([{ id: 'product-recommendation', phases: { dev: true, test: true }, status: 'imported', baseline: 0.08039, human: 0.41208 }]);
  const { runId, folder } = await runs.create({ competition, agent: 'external', runtime: 'local', gpu: 'none' });
  const seen: Observation[] = [];
  const end = await played(folder, async (door) => {
    const act = async (name: string, params: unknown = {}) => void seen.push(await door.step({ name, params }));
    await act('reset', { operator: 'baseline' });
    await act('submit');
    await act('reset', { from: 1, operator: 'improve' });
    await act('write_file', { path: 'methods/MyMethod.py', content: lastSeenFirst });
    await act('write_file', { path: 'evaluation.py', content: 'cheat' });
    await act('write_file', { path: 'snoop.py', content: snoop(join(home, 'tests')) });
    await act('run_script', { path: 'snoop.py' });
    await act('submit');
    await door.select(2, 'Better in the dev phase.');
  });
  expect(end.status).toBe('finished');
  const [, base, , , refused, , snooped, better] = seen;
  expect(base?.grade?.public?.score).toBeCloseTo((1 / 3 + 1 / 2 + 1 / 4) / 3, 4);
  expect(refused?.error?.type).toBe('read_only');
  expect(snooped?.output?.head).toContain("seen False ['dev.json'] ['/data/dev.json']");
  expect(better?.grade?.public?.score).toBe(1);

  const { view, folder: place } = await runs.read(runId);
  expect(view.competition).toMatchObject({ tested: true });
  expect(view.competition.selfScored).toBeUndefined();
  expect(view.attempts.map((attempt) => attempt.private?.score ?? null)).toEqual([null, expect.closeTo(2.5 / 3, 10)]);
  expect(view.test).toMatchObject({ attempt: 2, ok: true, figures: { statements: 5, baseline_statements: 4 } });
  expect(gapOfRun(view)).toEqual({ ok: true, percent: expect.closeTo((100 * (2.5 / 3 - 0.08039)) / (0.41208 - 0.08039), 6) });
  expect(methodCost(view)).toMatchObject({ statements: 5, relativeStatements: 25 });
  // The journal says that it was tested, and nothing of what came of it.
  expect(await readFile(join(place, 'journal.jsonl'), 'utf8')).not.toContain('0.8333');
  expect((await eventsOf(place)).filter(({ type }) => type === 'tested').map(({ data }) => data)).toEqual([{ attempt: 2 }]);
  const summary = await runs.read(runId);
  expect(runReport(summary, runs.options.workspace)).toMatchObject({ test: { ok: true, figures: { statements: 5 } }, method: { statements: 5 }, gapClosed: { ok: true } });
  expect(runResultOf(summary.config, view, summary.feedback)).toMatchObject({ score: expect.closeTo(2.5 / 3, 10), gap: { ok: true } });
  expect(await readdir(join(home, 'tests'))).toHaveLength(1);
});

/** Says what it was tested on, and fails. */
const telltale = `import os
from methods.BaseMethod import BaseMethod


class MyMethod(BaseMethod):
    def run(self, seen):
        if os.path.exists("data/test.json"):
            raise ValueError("tested on %s" % open("data/test.json").read())
        return list(seen)
`;

const engine = inject('engine');
const kinds = ['local', ...(engine.missing ? [] : ['docker' as const])] as const;
afterEach(() => vi.unstubAllEnvs());

it.each(kinds)('keeps what a failing test printed out of the journal, and tells it when the run has ended: %s', async (runtime) => {
  if (runtime === 'docker') {
    vi.stubEnv('DOCKER_HOST', engine.dockerHost);
    vi.stubEnv('PODIUM_IMAGE', engine.image);
  }
  const { runs, competition } = await imported(fixture);
  const { runId, folder } = await runs.create({ competition, agent: 'external', runtime, gpu: 'none' });
  await played(folder, async (door) => {
    await door.step({ name: 'write_file', params: { path: 'methods/MyMethod.py', content: telltale } });
    await door.step({ name: 'submit', params: {} });
  });
  const summary = await runs.read(runId);
  expect(summary.view.test).toMatchObject({ attempt: 1, ok: false, message: expect.stringContaining('tested on') as string });
  expect(summary.view.attempts[0]?.private).toBeNull();
  expect(testLines(summary.view).join('\n')).toContain('tested on');
  // Of the data too, which the message ends with.
  expect(summary.view.test?.message).toContain('"next"');
  const journal = await readFile(join(folder, 'journal.jsonl'), 'utf8');
  expect(journal).toContain('"type":"tested"');
  expect(journal.includes('tested on [') || journal.includes('next\\": ')).toBe(false);
});

/** In the test phase: counts how often it began, and waits until it may end. The count is the score. */
const patient = `import os, time
from evaluation import evaluate_model as evaluate


def evaluate_model(method, phase):
    if phase == "test":
        with open("begun.txt", "a", encoding="utf-8") as writer:
            writer.write("x")
        while not os.path.exists("go.txt"):
            time.sleep(0.05)
    evaluate(method, phase)


def get_score(method, phase):
    return os.path.getsize("begun.txt") if phase == "test" else 0.5
`;

/** The task with this test. */
async function withPatience() {
  const checkout = await mkdtemp(join(scratch, 'checkout-'));
  await cp(fixture, checkout, { recursive: true });
  const env = join(checkout, 'MLAgentBench/benchmarks_base/product-recommendation/env');
  await writeFile(join(env, 'patient.py'), patient);
  const main = join(env, 'main.py');
  await writeFile(main, (await readFile(main, 'utf8')).replace('from evaluation import', 'from patient import'));
  await appendFile(join(env, '../scripts/read_only_files.txt'), '\npatient.py\n');
  return await imported(checkout);
}

/** Where the test of a run works. */
const workOf = (runId: string): string => join(placesOf(home, `${runId}-test`, process.env).work, 'test');
const hasBegun = (work: string) => waitUntil(() => existsSync(join(work, 'begun.txt')), 60_000);

it('takes up a test that a killed runner began, and runs it once', async () => {
  const { runs, competition } = await withPatience();
  const { runId, folder } = await runs.create({ competition, agent: 'human', runtime: 'local', gpu: 'none' });
  const runner = await makeRunner();
  const begun = async (): Promise<RunnerProcess> => {
    const process = runner(folder);
    expect(await waitUntil(async () => await runs.connect(runId, 'watcher').then((client) => (client.dispose(), true), () => false), 60_000)).toBe(true);
    return process;
  };
  const first = await begun();
  const person = await runs.connect(runId, 'window');
  expect((await person.act({ action: 'submit', params: {}, files: {} })).grade?.public?.score).toBe(0.5);
  await person.act({ action: 'finish', params: {} });
  const work = workOf(runId);
  expect(await hasBegun(work)).toBe(true);
  first.child.kill('SIGKILL');
  await first.ended;
  person.dispose();
  expect(hasEnded((await runs.read(runId)).view)).toBe(false);
  expect((await eventsOf(folder)).some(({ type }) => type === 'tested')).toBe(false);

  const second = await begun();
  await waitUntil(async () => (await eventsOf(folder)).filter(({ type, data }) => type === 'progress' && JSON.stringify(data).includes('hidden test')).length === 2, 60_000);
  await writeFile(join(work, 'go.txt'), '');
  expect(await second.ended).toBe(0);
  const { view } = await runs.read(runId);
  expect(view).toMatchObject({ status: 'finished', statusText: 'Finished by the person.', test: { attempt: 1, ok: true } });
  expect(view.attempts.map((attempt) => attempt.private?.score)).toEqual([1]);
  expect((await eventsOf(folder)).filter(({ type }) => type === 'tested')).toHaveLength(1);
});

it('leaves a run whose test was stopped to be resumed', async () => {
  const { runs, competition } = await withPatience();
  const { runId, folder } = await runs.create({ competition, agent: 'external', runtime: 'local', gpu: 'none' });
  const play: Player['play'] = async (door) => {
    await door.step({ name: 'reset', params: {} });
    await door.step({ name: 'submit', params: {} });
  };
  const session = await openSession(folder, { home, assets, log: () => undefined, player: { actor: 'template', player: { play } } });
  const ended = session.run();
  expect(await hasBegun(workOf(runId))).toBe(true);
  await session.stop();
  expect(await ended).toMatchObject({ status: 'waiting' });
  await session.close();
  expect((await runs.read(runId)).view).toMatchObject({ status: 'interrupted', statusText: 'The hidden test was stopped by you.', nextStep: expect.stringContaining('Resume') as string });

  const again = played(folder, play);
  expect(await hasBegun(workOf(runId))).toBe(true);
  await writeFile(join(workOf(runId), 'go.txt'), '');
  expect((await again).status).toBe('finished');
  const { view } = await runs.read(runId);
  expect(view).toMatchObject({ status: 'finished', test: { ok: true } });
  expect(view.attempts.map((attempt) => attempt.private?.score)).toEqual([1]);
  expect((await eventsOf(folder)).filter(({ type }) => type === 'tested')).toHaveLength(1);
});

interface RunnerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** Runners of this checkout, as own processes. */
async function makeRunner(): Promise<(folder: string) => RunnerProcess> {
  const program = join(scratch, 'program');
  for (const name of ['runner', 'gradingWorker'] as const) await build({ ...bundles[name], absWorkingDir: join(import.meta.dirname, '../..'), outdir: join(program, 'dist'), sourcemap: false });
  await cp(assets.media, join(program, 'media'), { recursive: true });
  return (folder) => {
    const child = spawn(process.execPath, [join(program, 'dist/runner.js'), folder], { env: { ...process.env, PODIUM_HOME: home }, stdio: 'ignore' });
    children.push(child);
    return { child, ended: new Promise((done) => child.on('close', done)) };
  };
}

it('says the score of a task whose methods are folders, named by paths', async () => {
  const folder = join(scratch, 'folders');
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await write('MLAgentBench/__init__.py', '');
  await write('MLAgentBench/utils.py', await readFile(join(import.meta.dirname, '../../src/node/importers/mlrcUtils.py'), 'utf8'));
  await write('MLAgentBench/baseline/methods/protonet/model.py', 'x = 1\n');
  await write('methods/protonet/model.py', 'x = 1\ny = 2\n');
  const told = async (base: string) => {
    await write('main.py', `from MLAgentBench.utils import save_evals\nsave_evals("t", "m", "methods/protonet/model.py", "methods/${base}/model.py", 0.25, "dev", 3)\n`);
    return JSON.parse((await promisify(execFile)('python3', ['main.py'], { cwd: folder })).stdout) as unknown;
  };
  expect(await told('protonet')).toEqual({ score: 0.25, runtime: 3, statements: 2, baseline_statements: 1 });
  // The benchmark names a folder that is not there.
  expect(await told('my_method')).toEqual({ score: 0.25, runtime: 3, statements: 2 });
});
