import type { ChildProcess } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { RunEvent } from '../../src/core/run/events';
import { labels } from '../../src/node/docker/containerOptions';
import { readJournal } from '../../src/node/storage/journal';
import { runFolder } from '../../src/node/storage/runFolder';
import { KaggleServer } from '../fakes/kaggleServer';
import { moments, Program, until, type Ended } from './program';

/** Refits through the built command line, in real sandboxes, against a server that speaks Kaggle's language. */
const engine = inject('engine');
let program: Program;
let server: KaggleServer;

const rows = (from: number, count: number, row: (n: number) => string): string => Array.from({ length: count }, (_, n) => `${from + n},${row(from + n)}`).join('\n');
const size = (n: number): number => (n * 37) % 100;
const train = `id,size,label\n${rows(1, 120, (n) => `${size(n)},${Number(size(n) > 45) ^ Number(n % 11 === 0)}`)}\n`;
const kaggleIds = Array.from({ length: 30 }, (_, n) => 901 + n);

beforeAll(async () => {
  program = await Program.build('refit', { KAGGLE_API_TOKEN: 'KGAT_test', ...(engine.missing ? {} : { DOCKER_HOST: engine.dockerHost, PODIUM_IMAGE: engine.image }) });
});
afterAll(() => program.remove());
beforeEach(async () => {
  server = await KaggleServer.start();
  server.evaluationMetric = 'Area Under Receiver Operating Characteristic Curve';
  server.nextResult = { status: 'COMPLETE', publicScore: '0.87', privateScore: '0.86' };
  server.files.set('train.csv', Buffer.from(train));
  server.files.set('test.csv', Buffer.from(`id,size\n${rows(901, 30, (n) => String(size(n)))}\n`));
  server.files.set('sample_submission.csv', Buffer.from(`id,label\n${rows(901, 30, () => '0.5')}\n`));
});
afterEach(async () => {
  await server.stop();
  expect(server.violations).toEqual([]);
});

interface Played {
  readonly workspace: string;
  readonly runId: string;
}

/** A competition that came from Kaggle, and an ended run of it. */
async function play(kind: string, attempts: number): Promise<Played> {
  const workspace = await program.workspace();
  const folder = join(workspace, 'competitions', 'toy-cup');
  const imported = await program.podium(['import', 'kaggle', 'toy-cup', '--out', folder, '--base-url', server.baseUrl, '--json']).ended;
  expect(imported.code, imported.stderr).toBe(0);
  const ran = await program.podium(['run', folder, '--agent', 'offline', '--runtime', kind, '--max-attempts', String(attempts), '--workspace', workspace, '--json']).ended;
  expect(ran.code, ran.stderr).toBe(0);
  return { workspace, runId: (JSON.parse(ran.stdout) as { runId: string }).runId };
}

const refit = ({ workspace, runId }: Played, ...more: string[]): { child: ChildProcess; ended: Promise<Ended> } =>
  program.podium(['kaggle', 'refit', runId, '--submit', '-m', 'mine', '--workspace', workspace, '--base-url', server.baseUrl, '--poll', '0.05', '--json', ...more]);

const eventsOf = async ({ workspace, runId }: Played): Promise<readonly RunEvent[]> => (await readJournal(runFolder(workspace, runId))).events;
/** The journal of the repetition itself. */
const repetitionOf = async ({ runId }: Played): Promise<readonly RunEvent[]> => (await readJournal(join(program.home, 'refits', `${runId}-refit1`)).catch(() => ({ events: [] }))).events;
const count = (events: readonly RunEvent[], type: RunEvent['type']): number => events.filter((event) => event.type === type).length;

