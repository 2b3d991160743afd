import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasEnded } from '../../src/core/run/fold';
import type { RunView } from '../../src/core/run/view';
import { assetsAt } from '../../src/node/assets';
import { CompetitionLibrary } from '../../src/node/competitions/library';
import { launchRunner } from '../../src/node/runner/launch';
import { RunnerClient } from '../../src/node/runner/runnerClient';
import { Runs } from '../../src/node/runner/runs';
import { bundles } from '../../esbuild.mjs';
import { ModelServer, type Received, type ScriptedCall, type Turn } from '../fakes/modelServer';

/** A model plays through the built command line, over real HTTP and in the real local sandbox. */
const root = resolve(__dirname, '../..');
const secret = 'sk-test-5ecr3t-0123456789';
let scratch: string;
let home: string;
let cli: string;
const servers: ModelServer[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-model-'));
  home = join(scratch, 'home');
  const program = join(scratch, 'program');
  for (const name of ['cli', 'runner', 'gradingWorker']) await build({ ...bundles[name], absWorkingDir: root, outdir: join(program, 'dist'), sourcemap: false });
  await cp(join(root, 'media'), join(program, 'media'), { recursive: true });
  await cp(join(root, 'package.json'), join(program, 'package.json'));
  cli = join(program, 'dist/cli.js');
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => rm(scratch, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function podium(args: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, PODIUM_HOME: home, OPENAI_API_KEY: secret, OPENAI_BASE_URL: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return { child, ended: new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr }))) };
}

interface Report {
  readonly runId: string;
  readonly status: string;
  readonly reason: string;
  readonly nextStep: string | null;
  readonly attempts: readonly { readonly status: string; readonly publicScore: number | null; readonly privateScore: number | null }[];
  readonly best: { readonly id: number } | null;
  readonly submission: string | null;
  readonly spend: { readonly calls: number; readonly inputTokens: number; readonly outputTokens: number; readonly usd: number | null } | null;
}

async function serve(turns: readonly (Turn | ((request: Received) => Turn))[], more: { key?: string } = {}): Promise<ModelServer> {
  const server = await ModelServer.start({ turns, ...more });
  servers.push(server);
  return server;
}

const script = (depth: number): string => `
import pandas as pd
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.impute import SimpleImputer
from sklearn.ensemble import RandomForestClassifier
train, test = pd.read_csv('data/train.csv'), pd.read_csv('data/test.csv')
sample = pd.read_csv('data/sample_submission.csv')
id_column, target = list(sample.columns)
columns = [c for c in test.columns if c != id_column and pd.api.types.is_numeric_dtype(test[c])]
model = make_pipeline(SimpleImputer(), RandomForestClassifier(n_estimators=30, max_depth=${depth}, random_state=0))
scores = cross_val_score(model, train[columns], train[target], cv=3)
print('SCORE', 'accuracy', scores.mean())
pd.DataFrame({'model': 'forest', 'fold': range(3), 'score': scores}).to_csv('scores.csv', index=False)
model.fit(train[columns], train[target])
pd.DataFrame({id_column: test[id_column], target: model.predict(test[columns])}).to_csv('submission.csv', index=False)
`;
/** A script that reads the grey 4-bit PNG files with the standard library alone. */
const imageScript = (model: string): string => `
import struct, zlib
import numpy as np
import pandas as pd
from sklearn.neighbors import NearestCentroid
from sklearn.svm import SVC
from sklearn.model_selection import cross_val_score
def pixels(path):
    raw, at, data = open('data/' + path, 'rb').read(), 8, b''
    while at < len(raw):
        size, kind = struct.unpack('>I4s', raw[at:at + 8])
        data += raw[at + 8:at + 8 + size] if kind == b'IDAT' else b''
        at += 12 + size
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(8, 5)[:, 1:]
    return np.stack([rows >> 4, rows & 15], axis=-1).reshape(64)
train, test = pd.read_csv('data/train.csv'), pd.read_csv('data/test.csv')
X, Z = (np.array([pixels(path) for path in table['image']]) for table in (train, test))
model = ${model}
print('SCORE', 'accuracy', cross_val_score(model, X, train['digit'], cv=3).mean())
pd.DataFrame({'id': test['id'], 'digit': model.fit(X, train['digit']).predict(Z)}).to_csv('submission.csv', index=False)
`;
const imageAttempt = (plan: string, model: string, from: number | null): ScriptedCall[] => [
  { name: 'reset', args: { from, operator: from === null ? 'draft' : 'improve', plan } },
  { name: 'write_file', args: { path: 'train.py', content: imageScript(model) } },
  { name: 'run_script', args: { path: 'train.py' } },
];
const turn = (text: string, ...calls: ScriptedCall[]): Turn => ({ text, calls, usage: [6_000, 100] });
const attempt = (plan: string, depth: number, from: number | null): ScriptedCall[] => [
  { name: 'reset', args: { from, operator: from === null ? 'draft' : 'improve', plan } },
  { name: 'write_file', args: { path: 'train.py', content: script(depth) } },
  { name: 'run_script', args: { path: 'train.py' } },
];

