import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Player } from '../../../src/core/agent/player';
import { writeCompetition } from '../../../src/node/competitions/writeCompetition';
import { CompetitionLibrary, type LoadedCompetition } from '../../../src/node/competitions/library';
import { openKaggle } from '../../../src/node/kaggle/kaggle';
import { RefitSession } from '../../../src/node/runner/refit/refitSession';
import { Runs } from '../../../src/node/runner/runs';
import { RunSession } from '../../../src/node/runner/session';
import { KaggleServer } from '../../fakes/kaggleServer';
import { fakeGrade, FakeSandbox } from '../environment/fakes';

/** Refits of runs whose sandbox is a fake, sent to a server that speaks Kaggle's language. */
const root = resolve(__dirname, '../../..');
const original = 'id,y\n101,0\n102,0\n103,0\n';
let scratch: string;
let home: string;
let server: KaggleServer;
let runs: Runs;
let competition: LoadedCompetition;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-refit-'));
  home = join(scratch, 'home');
  server = await KaggleServer.start();
  await mkdir(join(home, 'originals', 'toy-cup-1', 'data'), { recursive: true });
  await writeFile(join(home, 'originals', 'toy-cup-1', 'data', 'sample_submission.csv'), original);
  await writeCompetition(
    join(scratch, 'toy-cup'),
    {
      manifest: {
        schema: 1, id: 'toy-cup', title: 'Toy Cup', summary: 'A toy.', source: { kind: 'kaggle', name: 'Kaggle', url: 'https://www.kaggle.com/competitions/toy-cup', licence: 'Its rules.', slug: 'toy-cup' },
        original: { folder: 'toy-cup-1', sample: 'data/sample_submission.csv' }, modality: 'tabular', task: 'regression',
        files: [{ path: 'data/train.csv', role: 'train', description: '' }, { path: 'data/sample_submission.csv', role: 'sample', description: '' }],
        submission: { id: ['id'], target: ['y'] }, metric: { name: 'rmse' }, split: { seed: 0, publicShare: 0.5, by: 'row' },
      },
      description: '# Toy',
      files: new Map([['data/train.csv', { bytes: 'id,y\n1,1\n2,2\n' }], ['data/sample_submission.csv', { bytes: 'id,y\n3,0\n4,0\n' }]]),
      answers: { bytes: Buffer.from('id,y,Usage\n3,1,Public\n4,2,Private\n') },
    },
    { home },
  );
  runs = new Runs({ workspace: scratch, home, version: '0.0.0' });
  competition = await new CompetitionLibrary({ bundledFolder: join(root, 'media/competitions'), home, base: scratch }).load('./toy-cup');
});
afterEach(async () => {
  await server.stop();
  await rm(scratch, { recursive: true, force: true });
  expect(server.violations).toEqual([]);
});

/** Attempt 1, and attempt 2, which reads what attempt 1 predicts. */
const player: Player = {
  async play(door) {
    await door.step({ name: 'reset', params: { plan: 'first' } });
    await door.step({ name: 'write_file', params: { path: 'train.py', content: 'write test_pred.csv first|1\nwrite submission.csv id,y|3,1|4,2' } });
    await door.step({ name: 'submit', params: {} });
    await door.step({ name: 'reset', params: { from: null, parents: [1], operator: 'blend', plan: 'second' } });
    await door.step({ name: 'write_file', params: { path: 'train.py', content: '# parents/a1/test_pred.csv\nprint SCORE rmse 0.5\nprint the answer of row 3 is 1\nwrite submission.csv id,y|3,1|4,2' } });
    await door.step({ name: 'submit', params: {} });
  },
};

async function play(): Promise<{ runId: string; folder: string }> {
  const created = await runs.create({ competition, agent: 'offline' });
  await mkdir(join(scratch, 'bench'), { recursive: true });
  const session = await RunSession.open({
    ...created, competition, home, benchFolder: join(scratch, 'bench'), grader: { grade: async () => ({ ...fakeGrade(new TextEncoder().encode('id,y\n1,0.5')) }) },
    sandboxes: { open: async () => new FakeSandbox(), release: async () => undefined }, player, actor: 'template', clock: { now: () => Date.now() }, log: () => undefined,
  });
  await session.run();
  await session.close();
  return created;
}

