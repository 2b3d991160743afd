import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
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
import { readJournal, RunJournal } from '../../src/node/storage/journal';
import { Program } from './program';

/** A task of MLRC-Bench from import to result: dev phase in the player's sandbox, test phase in one that it never sees. */

const assets = assetsAt(join(import.meta.dirname, '../..'));
const fixture = join(import.meta.dirname, '../fixtures/importers/mlrc');
let program: Program;
let scratch: string;
let home: string;

beforeAll(async () => {
  program = await Program.build('hidden', {});
  ({ scratch, home } = program);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await program.remove();
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

/** In the test phase: counts how often it began, and waits until it may end. The count is the score, and 10 more for a method with "# second". */
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
    return os.path.getsize("begun.txt") + 10 * open("methods/MyMethod.py").read().count("# second") if phase == "test" else 0.5
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

/** Where the test of a run's attempt works. */
const workOf = (runId: string, attempt = 1): string => join(placesOf(home, `${runId}-test`, process.env).work, `test-${attempt}`);
const hasBegun = (work: string) => waitUntil(() => existsSync(join(work, 'begun.txt')), 60_000);

it('takes up a test that a killed runner began, and runs it once', async () => {
  const { runs, competition } = await withPatience();
  const { runId, folder } = await runs.create({ competition, agent: 'human', runtime: 'local', gpu: 'none' });
  const first = await begun(runs, runId, folder);
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

  const second = await begun(runs, runId, folder);
  await waitUntil(async () => (await eventsOf(folder)).filter(({ type, data }) => type === 'progress' && JSON.stringify(data).includes('hidden test')).length === 2, 60_000);
  await writeFile(join(work, 'go.txt'), '');
  expect(await second.ended).toBe(0);
  const { view } = await runs.read(runId);
  expect(view).toMatchObject({ status: 'finished', statusText: 'Finished by the person.', test: { attempt: 1, ok: true } });
  expect(view.attempts.map((attempt) => attempt.private?.score)).toEqual([1]);
  expect((await eventsOf(folder)).filter(({ type }) => type === 'tested')).toHaveLength(1);
});

it('gives no attempt what the test of another came to', async () => {
  const { runs, competition } = await withPatience();
  const { runId, folder } = await runs.create({ competition, agent: 'human', runtime: 'local', gpu: 'none' });
  const first = await begun(runs, runId, folder);
  const person = await runs.connect(runId, 'window');
  await person.act({ action: 'submit', params: {}, files: {} });
  await person.act({ action: 'submit', params: {}, files: { 'methods/MyMethod.py': `${lastSeenFirst}# second\n` } });
  await person.act({ action: 'finish', params: {} });
  expect(await hasBegun(workOf(runId))).toBe(true);
  first.child.kill('SIGKILL');
  await first.ended;
  person.dispose();
  const { journal } = await RunJournal.open(folder, { now: () => Date.now() });
  await journal.append({ actor: 'human', type: 'selected', data: { attempt: 2, why: 'Simpler.' } });
  await journal.close();

  const second = await begun(runs, runId, folder);
  // The sandbox of the first one's test is given up with it.
  expect(await hasBegun(workOf(runId, 2))).toBe(true);
  expect(existsSync(workOf(runId, 1))).toBe(false);
  await writeFile(join(workOf(runId, 2), 'go.txt'), '');
  expect(await second.ended).toBe(0);
  const { view } = await runs.read(runId);
  expect(view.test).toMatchObject({ attempt: 2, ok: true });
  expect(view.attempts.map((attempt) => attempt.private?.score ?? null)).toEqual([null, 11]);
});

/** A run played through `podium serve`, whose trainer is done and whose test has begun; the person stops it. */
async function servedAndStopped(lastWord: object) {
  const { runs, report } = await withPatience();
  const { workspace } = runs.options;
  const serve = program.podium(['serve', '--stdio', '--runtime', 'local', '--workspace', workspace, '--competition', report.definitions[0]?.competition ?? '']);
  const answers = createInterface({ input: serve.child.stdout! })[Symbol.asyncIterator]();
  const say = (request: object): void => void serve.child.stdin!.write(`${JSON.stringify(request)}\n`);
  const asked = async (request: object): Promise<unknown> => {
    say(request);
    return JSON.parse((await answers.next()).value as string) as unknown;
  };
  const { info } = (await asked({ id: 1, op: 'reset' })) as { info: { runId: string } };
  await asked({ id: 2, op: 'step', action: { name: 'reset', params: { operator: 'baseline' } } });
  expect(await asked({ id: 3, op: 'step', action: { name: 'submit' } })).toMatchObject({ reward: 0.5 });
  say({ id: 4, ...lastWord });
  expect(await hasBegun(workOf(info.runId))).toBe(true);
  const person = await runs.connect(info.runId, 'window');
  await person.stop();
  person.dispose();
  serve.child.stdin!.end();
  expect((await serve.ended).stderr).toContain(`podium resume ${info.runId}`);
  expect((await runs.read(info.runId)).view).toMatchObject({ status: 'interrupted', statusText: 'The hidden test was stopped by you.', nextStep: expect.stringContaining('Stopped again') as string });
  const resume = () => program.podium(['resume', info.runId, '--workspace', workspace, '--json']);
  return { runs, runId: info.runId, folder: runs.folder(info.runId), resume };
}

it.each([
  ['ended its session', { op: 'close' }],
  ['finished', { op: 'step', action: { name: 'finish', params: { reason: 'good enough' } } }],
])('a run from outside whose test was stopped is resumed to its test, after the trainer %s', async (_how, lastWord) => {
  const { runs, runId, folder, resume } = await servedAndStopped(lastWord);
  // Its time may be used up by then.
  const { config } = await runs.read(runId);
  await writeFile(join(folder, 'run.json'), JSON.stringify({ ...config, limits: { ...config.limits, seconds: 0.001 } }));
  const again = resume();
  expect(await hasBegun(workOf(runId))).toBe(true);
  await writeFile(join(workOf(runId), 'go.txt'), '');
  const { code, stdout } = await again.ended;
  expect(JSON.parse(stdout)).toMatchObject({ status: 'finished', reason: 'action' in lastWord ? 'The run ends: good enough' : 'The agent has finished.', best: { id: 1, privateScore: 1 }, test: { attempt: 1, ok: true } });
  expect(code).toBe(0);
  expect((await eventsOf(folder)).filter(({ type }) => type === 'tested')).toHaveLength(1);
});

it('a run whose test is stopped again ends without it, and says so', async () => {
  const { runs, runId, folder, resume } = await servedAndStopped({ op: 'close' });
  const again = resume();
  expect(await hasBegun(workOf(runId))).toBe(true);
  again.child.kill('SIGINT');
  const { code, stdout } = await again.ended;
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'stopped', reason: expect.stringContaining('ends without it') as string, best: { id: 1, privateScore: null }, test: { attempt: 1, ok: false, message: expect.stringContaining('was not made') as string } });
  expect((await eventsOf(folder)).at(-1)).toMatchObject({ type: 'run_finished', data: { reason: expect.stringContaining('no score of it') as string } });
  const summary = await runs.read(runId);
  expect(testLines(summary.view)).toEqual(['#1: The hidden test was not made, so there is no score of it.']);
  expect(runResultOf(summary.config, summary.view, summary.feedback)).toMatchObject({ ended: true, score: null });
  expect(await program.bridges()).toEqual([]);
});

it('a run from outside that broke off in its play is not resumed', async () => {
  const { runs, competition } = await imported(fixture);
  const { runId } = await runs.create({ competition, agent: 'external', runtime: 'local', gpu: 'none' });
  const { code, stdout } = await program.podium(['resume', runId, '--workspace', runs.options.workspace, '--json']).ended;
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { reason: 'unknown_agent', message: expect.stringContaining('broke off') as string } });
});

interface RunnerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** A runner of its own that holds the run. */
async function begun(runs: Runs, runId: string, folder: string): Promise<RunnerProcess> {
  const child = spawn(process.execPath, [join(program.folder, 'dist/runner.js'), folder], { env: program.env, stdio: 'ignore' });
  children.push(child);
  const ended = new Promise<number | null>((done) => child.on('close', done));
  expect(await waitUntil(async () => await runs.connect(runId, 'watcher').then((client) => (client.dispose(), true), () => false), 60_000)).toBe(true);
  return { child, ended };
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