/** One refit, run once, sent once and scored. */
async function expectOnce(played: Played, { code, stdout, stderr }: Ended): Promise<void> {
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ refit: 1, status: 'done', kaggle: { ref: 501, status: 'complete', publicScore: 0.87, privateScore: 0.86 } });
  const events = await eventsOf(played);
  for (const type of ['refit_asked', 'refit_finished', 'kaggle_sending', 'kaggle_submitted', 'kaggle_scored'] as const) expect(count(events, type), type).toBe(1);
  expect(count(events, 'refit_ended')).toBe(0);
  expect(server.submissions.map(({ description }) => description)).toEqual([expect.stringMatching(/^mine \[Podium .+\.1\]$/)]);
  expect(server.calls.filter((method) => method === 'CreateSubmission')).toHaveLength(1);
  const sent = server.uploaded(server.submissions[0]?.token ?? '')?.toString().trim().split(/\r?\n/) ?? [];
  expect(sent.slice(1).map((line) => Number(line.split(',')[0])).sort((a, b) => a - b)).toEqual(kaggleIds);
  // A job is begun again only where its sandbox was lost, which no kill of the command does.
  const jobs = (await repetitionOf(played)).flatMap((event) => (event.type === 'job_started' ? [event.data.job] : []));
  expect(new Set(jobs).size).toBe(jobs.length);
  expect(await leftOf(played)).toEqual([]);
}

/** What a refit leaves behind: bridges, containers. */
async function leftOf({ runId }: Played): Promise<string[]> {
  const bridges = await program.bridges();
  if (engine.missing) return bridges;
  const containers = await new Docker({ socketPath: engine.dockerHost.replace('unix://', '') }).listContainers({ all: true, filters: { label: [`${labels.run}=${runId}-refit1`] } });
  return [...bridges, ...containers.map(({ Id }) => Id)];
}

describe.each(['local', 'docker'] as const)('a refit in the %s sandbox', (kind) => {
  const skip = kind === 'docker' && engine.missing !== undefined;

  it.skipIf(skip)('resumes after kills at any moment, and sends its file once', async () => {
    const played = await play(kind, 2);
    const seed = Number(process.env.PODIUM_KILL_SEED ?? Date.now() % 1_000_000);
    const delays = moments(seed, 8);
    process.stdout.write(`Kills of seed ${seed} (PODIUM_KILL_SEED) after ${delays.join(', ')} ms.\n`);
    let run = refit(played);
    let last: Ended | undefined;
    for (const delay of delays) {
      last = await Promise.race([run.ended, new Promise<undefined>((done) => setTimeout(() => done(undefined), delay))]);
      if (last) break;
      run.child.kill('SIGKILL');
      await run.ended;
      run = refit(played);
    }
    await expectOnce(played, last ?? (await run.ended));
    // Repeated by a person who did not see its end.
    await expectOnce(played, await refit(played).ended);
  });

  it.skipIf(skip)('goes on with the job that ran when it was killed', async () => {
    const played = await play(kind, 1);
    const first = refit(played);
    await until(async () => (await repetitionOf(played)).some((event) => event.type === 'job_started'));
    first.child.kill('SIGKILL');
    await first.ended;
    expect(count(await repetitionOf(played), 'step')).toBe(0);
    await expectOnce(played, await refit(played).ended);
    expect(await readdir(join(runFolder(played.workspace, played.runId), 'attempts', '1', 'kaggle'))).toEqual(['1']);
  });
});

describe('a refit that is killed while Kaggle takes its file', () => {
  it('is not sent again, also where Kaggle lists it late', async () => {
    const played = await play('local', 1);
    server.lateBy = 3;
    const first = refit(played);
    server.onCall = (method) => void (method === 'CreateSubmission' && first.child.kill('SIGKILL'));
    await first.ended;
    server.onCall = undefined;
    expect(server.submissions).toHaveLength(1);
    expect(count(await eventsOf(played), 'kaggle_submitted')).toBe(0);
    await expectOnce(played, await refit(played).ended);
  });

  it('is sent where Kaggle had not been asked for the submission yet', async () => {
    const played = await play('local', 1);
    const first = refit(played);
    server.onCall = (method) => void (method === 'StartSubmissionUpload' && first.child.kill('SIGKILL'));
    await first.ended;
    server.onCall = undefined;
    expect(server.submissions).toEqual([]);
    await expectOnce(played, await refit(played).ended);
  });
});