/** A sandbox with the full data: what a script writes covers Kaggle's rows there. */
class FullSandbox extends FakeSandbox {
  override run: FakeSandbox['run'] = (spec, listener, signal) => {
    const folder = this.folders.get(spec.folder);
    const script = folder?.get('train.py');
    if (folder && script) folder.set('train.py', script.replace('3,1|4,2', this.predictions));
    return super.run(spec, listener, signal);
  };
  constructor(readonly predictions = '103,1|101,2|102,3') {
    super('full');
  }
}

async function refit({ folder, runId }: { folder: string; runId: string }, sandbox = new FullSandbox(), options: { stopWhen?: (session: RefitSession) => void } = {}) {
  const { config } = await runs.read(runId);
  const session = await RefitSession.open({
    folder, config, competition, home,
    sandboxes: () => ({ open: async () => sandbox, release: async () => undefined }),
    kaggle: () => openKaggle({ version: '0', baseUrl: server.baseUrl, env: { KAGGLE_API_TOKEN: 'secret-token' } }),
    pollMs: [1, 2],
  });
  options.stopWhen?.(session);
  const end = await session.run();
  await session.close();
  return { end, view: (await runs.read(runId)).view };
}

/** As if the process had died when Kaggle had the file and the journal did not know. */
async function killedWhileSending(folder: string): Promise<void> {
  const path = join(folder, 'journal.jsonl');
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const sending = lines.findIndex((line) => line.includes('"kaggle_sending"'));
  await writeFile(path, `${lines.slice(0, sending + 1).join('\n')}\n`);
}

