import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOfflinePlayer } from '../../../src/core/agent/offline/offlinePlayer';
import { createModelPlayer } from '../../../src/core/agent/model/modelPlayer';
import type { SessionParts } from '../../../src/node/runner/session';
import { assetsAt } from '../../../src/node/assets';
import { CompetitionLibrary } from '../../../src/node/competitions/library';
import { createOpenAiModel } from '../../../src/node/models/openaiModel';
import { replayRun } from '../../../src/node/runner/replayRun';
import { Runs } from '../../../src/node/runner/runs';
import { RunSession } from '../../../src/node/runner/session';
import { ModelServer, type Turn } from '../../fakes/modelServer';
import { fakeGrade, FakeSandbox } from '../environment/fakes';

/** Runs as the runner records them, on a sandbox that is a fake, played again from their journal. */
const root = resolve(__dirname, '../../..');
let scratch: string;
let home: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-replay-'));
  home = join(scratch, 'home');
  await mkdir(join(scratch, 'penguins'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

/** Plays a run to its end and returns its folder. */
async function record(agent: string, baseUrl: string | undefined, parts: Partial<SessionParts>): Promise<string> {
  const competition = await new CompetitionLibrary({ bundledFolder: join(root, 'media/competitions'), home }).load('penguins');
  const created = await new Runs({ workspace: scratch, home, version: '0.0.0' }).create({ competition, agent, ...(baseUrl ? { model: { baseUrl } } : {}), limits: { attempts: 3 } });
  const session = await RunSession.open({
    ...created,
    competition,
    home,
    benchFolder: join(scratch, 'penguins'),
    grader: { grade: async (submission) => fakeGrade(submission) },
    sandboxes: { open: async () => new FakeSandbox(), release: async () => undefined },
    actor: 'llm',
    clock: { now: () => Date.now() },
    log: () => undefined,
    ...parts,
  });
  await session.run();
  await session.close();
  return created.folder;
}

const turns: Turn[] = [
  { text: 'A first try.', calls: [{ name: 'reset', args: { plan: 'one' } }, { name: 'write_file', args: { path: 'train.py', content: `print SCORE\nplot 640x480 p.png\n# ${'x'.repeat(9_000)}` } }, { name: 'run_script', args: {} }] },
  { calls: [{ name: 'no_such_tool', args: {} }] },
  { calls: [{ name: 'finish', args: { reason: 'enough' } }] },
];

async function recordModel(): Promise<{ folder: string; server: ModelServer }> {
  const server = await ModelServer.start({ turns });
  const model = createOpenAiModel({ name: 'scripted', baseUrl: server.url, key: undefined });
  const folder = await record('scripted', server.url, { player: createModelPlayer(), model: { model, price: null, context: null } });
  await server.close();
  return { folder, server };
}

describe('a recorded run', () => {
  it('of a model is reproduced to its last action, and no socket is opened', async () => {
    const { folder, server } = await recordModel();
    expect(server.requests).toHaveLength(3);
    const before = await readFile(join(folder, 'journal.jsonl'));
    const connect = vi.spyOn(Socket.prototype, 'connect');
    try {
      expect(await replayRun(folder, home, assetsAt(root))).toMatchObject({ reproduced: true, actions: { recorded: 5, reproduced: 5 }, modelCalls: { recorded: 3, used: 3 }, divergence: null });
      expect(connect).not.toHaveBeenCalled();
    } finally {
      connect.mockRestore();
    }
    expect(await readFile(join(folder, 'journal.jsonl'))).toEqual(before);
  });

  it('of the offline agent is reproduced', async () => {
    const folder = await record('offline', undefined, { player: createOfflinePlayer(), actor: 'template' });
    const report = await replayRun(folder, home, assetsAt(root));
    expect(report).toMatchObject({ reproduced: true, modelCalls: { recorded: 0 }, divergence: null });
    expect(report.actions.recorded).toBeGreaterThan(3);
  });

  it('says where the player does something else', async () => {
    const { folder } = await recordModel();
    const path = join(folder, 'journal.jsonl');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"action":"no_such_tool","params":{}', '"action":"list_files","params":{}'));
    const report = await replayRun(folder, home, assetsAt(root));
    expect(report).toMatchObject({ reproduced: false, actions: { recorded: 5, reproduced: 3 } });
    expect(report.divergence).toContain('no_such_tool');
  });

  it('of a person cannot be played again', async () => {
    const competition = await new CompetitionLibrary({ bundledFolder: join(root, 'media/competitions'), home }).load('penguins');
    const { folder } = await new Runs({ workspace: scratch, home, version: '0.0.0' }).create({ competition, agent: 'human' });
    await expect(replayRun(folder, home, assetsAt(root))).rejects.toMatchObject({ reason: 'unknown_agent' });
  });
});
