import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Player } from '../../../src/core/agent/player';
import type { Observation } from '../../../src/core/environment/observation';
import type { RawAction } from '../../../src/core/environment/actions';
import { foldAll } from '../../../src/core/run/fold';
import type { RunConfig, RunEvent } from '../../../src/core/run/events';
import type { RunView } from '../../../src/core/run/view';
import { CompetitionLibrary, type LoadedCompetition } from '../../../src/node/competitions/library';
import { RunnerClient } from '../../../src/node/runner/runnerClient';
import { RunnerServer } from '../../../src/node/runner/runnerServer';
import { Runs } from '../../../src/node/runner/runs';
import { RunSession } from '../../../src/node/runner/session';
import { fakeGrade, FakeSandbox } from '../environment/fakes';

/** A real session with its socket and its journal on disk; the sandbox is a fake whose network can be switched. */
let scratch: string;
let home: string;
let competition: LoadedCompetition;
let created: { runId: string; folder: string; config: RunConfig };
let sandbox: FakeSandbox;
let online: boolean[];
let now: number;
const open: { session: RunSession; server: RunnerServer; clients: RunnerClient[] }[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-approvals-'));
  home = join(scratch, 'home');
  await mkdir(join(scratch, 'penguins'));
  competition = await new CompetitionLibrary({ bundledFolder: resolve(__dirname, '../../../media/competitions'), home }).load('penguins');
  created = await new Runs({ workspace: scratch, home, version: '0.0.0' }).create({ competition, agent: 'some-model', limits: { seconds: 60 } });
  sandbox = new FakeSandbox();
  online = [];
  let connected = false;
  sandbox.network = { connect: async () => void (connected = true), disconnect: async () => void (connected = false) };
  sandbox.during = () => void online.push(connected);
  now = 1_000_000;
});
afterEach(async () => {
  for (const one of open.splice(0)) await close(one);
  await rm(scratch, { recursive: true, force: true });
});

const install: RawAction = { name: 'shell', params: { command: 'pip install lightgbm==4.5.0', why: 'faster boosting' } };
const reset: RawAction = { name: 'reset', params: { plan: 'try it' } };

/** Opens the run of the journal with an agent that takes these actions. */
async function play(actions: readonly RawAction[], options: { expectsWindow?: boolean } = {}) {
  const seen: Observation[] = [];
  const player: Player = {
    play: async (door) => {
      for (const action of actions) seen.push(await door.step(action));
    },
  };
  const session = await RunSession.open({
    ...created,
    competition,
    home,
    benchFolder: join(scratch, 'penguins'),
    grader: { grade: async (submission) => fakeGrade(submission) },
    sandboxes: { open: async () => sandbox, release: async () => undefined },
    player,
    actor: 'llm',
    ...options,
    clock: { now: () => now },
    log: () => undefined,
  });
  const events = [...(await session.events())];
  session.onEvent((event) => events.push(event));
  const server = await RunnerServer.start(session, home, () => undefined);
  const one = { session, server, clients: [] as RunnerClient[] };
  open.push(one);
  const window = async (role: 'window' | 'watcher' = 'window'): Promise<RunnerClient> => {
    const client = await RunnerClient.connect({ home, runId: created.runId, role });
    one.clients.push(client);
    return client;
  };
  const of = <T extends RunEvent['type']>(type: T) => events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  const view = (): RunView => foldAll(events) as RunView;
  const asked = async (): Promise<NonNullable<RunView['approval']>> => {
    await until(() => Boolean(view().approval));
    return view().approval as NonNullable<RunView['approval']>;
  };
  return { ...one, seen, window, of, view, asked };
}

async function close({ session, server, clients }: (typeof open)[number]): Promise<void> {
  for (const client of clients) client.dispose();
  await session.stop();
  await server.close();
  await session.close();
}