/** A small competition as a good model would play it, with two slips. */
const game: Turn[] = [
  turn('I look at the task.', { name: 'competition_info', args: {} }, { name: 'data_preview', args: {} }),
  turn('First a shallow forest.', ...attempt('A shallow forest on the numbers.', 2, null)),
  turn('It runs; I submit it.', { name: 'submit', args: {} }),
  turn('A slip.', { name: 'train_model', args: {} }, { name: 'write_file', args: '{"path": "x.py", "content": ' }),
  turn('Deeper trees.', ...attempt('Deeper trees.', 8, 1), { name: 'submit', args: { entry: 'train.py' } }),
  turn('Done.', { name: 'finish', args: { reason: 'Deeper trees are better.' } }),
];

const run = (server: ModelServer, workspace: string, ...more: string[]): string[] => ['run', 'penguins', '--agent', 'scripted', '--base-url', server.url, '--runtime', 'local', '--allow-unisolated', '--workspace', workspace, '--json', ...more];
const workspaceOf = (): Promise<string> => mkdtemp(join(scratch, 'workspace-'));
const parse = (ended: Ended): Report => {
  if (ended.stdout === '') throw new Error(ended.stderr);
  return JSON.parse(ended.stdout) as Report;
};

/** Every file below a folder. */
async function everything(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => undefined))?.isFile()) texts.push(await readFile(path, 'latin1'));
  }
  return texts.join('\n');
}

