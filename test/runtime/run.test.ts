import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RunEvent } from '../../src/core/run/events';
import { foldAll, foldRun, hasEnded } from '../../src/core/run/fold';
import type { RunView } from '../../src/core/run/view';
import { CompetitionLibrary } from '../../src/node/competitions/library';
import { assetsAt } from '../../src/node/assets';
import { launchRunner } from '../../src/node/runner/launch';
import { RunnerClient } from '../../src/node/runner/runnerClient';
import { Runs } from '../../src/node/runner/runs';
import { readJournal } from '../../src/node/storage/journal';
import { moments, Program, until, type Ended } from './program';

/** Real runs through the built command line and the detached runner, over real sandboxes. */
const root = resolve(__dirname, '../..');
const engine = inject('engine');
const key = 'sk-test-0123456789abcdef';
let program: Program;
let home: string;

beforeAll(async () => {
  program = await Program.build('run', { OPENAI_API_KEY: key, ...(engine.missing ? {} : { DOCKER_HOST: engine.dockerHost, PODIUM_IMAGE: engine.image }) });
  home = program.home;
});
afterAll(() => program.remove());

const workspace = (): Promise<string> => program.workspace();
const podium: Program['podium'] = (args) => program.podium(args);
const processes = (): Promise<string[]> => program.bridges();

interface Attempt {
  readonly id: number;
  readonly operator: string;
  readonly plan: string;
  readonly status: string;
  readonly valid: boolean;
  readonly claim: number | null;
  readonly publicScore: number | null;
  readonly privateScore: number | null;
}
interface Report {
  readonly runId: string;
  readonly status: string;
  readonly isolation: string;
  readonly attempts: readonly Attempt[];
  readonly best: Attempt | null;
  readonly submission: string;
  readonly journal: string;
}

/** What two equal runs agree on. */
const essence = (attempts: readonly Attempt[]) => attempts.map(({ operator, plan, status, claim, publicScore }) => ({ operator, plan, status, claim, publicScore }));

const play = (kind: string, folder: string, attempts: number, ...more: string[]): readonly string[] => [
  'run', 'penguins', '--agent', 'offline', '--runtime', kind, '--max-attempts', String(attempts), '--workspace', folder, '--json', ...more,
];

/** Nothing is done twice: one beginning and one end per step, one call number per graded attempt. */
async function expectOnce(folder: string): Promise<void> {
  const { events } = await readJournal(folder);
  const started = events.flatMap((event) => (event.type === 'step_started' ? [event.data.step] : []));
  const ended = events.flatMap((event) => (event.type === 'step' ? [event.data.step] : []));
  expect(new Set(started).size).toBe(started.length);
  expect(new Set(ended).size).toBe(ended.length);
  const calls = events.flatMap((event) => (event.type === 'graded' && event.data.call !== null ? [event.data.call] : []));
  expect(calls).toEqual(calls.map((_, index) => index + 1));
  const created = events.flatMap((event) => (event.type === 'attempt_created' ? [event.data.id] : []));
  expect(created).toEqual(created.map((_, index) => index + 1));
  const jobs = events.flatMap((event) => (event.type === 'job_started' ? [event.data.job] : []));
  const sandboxes = events.filter((event) => event.type === 'sandbox').length;
  // A job is begun once in a sandbox; a lost sandbox is the only reason to begin it again.
  expect(jobs.length - new Set(jobs).size).toBeLessThanOrEqual(sandboxes - 1);
}

