import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { registerExport } from '../../../src/cli/commands/export';
import { registerReveal } from '../../../src/cli/commands/reveal';
import { registerRuns } from '../../../src/cli/commands/runs';
import { registerStandings } from '../../../src/cli/commands/standings';
import { scoreText } from '../../../src/cli/output';
import { progressLine } from '../../../src/cli/progress';
import { runEventSchema, type EventData } from '../../../src/core/run/events';
import { CompetitionLibrary } from '../../../src/node/competitions/library';
import { RunnerServer } from '../../../src/node/runner/runnerServer';
import { Runs } from '../../../src/node/runner/runs';
import { RunSession } from '../../../src/node/runner/session';
import { RunJournal } from '../../../src/node/storage/journal';
import { fakeGrade, FakeSandbox } from '../environment/fakes';
import { commandLine } from './commandLine';

const cli = commandLine(registerReveal, registerRuns, registerStandings, registerExport);
const json = (): unknown => JSON.parse(cli.out);

/** A person's run with one graded attempt, held by this process until `end`. */
async function heldRun(): Promise<{ runId: string; end: () => Promise<void> }> {
  const home = join(cli.folder, 'home');
  const benchFolder = join(cli.folder, 'penguins');
  await mkdir(benchFolder, { recursive: true });
  const competition = await new CompetitionLibrary({ bundledFolder: resolve(__dirname, '../../../media/competitions'), home }).load('penguins');
  const created = await new Runs({ workspace: cli.folder, home, version: '0.0.0' }).create({ competition, agent: 'human' });
  const session = await RunSession.open({
    folder: created.folder,
    config: created.config,
    competition,
    home,
    benchFolder,
    grader: { grade: async (submission) => fakeGrade(submission) },
    sandboxes: { open: async () => new FakeSandbox(), release: async () => undefined },
    actor: 'human',
    clock: { now: () => Date.now() },
    log: () => undefined,
  });
  const server = await RunnerServer.start(session, home, () => undefined);
  const ended = session.run();
  const act = (name: string, params: unknown) => session.act({ name, params });
  await act('reset', {});
  await act('write_file', { path: 'train.py', content: 'write submission.csv id,y|1,0.5' });
  const { grade } = await act('submit', {});
  if (!grade?.valid) throw new Error('the attempt of the test is not valid');
  const end = async (): Promise<void> => {
    await act('finish', {});
    await ended;
    await server.close();
    await session.close();
  };
  return { runId: created.runId, end };
}

describe('results of runs', () => {
  it('say that private scores were revealed before the end, wherever they are printed', async () => {
    const { runId, end } = await heldRun();
    const place = ['--workspace', cli.folder, '--json'];
    await cli.run('reveal', runId, ...place);
    expect(json()).toMatchObject({ runId, early: true, attempts: [{ id: 1, privateScore: expect.any(Number) as number }] });
    expect(cli.err).toContain('its journal records');
    await end();
    await cli.run('reveal', runId, ...place);
    expect(json()).toMatchObject({ early: false, attempts: [{ id: 1 }] });
    const once = { feedback: { policy: 'capped', gradedCalls: 1, told: 1, privateRevealedAt: [expect.any(Number) as number] }, isolation: 'bubblewrap' };
    await cli.run('runs', ...place);
    expect(json()).toMatchObject([{ ...once, best: { id: 1 } }]);
    await cli.run('export', runId, ...place);
    expect(json()).toMatchObject(once);
    // Named twice, it is one run all the same.
    await cli.run('standings', runId, runId, ...place);
    const { competitions } = json() as { competitions: { players: { runs: unknown[] }[] }[] };
    expect(competitions[0]?.players[0]?.runs).toEqual([expect.objectContaining(once)]);
  });

  it('reveal nothing of a run that nobody holds', async () => {
    const home = join(cli.folder, 'home');
    const competition = await new CompetitionLibrary({ bundledFolder: resolve(__dirname, '../../../media/competitions'), home }).load('penguins');
    const { runId } = await new Runs({ workspace: cli.folder, home, version: '0.0.0' }).create({ competition, agent: 'human' });
    await cli.run('reveal', runId, '--workspace', cli.folder, '--json');
    expect(json()).toMatchObject({ error: { reason: 'not_running', nextStep: 'Resume the run first.' } });
    expect(process.exitCode).toBe(1);
  });
});

