import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CompetitionLibrary } from '../../../src/node/competitions/library';
import { Runs } from '../../../src/node/runner/runs';
import { RunSession } from '../../../src/node/runner/session';
import { fakeGrade, FakeSandbox } from '../environment/fakes';

/** A step whose job no limit and no signal ends: the run ends all the same. */

let scratch: string;
let sandbox: FakeSandbox;
let session: RunSession;
/** Ends the job, as a sandbox does that is removed. */
let letGo: () => void;
let log: string[];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-stuck-'));
  const home = join(scratch, 'home');
  await mkdir(join(scratch, 'penguins'));
  const competition = await new CompetitionLibrary({ bundledFolder: resolve(__dirname, '../../../media/competitions'), home }).load('penguins');
  const created = await new Runs({ workspace: scratch, home, version: '0.0.0' }).create({ competition, agent: 'human' });
  sandbox = new FakeSandbox();
  const gone = new Promise<void>((done) => (letGo = done));
  sandbox.during = () => gone;
  log = [];
  session = await RunSession.open({
    folder: created.folder,
    config: created.config,
    competition,
    home,
    benchFolder: join(scratch, 'penguins'),
    grader: { grade: async (submission) => fakeGrade(submission) },
    sandboxes: { open: async () => sandbox, release: async () => undefined },
    actor: 'human',
    settleSeconds: 0.05,
    clock: { now: () => Date.now() },
    log: (line) => log.push(line),
  });
});
afterEach(async () => {
  letGo();
  await session.close();
  await rm(scratch, { recursive: true, force: true });
});

/** Starts a job that hangs and stops the run. */
async function stopped() {
  const end = session.run();
  const begun = new Promise<void>((done) => session.onEvent((event) => event.type === 'job_started' && done()));
  const step = session.act({ name: 'shell', params: { command: 'sleep 600' } }).catch(() => undefined);
  await begun;
  await session.stop();
  return { end: await end, step };
}

it('goes with its sandbox', async () => {
  sandbox.stop = async () => letGo();
  const { end, step } = await stopped();
  expect(end.status).toBe('stopped');
  await step;
  expect(log).toEqual(['A step does not end; its sandbox is removed.']);
  const events = await session.events();
  expect(events.at(-1)?.type).toBe('run_finished');
  expect(events.filter((event) => event.type === 'step')).toHaveLength(1);
});

it('is left behind when not even that ends it', async () => {
  const { end } = await stopped();
  expect(end.status).toBe('stopped');
  expect(log).toHaveLength(2);
  expect((await session.events()).at(-1)?.type).toBe('run_finished');
});