const forms = ['local', 'docker'] as const;
describe.each(forms)('a run in the %s sandbox', (kind) => {
  const skip = kind === 'docker' && engine.missing !== undefined;

  it.skipIf(skip)('plays, grades, and says so in one JSON object', async () => {
    const folder = await workspace();
    const { code, stdout } = await podium(play(kind, folder, 3)).ended;
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(0);
    expect(report.status).toBe('finished');
    expect(report.isolation).toBe(kind === 'docker' ? 'container' : 'bubblewrap');
    expect(report.attempts.map((attempt) => attempt.valid)).toEqual([true, true, true]);
    expect(report.attempts.every((attempt) => attempt.privateScore !== null)).toBe(true);
    expect(report.best?.publicScore).toBeGreaterThan(report.attempts[0]?.publicScore ?? 1);
    await stat(join(folder, report.submission));
    await expectOnce(join(folder, '.podium/runs', report.runId));
    // Private scores, answers and keys are nowhere in the workspace: all of it is searched, after the end too.
    // The competition's own board is public and left out: a reference solution that the agent hits on has its scores there.
    const { competition } = JSON.parse(await readFile(join(folder, '.podium/runs', report.runId, 'run.json'), 'utf8')) as { competition: { board: unknown } };
    const boards = [JSON.stringify(competition.board), JSON.stringify(competition.board, null, 2).replaceAll('\n', '\n    ')];
    const shown = new Set(report.attempts.flatMap((attempt) => [attempt.publicScore, attempt.claim]));
    const hidden = report.attempts.map((attempt) => attempt.privateScore).filter((score) => !shown.has(score)).map(String);
    expect(hidden.length).toBeGreaterThan(0);
    const searched: string[] = [];
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = boards.reduce((rest, board) => rest.replaceAll(board, ''), await readFile(join(entry.parentPath, entry.name), 'utf8'));
      searched.push(entry.name);
      for (const secret of [...hidden, key, ',Usage']) expect(text.includes(secret), `${secret} in ${entry.name}`).toBe(false);
    }
    expect(searched).toEqual(expect.arrayContaining(['journal.jsonl', 'run.json', 'train.py', 'submission.csv']));
    // The bench has the agent's files and the data.
    expect(await readdir(join(folder, 'penguins'))).toEqual(expect.arrayContaining(['data', 'train.py']));
    expect(await processes()).toEqual([]);
  });

  it.skipIf(skip)('resumes after kills to what it would have been', async () => {
    const quiet = await workspace();
    const wanted = JSON.parse((await podium(play(kind, quiet, 4)).ended).stdout) as Report;
    const folder = await workspace();
    let run = podium(play(kind, folder, 4));
    let last: Ended | undefined;
    // Moments spread over start, running jobs and grading, from a seed that is printed, so that a failure can be looked at again.
    const seed = Number(process.env.PODIUM_KILL_SEED ?? Date.now() % 1_000_000);
    const delays = moments(seed, 10);
    process.stdout.write(`Kills of seed ${seed} (PODIUM_KILL_SEED) after ${delays.join(', ')} ms.\n`);
    for (const delay of delays) {
      const first = await Promise.race([run.ended, new Promise<undefined>((done) => setTimeout(() => done(undefined), delay))]);
      if (first) {
        last = first;
        break;
      }
      run.child.kill('SIGKILL');
      await run.ended;
      const [runId] = await readdir(join(folder, '.podium/runs')).catch(() => []);
      run = runId ? podium(['resume', runId, '--workspace', folder, '--json']) : podium(play(kind, folder, 4));
    }
    last ??= await run.ended;
    const report = JSON.parse(last.stdout) as Report;
    expect(report.status, last.stderr).toBe('finished');
    expect(essence(report.attempts)).toEqual(essence(wanted.attempts));
    await expectOnce(join(folder, '.podium/runs', report.runId));
    expect(await processes()).toEqual([]);
  });

  it.skipIf(skip)('ends cleanly on Ctrl-C', async () => {
    const folder = await workspace();
    const { child, ended } = podium(play(kind, folder, 30));
    await until(async () => (await eventsOf(folder)).some((event) => event.type === 'job_started'));
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(1);
    expect(report.status).toBe('stopped');
    expect(report.attempts.every((attempt) => attempt.status !== 'running')).toBe(true);
    expect(await processes()).toEqual([]);
  });

  it.skipIf(skip)('keeps to its time and is valid all the same', async () => {
    const folder = await workspace();
    const { code, stdout } = await podium([...play(kind, folder, 30), '--budget', '6s']).ended;
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(0);
    expect(report.attempts.some((attempt) => attempt.valid)).toBe(true);
  });
});