describe('a refit', () => {
  it('runs the attempt and the one that it reads with the full data, sends the file, and shows both scores', async () => {
    const run = await play();
    server.nextResult = { status: 'COMPLETE', publicScore: '0.81', privateScore: '0.79' };
    await runs.askRefit(run.runId, { attempt: 2, slug: 'toy-cup', submit: { message: 'first try' } });
    const sandbox = new FullSandbox();
    const { view } = await refit(run, sandbox);
    expect(sandbox.runs.map(({ spec }) => spec.folder)).toEqual(['a1', 'a2']);
    expect(sandbox.runs[1]?.folder.get('parents/a1/test_pred.csv')).toBe('first\n1');
    expect(view.refits).toMatchObject([{ attempt: 2, status: 'done', submission: { ref: 501, status: 'complete', public: 0.81, private: 0.79 } }]);
    expect(view.attempts[1]?.private?.score).toBeTypeOf('number');
    expect(server.uploaded('tok1')?.toString()).toBe('id,y\n103,1\n101,2\n102,3');
    expect(server.submissions[0]?.description).toMatch(/^first try \[Podium .+ #2\.1\]$/);
  });

  it('keeps logs, claims and keys out of the run folder', async () => {
    const run = await play();
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'x' } });
    await refit(run);
    const before = (await readFile(join(run.folder, 'journal.jsonl'), 'utf8')).split('"run_finished"')[1] ?? '';
    expect(before).not.toContain('SCORE');
    for (const entry of await readdir(scratch, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) expect(await readFile(join(entry.parentPath, entry.name), 'utf8'), entry.name).not.toContain('secret-token');
    }
    expect(await readdir(join(run.folder, 'attempts', '1', 'kaggle', '1'))).toEqual(['submission.csv']);
  });

  it('sends no file that does not fit the real sample', async () => {
    const run = await play();
    await runs.askRefit(run.runId, { slug: 'toy-cup', submit: { message: 'x' } });
    const { view } = await refit(run, new FullSandbox('101,2|102,3'));
    expect(view.refits).toMatchObject([{ status: 'failed', file: null, text: expect.stringContaining('missing') as string }]);
    expect(server.calls).toEqual([]);
  });

  it('goes on after a kill without using a second try', async () => {
    const run = await play();
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'x' } });
    await refit(run);
    await killedWhileSending(run.folder);
    const { view } = await refit(run);
    expect(view.refits).toMatchObject([{ status: 'done', submission: { ref: 501, status: 'complete' } }]);
    expect(server.submissions).toHaveLength(1);
  });

  it('takes what a killed process sent, also where Kaggle lists it only when the file is uploaded again', async () => {
    const run = await play();
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'x' } });
    await refit(run);
    await killedWhileSending(run.folder);
    for (const one of server.submissions) one.late = 5;
    expect((await refit(run)).view.refits).toMatchObject([{ status: 'done', submission: { ref: 501, status: 'complete' } }]);
    expect(server.submissions).toHaveLength(1);
  });

  it('stops waiting on request, and asks for the score later', async () => {
    const run = await play();
    server.pending = 1_000;
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'x' } });
    const stopped = await refit(run, new FullSandbox(), { stopWhen: (session) => session.onEvent((event) => void (event.type === 'kaggle_submitted' && setImmediate(() => void session.stop()))) });
    expect(stopped.view.refits).toMatchObject([{ status: 'stopped', text: expect.stringContaining('Kaggle has the file') as string, submission: { ref: 501, status: 'pending' } }]);
    for (const one of server.submissions) one.pending = 0;
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'x' } });
    const { view } = await refit(run);
    expect(view.refits).toMatchObject([{ refit: 1, status: 'done', submission: { status: 'complete' } }]);
    expect(server.submissions).toHaveLength(1);
  });

  it('uses no second try for a command that is repeated, nor for other words', async () => {
    const run = await play();
    const ask = (message: string, again = false) => runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message }, again });
    await ask('x');
    await refit(run);
    expect(await ask('x')).toMatchObject({ refit: 1, status: 'done' });
    expect(await ask('y')).toMatchObject({ refit: 2, status: 'done', text: expect.stringContaining('scored this file already, as submission 501') as string, submission: { ref: 501, public: 0.1234 } });
    expect((await refit(run)).end).toMatchObject({ reason: 'Nothing is to be done.' });
    expect(server.submissions).toHaveLength(1);
    // What Kaggle could not score is sent again in other words, or made anew.
    server.nextResult = { status: 'ERROR', errorDescription: 'no' };
    await ask('z', true);
    await refit(run);
    expect(await ask('z')).toMatchObject({ refit: 3, status: 'failed' });
    server.nextResult = { status: 'COMPLETE', publicScore: '0.2' };
    await ask('better');
    expect((await refit(run)).view.refits?.at(-1)).toMatchObject({ refit: 4, status: 'done', submission: { ref: 503 } });
  });

  it('knows what Kaggle has of a file whichever refit sent it', async () => {
    const run = await play();
    const ask = (attempt: number, message: string | null) => runs.askRefit(run.runId, { attempt, slug: 'toy-cup', submit: message === null ? null : { message } });
    const newest = async () => (await refit(run)).view.refits?.at(-1);
    await ask(1, 'x');
    await refit(run);
    for (const attempt of [2, 1]) {
      await ask(attempt, null);
      await refit(run);
    }
    await ask(1, 'x');
    expect(await newest()).toMatchObject({ refit: 4, status: 'done', submission: { ref: 501, status: 'complete', public: 0.1234 } });
    expect(server.submissions).toHaveLength(1);
    // Attempt 2: what is not scored yet is waited for, also when it then comes to nothing; the same words do not send it again, others do.
    server.pending = 1_000;
    server.nextResult = { status: 'ERROR', errorDescription: 'no' };
    await ask(2, 'y');
    await refit(run, new FullSandbox(), { stopWhen: (session) => session.onEvent((event) => void (event.type === 'kaggle_submitted' && setImmediate(() => void session.stop()))) });
    for (const attempt of [1, 2]) await ask(attempt, null);
    server.submissions.forEach((one) => (one.pending = 0));
    server.pending = 0;
    await ask(2, 'other');
    expect(await newest()).toMatchObject({ status: 'failed', submission: { ref: 502, status: 'error' } });
    await ask(1, null);
    await ask(2, 'y');
    expect(await newest()).toMatchObject({ status: 'failed', text: expect.stringContaining('in the same words') as string, submission: { ref: 502 } });
    expect(server.submissions).toHaveLength(2);
    server.nextResult = { status: 'COMPLETE', publicScore: '0.2' };
    await ask(2, 'better');
    expect(await newest()).toMatchObject({ status: 'done', submission: { ref: 503, public: 0.2 } });
  });

  it('does not take a submission that came to nothing for one that may have been lost', async () => {
    const run = await play();
    const ask = (message: string) => runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message } });
    server.lateBy = 6;
    server.nextResult = { status: 'ERROR', errorDescription: 'no' };
    server.fault('CreateSubmission', { kind: 'lost_reply' });
    await ask('one');
    await refit(run);
    await ask('two');
    expect((await refit(run)).view.refits?.at(-1)).toMatchObject({ refit: 2, status: 'failed', submission: { ref: 501, status: 'error' } });
    server.lateBy = 0;
    server.nextResult = { status: 'COMPLETE', publicScore: '0.2' };
    await ask('three');
    expect((await refit(run)).view.refits?.at(-1)).toMatchObject({ refit: 3, status: 'done', submission: { ref: 502 } });
  });

  it('asks for the score of what was sent before another attempt, and looks under old words for what may have been sent', async () => {
    const run = await play();
    server.pending = 1_000;
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'x' } });
    await refit(run, new FullSandbox(), { stopWhen: (session) => session.onEvent((event) => void (event.type === 'kaggle_submitted' && setImmediate(() => void session.stop()))) });
    await runs.askRefit(run.runId, { attempt: 2, slug: 'toy-cup', submit: null });
    await refit(run);
    server.submissions.forEach((one) => (one.pending = 0));
    server.pending = 0;
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'y' } });
    expect((await refit(run)).view.refits?.at(-1)).toMatchObject({ refit: 3, status: 'done', submission: { ref: 501, status: 'complete' } });
    // Attempt 2: the answer is lost, and Kaggle lists it only when it is asked for in other words.
    server.lateBy = 6;
    server.fault('CreateSubmission', { kind: 'lost_reply' });
    await runs.askRefit(run.runId, { attempt: 2, slug: 'toy-cup', submit: { message: 'one' } });
    expect((await refit(run)).view.refits?.at(-1)).toMatchObject({ status: 'failed', text: expect.stringContaining('not certain') as string });
    await runs.askRefit(run.runId, { attempt: 2, slug: 'toy-cup', submit: { message: 'two' } });
    expect((await refit(run)).view.refits?.at(-1)).toMatchObject({ refit: 5, status: 'done', submission: { ref: 502 } });
    expect(server.submissions).toHaveLength(2);
  });

  it('says when the day is used up, keeps the file, and sends it when asked again', async () => {
    const run = await play();
    server.allowedNow = 0;
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'x' } });
    const refused = await refit(run);
    expect(refused.view.refits).toMatchObject([{ status: 'failed', text: expect.stringContaining('used up') as string, nextStep: expect.stringContaining('UTC') as string, file: 'attempts/1/kaggle/1/submission.csv' }]);
    server.allowedNow = 1;
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'x' } });
    const sandbox = new FullSandbox();
    expect((await refit(run, sandbox)).view.refits).toMatchObject([{ refit: 1, status: 'done' }]);
    expect(sandbox.runs).toEqual([]);
  });

  it('sends nothing that is not asked for any more', async () => {
    const run = await play();
    server.allowedNow = 0;
    await runs.askRefit(run.runId, { attempt: 2, slug: 'toy-cup', submit: { message: 'yesterday' } });
    await refit(run);
    server.allowedNow = 1;
    // The file alone: it is there, and stays here.
    await runs.askRefit(run.runId, { attempt: 2, slug: 'toy-cup', submit: null });
    expect((await refit(run)).view.refits?.at(-1)).toMatchObject({ refit: 2, attempt: 2, status: 'done', file: 'attempts/2/kaggle/1/submission.csv', submission: null });
    expect(server.submissions).toEqual([]);
    // Left alone by a process that died; the person has another attempt and other words now.
    await runs.askRefit(run.runId, { attempt: 2, slug: 'toy-cup', submit: { message: 'old' } });
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: { message: 'new' } });
    const { view } = await refit(run);
    expect(view.refits?.map(({ attempt, status }) => [attempt, status])).toEqual([[2, 'failed'], [2, 'done'], [2, 'stopped'], [1, 'done']]);
    expect(server.submissions.map(({ description }) => description.split(' ')[0])).toEqual(['new']);
  });

  it('is for valid attempts of ended runs', async () => {
    const locked: Promise<unknown>[] = [];
    const { runId } = await runs.create({ competition, agent: 'human' });
    await expect(runs.askRefit(runId, { slug: 'toy-cup', submit: null })).rejects.toMatchObject({ reason: 'bad_request' });
    const run = await play();
    // Where another process does one, that is said.
    await runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: null });
    await refit(run, new FullSandbox(), { stopWhen: (session) => session.onEvent((event) => void (event.type === 'progress' && locked.push(runs.askRefit(run.runId, { attempt: 1, slug: 'toy-cup', submit: null }).catch((error: unknown) => error)))) });
    expect(await locked[0]).toMatchObject({ reason: 'locked', message: expect.stringContaining('being refitted by another process') as string });
    await expect(runs.askRefit(run.runId, { attempt: 9, slug: 'toy-cup', submit: null })).rejects.toMatchObject({ message: expect.stringContaining('no attempt 9') as string });
  });
});