/** As a kill: nothing more is journaled, the folder is free. */
async function kill(): Promise<void> {
  for (const { session, server, clients } of open.splice(0)) {
    for (const client of clients) client.dispose();
    await server.close();
    await session.close();
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((done) => setTimeout(done, 2));
};

describe('an action that needs the person\'s word', () => {
  it('waits with the clock stopped, and has its network while it runs and no longer', async () => {
    const run = await play([reset, { name: 'write_file', params: { path: 'a.py', content: 'print 1' } }, install, { name: 'run_script', params: { path: 'a.py' } }, install], { expectsWindow: true });
    const window = await run.window();
    void run.session.run();
    const question = await run.asked();
    expect(question).toMatchObject({
      title: 'Approve installing packages for #1?',
      code: 'pip install lightgbm==4.5.0',
      reason: 'faster boosting',
      needs: ['installs'],
      effect: 'The container gets a network while the command runs, and loses it afterwards.',
    });
    expect(run.view()).toMatchObject({ status: 'waiting', statusText: question.title });
    // Far more than the run's budget: waiting is no run time.
    now += 3_600_000;
    await window.answerApproval({ id: question.id, answer: 'once' });
    await until(() => run.seen.length === 4);
    expect(run.seen[2]).toMatchObject({ action: 'shell', status: 'ok', done: false });
    expect(run.seen[2]?.budget.seconds?.used).toBeLessThan(5);
    expect(online).toEqual([true, false]);
    // Once is once.
    const again = await run.asked();
    expect(again.id).not.toBe(question.id);
    await window.answerApproval({ id: again.id, answer: 'run' });
    expect(await run.session.run()).toMatchObject({ status: 'finished' });
    expect(run.of('approval_answered').map((event) => event.data.answer)).toEqual(['once', 'run']);
    expect(online).toEqual([true, false, true]);
  });

  it.each(['run', 'always'] as const)('is not asked again after "%s"', async (answer) => {
    const run = await play([install, install, { name: 'shell', params: { command: 'curl x' } }]);
    const window = await run.window();
    void run.session.run();
    await window.answerApproval({ id: (await run.asked()).id, answer });
    await until(() => run.seen.length === 2);
    expect((await run.asked()).needs).toEqual(['network']);
    expect(run.of('approval_asked')).toHaveLength(2);
  });

  it('is refused in the person\'s words, and nothing runs', async () => {
    const run = await play([install]);
    const window = await run.window();
    void run.session.run();
    await window.answerApproval({ id: (await run.asked()).id, answer: 'refused', words: ' scikit-learn is enough ' });
    await run.session.run();
    expect(run.seen[0]).toMatchObject({ status: 'error', summary: 'The person refused installing packages: scikit-learn is enough', error: { type: 'refused' } });
    expect(sandbox.runs).toEqual([]);
  });

  it('is refused with the flag named where nobody is there to ask', async () => {
    const run = await play([install]);
    await run.window('watcher');
    expect(await run.session.run()).toMatchObject({ status: 'finished' });
    expect(run.seen[0]?.error).toMatchObject({ type: 'not_approved', hints: [expect.stringContaining('--allow-installs')] });
    expect(run.of('approval_asked')).toEqual([]);
    expect(sandbox.runs).toEqual([]);
  });

  it('is answered by a window once, and by nobody else', async () => {
    const run = await play([install]);
    const [window, other, watcher] = [await run.window(), await run.window(), await run.window('watcher')];
    void run.session.run();
    const { id } = await run.asked();
    await expect(watcher.answerApproval({ id, answer: 'run' })).rejects.toThrow('Only a window');
    await expect(window.answerApproval({ id: 'approval-99', answer: 'run' })).rejects.toThrow('answered already');
    await window.answerApproval({ id, answer: 'once' });
    await expect(other.answerApproval({ id, answer: 'refused' })).rejects.toThrow('answered already');
    await run.session.run();
    expect(run.of('approval_answered')).toHaveLength(1);
  });

  it('waits on when its window goes, and for one that is still to come', async () => {
    const run = await play([install, reset], { expectsWindow: true });
    void run.session.run();
    await until(() => run.of('step_started').length === 1);
    const first = await run.window();
    const { id } = await run.asked();
    first.dispose();
    await new Promise((done) => setTimeout(done, 20));
    expect(run.seen).toEqual([]);
    await (await run.window()).answerApproval({ id, answer: 'once' });
    await run.session.run();
    expect(run.seen.map((one) => one.status)).toEqual(['ok', 'ok']);
  });

  it('ends with the run when the person stops it', async () => {
    const run = await play([install]);
    await run.window();
    const end = run.session.run();
    await run.asked();
    await run.session.stop();
    expect(await end).toMatchObject({ status: 'stopped' });
    expect(run.of('step')[0]?.data.observation.status).toBe('cancelled');
    expect(run.view()).toMatchObject({ status: 'stopped', approval: null });
    expect(sandbox.runs).toEqual([]);
  });

  it('happens after a pause only when the run goes on', async () => {
    const run = await play([install]);
    const window = await run.window();
    void run.session.run();
    const { id, title } = await run.asked();
    await window.pause();
    expect(run.view()).toMatchObject({ status: 'paused', approval: { id } });
    await window.resume();
    expect(run.view()).toMatchObject({ status: 'waiting', statusText: title });
    await window.pause();
    await window.answerApproval({ id, answer: 'once' });
    now += 3_600_000;
    await new Promise((done) => setTimeout(done, 20));
    expect(sandbox.runs).toEqual([]);
    expect(run.view()).toMatchObject({ status: 'paused', approval: null });
    await window.resume();
    expect(await run.session.run()).toMatchObject({ status: 'finished' });
    expect(run.seen[0]?.budget.seconds?.used).toBeLessThan(5);
  });

  it('is asked again after a kill, and what ran before is not run twice', async () => {
    const actions = [reset, { name: 'shell', params: { command: 'print hello' } }, install];
    const before = await play(actions);
    await before.window();
    void before.session.run();
    await before.asked();
    await kill();
    const after = await play(actions, { expectsWindow: true });
    void after.session.run();
    const window = await after.window();
    await until(() => after.of('approval_asked').length === 2);
    await window.answerApproval({ id: (await after.asked()).id, answer: 'once' });
    expect(await after.session.run()).toMatchObject({ status: 'finished' });
    expect(sandbox.runs).toHaveLength(2);
  });

  it('is not asked again after a kill behind the answer', async () => {
    const before = await play([install]);
    const window = await before.window();
    let reached = (): void => undefined;
    const running = new Promise<void>((resolve) => (reached = resolve));
    sandbox.during = () => {
      reached();
      return new Promise(() => undefined);
    };
    void before.session.run();
    await window.answerApproval({ id: (await before.asked()).id, answer: 'once' });
    await running;
    await kill();
    sandbox.during = undefined;
    const after = await play([install]);
    expect(await after.session.run()).toMatchObject({ status: 'finished' });
    expect(after.seen[0]).toMatchObject({ status: 'ok' });
    expect(after.of('approval_asked')).toHaveLength(1);
    expect(sandbox.runs).toHaveLength(1);
  });

  it('says in question and answer what a sandbox cannot do', async () => {
    sandbox.network = 'closed';
    const run = await play([install]);
    const window = await run.window();
    void run.session.run();
    const question = await run.asked();
    expect(question.effect).toContain('cannot be given a network while it runs');
    await window.answerApproval({ id: question.id, answer: 'once' });
    await run.session.run();
    expect(run.seen[0]?.summary).toContain('has no network and cannot be given one');
  });

  it('does not run without the network that it was promised', async () => {
    sandbox.network = { connect: () => Promise.reject(new Error('no bridge driver')), disconnect: async () => undefined };
    const run = await play([install]);
    const window = await run.window();
    void run.session.run();
    await window.answerApproval({ id: (await run.asked()).id, answer: 'once' });
    expect(await run.session.run()).toMatchObject({ status: 'finished' });
    expect(run.seen[0]).toMatchObject({ error: { type: 'no_network' } });
    expect(sandbox.runs).toEqual([]);
  });

  it('never leaves a network open: the run ends with its sandbox', async () => {
    sandbox.network = { connect: async () => undefined, disconnect: () => Promise.reject(new Error('the engine hangs')) };
    const run = await play([install]);
    const window = await run.window();
    void run.session.run();
    await window.answerApproval({ id: (await run.asked()).id, answer: 'once' });
    expect(await run.session.run()).toMatchObject({ status: 'failed', reason: 'the engine hangs' });
  });

  it('asks before a model\'s code runs where nothing isolates it, and shows the code', async () => {
    sandbox = new FakeSandbox('box', 'none');
    const run = await play([{ name: 'write_file', params: { path: 'train.py', content: 'print hello' } }, { name: 'run_script', params: {} }]);
    const window = await run.window();
    void run.session.run();
    const question = await run.asked();
    expect(question).toMatchObject({ needs: ['unisolated'], code: '# train.py\nprint hello', title: 'Approve code without isolation for #1?' });
    expect(sandbox.runs).toEqual([]);
    await window.answerApproval({ id: question.id, answer: 'run' });
    await run.session.run();
    expect(sandbox.runs).toHaveLength(1);
  });
});