describe('runs from before it was noted what scores a run', () => {
  /** An ended run of Palmer Penguins, scored by this version; undefined: from before it was noted. */
  async function ended(scoring: string | undefined, metricLabel?: string): Promise<string> {
    const home = join(cli.folder, 'home');
    const competition = await new CompetitionLibrary({ bundledFolder: resolve(__dirname, '../../../media/competitions'), home }).load('penguins');
    const { folder, config, runId } = await new Runs({ workspace: cli.folder, home, version: '0.0.0' }).create({ competition: metricLabel === undefined ? competition : { ...competition, metricLabel }, agent: 'offline' });
    const { scoring: _now, ...rest } = config.competition;
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ...config, competition: { ...rest, ...(scoring === undefined ? {} : { scoring }) } }));
    const { journal } = await RunJournal.open(folder, { now: () => Date.now() });
    await journal.append({ actor: 'system', type: 'run_finished', data: { status: 'finished', reason: 'Done.' } });
    await journal.close();
    return runId;
  }
  /** Numbers of the runs that compare, the newest version first, and of those whose version is assumed. */
  async function compared(...runIds: string[]) {
    await cli.run('standings', ...(runIds.length > 0 ? runIds : ['--all']), '--workspace', cli.folder, '--json');
    const { competitions } = json() as { competitions: { assumed: number[]; players: { runs: { number: number }[] }[] }[] };
    return competitions.map(({ players, assumed }) => ({ runs: players.flatMap(({ runs }) => runs.map(({ number }) => number)).sort(), assumed }));
  }

  it('stay with the oldest version that is known, whatever comes later and whichever are compared', async () => {
    const first = await ended(undefined);
    expect(await compared()).toEqual([{ runs: [1], assumed: [] }]);
    await ended('a');
    expect(await compared()).toEqual([{ runs: [1, 2], assumed: [1] }]);
    const newest = await ended('b');
    expect(await compared()).toEqual([{ runs: [3], assumed: [] }, { runs: [1, 2], assumed: [1] }]);
    expect(await compared(first, newest)).toEqual([{ runs: [3], assumed: [] }, { runs: [1], assumed: [1] }]);
  });

  it('are named where they are shown', async () => {
    await ended(undefined);
    await ended(undefined);
    await ended('a');
    await cli.run('standings', '--all', '--workspace', cli.folder);
    expect(cli.out).toContain('Runs 1, 2 do not say which version scored them');
  });

  it('are kept from one with another metric', async () => {
    await ended(undefined, 'accuracy');
    await ended('a');
    expect(await compared()).toEqual([{ runs: [2], assumed: [] }, { runs: [1], assumed: [] }]);
  });
});

it('standings say when every run is left out', async () => {
  const { runId, end } = await heldRun();
  await cli.run('standings', runId, '--workspace', cli.folder);
  expect(cli.out).toBe('No run is compared: each is left out.\n');
  expect(cli.err).toContain('it has not ended');
  await end();
  await cli.run('standings', '--all', '--workspace', cli.folder);
  expect(cli.out).toMatch(/places are among reference solutions\n(.*)ISOLATION\nhuman .* bubblewrap\n/);
});

describe('progress of a run', () => {
  const line = (given: Partial<EventData<'graded'>>, competition = {}) =>
    progressLine(runEventSchema.parse({ seq: 1, ts: 1, elapsed: 1, actor: 'system', type: 'graded', data: { attempt: 1, step: 1, call: 1, valid: true, public: null, errors: [], warnings: [], submission: 's', ...given } }), competition);

  it('calls scores what they are, and says why one is not told', () => {
    const score = { score: 0.5, se: null };
    expect(line({ public: score })).toBe('#1 public 0.5000');
    expect(line({ public: score }, { tested: true })).toBe('#1 dev phase 0.5000');
    expect(line({ public: score }, { selfScored: true })).toBe('#1 self-scored 0.5000');
    expect(line({ feedback: 'hidden' })).toBe('#1 valid; its public score is shown when the run has ended');
    expect(line({ feedback: 'no_gain' })).toContain('not told');
    expect(line({})).toBe('#1 valid');
  });

  it('keeps the digits of small scores', () => {
    expect([0.00012345678, 0.5, 0, -0.002, 1234.5].map(scoreText)).toEqual(['0.0001235', '0.5000', '0.0000', '-0.002', '1234.5000']);
  });
});