describe('the detached runner', () => {
  it('goes on when its window goes, and serves the next one', async () => {
    const folder = await workspace();
    const { runs, runId } = await launch(folder, 'offline', { attempts: 4 });
    const first = await follow(await RunnerClient.connect({ home, runId, role: 'window' }));
    await until(async () => first.view()?.attempts.some((attempt) => attempt.status === 'valid') ?? false);
    first.client.dispose();
    const second = await follow(await RunnerClient.connect({ home, runId, role: 'window' }));
    await second.closed;
    const view = second.view();
    expect(view?.status).toBe('finished');
    expect(view?.attempts).toHaveLength(4);
    // What a window folded from the socket is what the journal says.
    expect(view).toEqual(foldAll((await readJournal(runs.folder(runId))).events));
    await until(async () => !(await runs.read(runId)).live);
  });

  it('refuses who does not know the token', async () => {
    const folder = await workspace();
    const { runId } = await launch(folder, 'human', {});
    const tokens = join(home, 'tokens', `${runId}.json`);
    const address = JSON.parse(await readFile(tokens, 'utf8')) as { token: string };
    expect((await stat(tokens)).mode & 0o777).toBe(0o600);
    await writeFile(tokens, JSON.stringify({ ...address, token: address.token.replace(/./g, '0') }));
    await expect(RunnerClient.connect({ home, runId, role: 'window' })).rejects.toMatchObject({ reason: 'refused' });
    await writeFile(tokens, JSON.stringify(address));
    const client = await RunnerClient.connect({ home, runId, role: 'watcher' });
    await client.stop();
  });

  it('lets a person play alone: run, submit, change, submit', async () => {
    const folder = await workspace();
    const { runs, runId } = await launch(folder, 'human', {});
    const { client, view, closed } = await follow(await RunnerClient.connect({ home, runId, role: 'window' }));
    await until(async () => view()?.status === 'running');
    const train = await readFile(join(folder, 'penguins/train.py'), 'utf8');
    const ran = await client.act({ action: 'run_script', params: { path: 'train.py' }, files: { 'train.py': train }, plan: 'the starter' });
    expect(ran).toMatchObject({ status: 'ok', attempt: 1 });
    const submitted = await client.act({ action: 'submit', params: { entry: 'train.py' }, files: { 'train.py': train } });
    expect(submitted).toMatchObject({ status: 'ok', grade: { valid: true }, attempt: 1 });
    const again = await client.act({ action: 'submit', params: { entry: 'train.py' }, files: { 'train.py': `${train}\nraise KeyError("mine")\n` } });
    expect(again).toMatchObject({ status: 'error', attempt: 2, error: { type: 'KeyError', place: { file: 'train.py' } } });
    const odd = await client.act({ action: 'fly', params: {} });
    expect(odd).toMatchObject({ status: 'error', error: { type: 'bad_action' } });
    await client.stop();
    await closed;
    const { view: after } = await runs.read(runId);
    expect(after.attempts.map((attempt) => [attempt.operator, attempt.status, attempt.private !== null])).toEqual([['human', 'valid', true], ['human', 'buggy', false]]);
    expect(await processes()).toEqual([]);
  });

  it('pauses before the next step and goes on', async () => {
    const folder = await workspace();
    const { runId } = await launch(folder, 'offline', { attempts: 3 });
    const { client, view, closed } = await follow(await RunnerClient.connect({ home, runId, role: 'watcher' }));
    await client.pause();
    await until(async () => view()?.status === 'paused');
    await client.resume();
    await closed;
    expect(view()?.status).toBe('finished');
    expect(view()?.attempts).toHaveLength(3);
  });
});

async function launch(folder: string, agent: string, limits: { attempts?: number }): Promise<{ runs: Runs; runId: string }> {
  const library = new CompetitionLibrary({ bundledFolder: join(root, 'media/competitions'), home });
  const runs = new Runs({ workspace: folder, home, version: '0.0.0' });
  const { runId, folder: runFolder } = await runs.create({ competition: await library.load('penguins'), agent, runtime: 'local', limits });
  await launchRunner({ folder: runFolder, runId, home, version: '0.0.0', assets: assetsAt(program.folder) });
  return { runs, runId };
}

async function follow(client: RunnerClient): Promise<{ client: RunnerClient; view: () => RunView | undefined; closed: Promise<void> }> {
  let view: RunView | undefined;
  let over: () => void = () => undefined;
  const closed = new Promise<void>((done) => (over = done));
  await client.subscribe(1, { event: (event) => (view = foldRun(view, event)), closed: () => over() });
  if (view && hasEnded(view)) over();
  return { client, view: () => view, closed };
}

async function eventsOf(folder: string): Promise<readonly RunEvent[]> {
  const [runId] = await readdir(join(folder, '.podium/runs')).catch(() => []);
  return runId ? (await readJournal(join(folder, '.podium/runs', runId))).events : [];
}