describe('a model through the command line', () => {
  it('plays a whole competition, is killed, and goes on without asking again', async () => {
    const workspace = await workspaceOf();
    const killed: ChildProcess[] = [];
    const turns = game.map((one, at) => (at === 4 ? () => (killed[0]?.kill('SIGKILL'), one) : one));
    // The answer that the kill cut off was never received: it is asked for once more.
    const server = await serve([...turns.slice(0, 5), game[4] as Turn, ...turns.slice(5)], { key: secret });
    const first = podium(run(server, workspace));
    killed.push(first.child);
    const dead = await first.ended;
    expect(dead.code, dead.stderr).toBeNull();
    const before = server.requests.length;
    expect(before).toBe(5);
    const [runId = ''] = await readdir(join(workspace, '.podium/runs'));

    const ended = await podium(['resume', runId, '--workspace', workspace, '--json']).ended;
    const report = parse(ended);
    expect(ended.code, ended.stderr).toBe(0);
    expect(report.status).toBe('finished');
    expect(report.reason).toContain('Deeper trees are better.');
    expect(report.attempts.map((one) => one.status)).toEqual(['valid', 'valid']);
    expect(report.attempts.every((one) => one.publicScore !== null && one.privateScore !== null)).toBe(true);
    expect(server.requests.length - before).toBe(2);
    expect(report.spend).toMatchObject({ calls: 6, inputTokens: 36_000, outputTokens: 600, usd: 0 });
    // What the model was told of its slips.
    const told = server.requests.at(-1)?.body.messages?.map((message) => message.content ?? '').join('\n') ?? '';
    expect(told).toContain('There is no action "train_model"');
    expect(told).toContain('no valid JSON');
    expect(told).toMatch(/Attempt 1 is valid: public .+ 0\.\d+/);
    expect(await everything(workspace)).not.toContain(secret);
    expect(await everything(home)).not.toContain(secret);
    expect(ended.stderr + ended.stdout + dead.stderr).not.toContain(secret);
  });

  it('plays a competition of images from the first look to the final choice', async () => {
    const server = await serve([
      turn('I look at the images.', { name: 'competition_info', args: {} }, { name: 'data_preview', args: {} }),
      turn('The mean image of each digit first.', ...imageAttempt('Nearest mean image.', 'NearestCentroid()', null), { name: 'submit', args: {} }),
      turn('Then a kernel machine.', ...imageAttempt('A kernel machine on the pixels.', 'SVC(gamma=0.001)', 1), { name: 'submit', args: {} }),
      turn('Done.', { name: 'finish', args: { reason: 'The kernel machine is better.' } }),
    ]);
    const workspace = await workspaceOf();
    const ended = await podium(['run', 'digits', '--agent', 'scripted', '--base-url', server.url, '--runtime', 'local', '--allow-unisolated', '--workspace', workspace, '--json']).ended;
    expect(ended.code, ended.stderr).toBe(0);
    const report = parse(ended);
    expect(report.status).toBe('finished');
    expect(report.attempts.map((one) => one.status)).toEqual(['valid', 'valid']);
    expect(report.best?.id).toBe(2);
    expect(report.attempts[1]?.publicScore).toBeGreaterThan(0.95);
    expect(report.attempts[1]?.privateScore).toBeGreaterThan(0.95);
    expect(await readFile(join(workspace, report.submission ?? ''), 'utf8')).toMatch(/^id,digit\n/);
  });

  it('waits when its key is refused, and goes on with the right one', async () => {
    const workspace = await workspaceOf();
    const server = await serve(game, { key: secret });
    const stuck = await podium(run(server, workspace), { OPENAI_API_KEY: 'sk-wrong-0123456789' }).ended;
    expect(stuck.code, stuck.stderr).toBe(1);
    const report = parse(stuck);
    expect(report).toMatchObject({ status: 'interrupted', attempts: [] });
    expect(report.reason).toContain('refuses the key');
    expect(report.nextStep).toContain('OPENAI_API_KEY');
    expect(stuck.stderr).toContain(`podium resume ${report.runId}`);
    expect(await everything(workspace)).not.toContain('sk-wrong');
    const ended = await podium(['resume', report.runId, '--workspace', workspace, '--json']).ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(parse(ended).attempts).toHaveLength(2);
  });

  it('waits in a detached runner, visibly, until the person gives another key and resumes it', async () => {
    const workspace = await workspaceOf();
    const server = await serve(game, { key: secret });
    const runs = new Runs({ workspace, home, version: 'test' });
    const competition = await new CompetitionLibrary({ bundledFolder: join(root, 'media/competitions'), home }).load('penguins');
    const { runId } = await runs.create({ competition, agent: 'scripted', model: { baseUrl: server.url }, runtime: 'local', allowUnisolated: true });
    const folder = runs.folder(runId);
    await launchRunner({ folder, runId, home, version: 'test', assets: assetsAt(join(scratch, 'program')), env: { OPENAI_API_KEY: 'sk-expired-0123456789' } });
    const client = await RunnerClient.connect({ home, runId, role: 'watcher' });
    try {
      const until = async (status: string): Promise<RunView> => {
        for (;;) {
          const { view, live } = await runs.read(runId);
          if (view.status === status) return view;
          if (!live && hasEnded(view)) throw new Error(`the run has ${view.status}: ${view.statusText}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      };
      const waiting = await until('waiting');
      expect(waiting.statusText).toContain('refuses the key');
      expect(waiting.nextStep).toContain('OPENAI_API_KEY');
      expect(waiting.modelTrouble).toBe('unauthorized');
      await client.giveKey(secret);
      await client.resume();
      const done = await until('finished');
      expect(done.attempts.map((one) => one.status)).toEqual(['valid', 'valid']);
    } finally {
      client.dispose();
    }
    for (const place of [workspace, home]) {
      const text = await everything(place);
      expect(text).not.toContain(secret);
      expect(text).not.toContain('sk-expired');
    }
  });

  it('ends at its budget of tokens with what it has', async () => {
    const server = await serve(game);
    const ended = await podium(run(server, await workspaceOf(), '--budget', '26ktok')).ended;
    const report = parse(ended);
    expect(report.status).toBe('finished');
    expect(report.reason).toContain('26000 tokens');
    expect((report.spend?.inputTokens ?? 0) + (report.spend?.outputTokens ?? 0)).toBeLessThanOrEqual(26_000);
    expect(server.requests.length).toBe(4);
  });

  it('keeps a budget of money by the person\'s own prices, and refuses one that it could not keep', async () => {
    const server = await serve(game);
    const workspace = await workspaceOf();
    await writeFile(join(home, 'prices.json'), JSON.stringify({ unit: 'US dollars per million tokens', endpoints: [{ hosts: ['127.0.0.1'], source: 'test', checked: '2026-01-01', models: { scripted: { input: 1_000, output: 1_000 } } }] }));
    try {
      const report = parse(await podium(run(server, workspace, '--budget', '$26')).ended);
      expect(report.status).toBe('finished');
      expect(report.reason).toContain('$26');
      expect(report.spend?.usd).toBeGreaterThan(0);
      expect(report.spend?.usd).toBeLessThanOrEqual(26);
    } finally {
      await rm(join(home, 'prices.json'));
    }
    const refused = await podium(['run', 'penguins', '--agent', 'scripted', '--base-url', 'https://models.invalid/v1', '--budget', '$1', '--workspace', workspace, '--json']).ended;
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('price');
  });

  it('says what is missing before a run begins', async () => {
    const workspace = await workspaceOf();
    const ended = await podium(['run', 'penguins', '--agent', 'gpt-4.1', '--workspace', workspace], { OPENAI_API_KEY: '' }).ended;
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('OPENAI_API_KEY');
    const secretUrl = await podium(['run', 'penguins', '--agent', 'm', '--base-url', 'https://me:pw@example.org/v1', '--workspace', workspace]).ended;
    expect(secretUrl.code).toBe(2);
    expect(secretUrl.stderr).not.toContain('pw');
    expect(await readdir(workspace)).toEqual([]);
  });
});
