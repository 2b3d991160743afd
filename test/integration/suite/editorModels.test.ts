import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunEvent } from '../../../src/core/run/events';
import type { RunHandle } from '../../../src/vscode/runs/runHandle';
import { closeAll, eventually, podium } from './support';

interface Request {
  readonly model: string;
  readonly tools: readonly string[];
  readonly cancelled: boolean;
}

const set = (key: string, value: string | number | undefined, target = vscode.ConfigurationTarget.Global): Thenable<void> => vscode.workspace.getConfiguration().update(key, value, target);

/** What the provider of the test extension was asked for. */
async function asked(): Promise<readonly Request[]> {
  const extension = vscode.extensions.getExtension<{ requests: readonly Request[] }>('podium-tests.scripted-models');
  assert.ok(extension, 'the test extension is not there');
  return (await extension.activate()).requests;
}

async function start(model: string): Promise<RunHandle> {
  await set('podium.agent', `vscode:scripted/${model}`);
  const api = await podium();
  const runId = await vscode.commands.executeCommand<string>('podium.startWithAgent', 'penguins');
  assert.ok(runId, api.lastError());
  const run = api.runs.get(runId);
  assert.ok(run);
  return run;
}

async function journalOf(run: RunHandle): Promise<RunEvent[]> {
  return (await readFile(join(run.folder, 'journal.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
}

/** Models of the editor, offered by another extension through VS Code's own API. */
describe('a model of this editor', () => {
  before(async () => {
    await asked();
    await eventually('the editor lists the models', async () => (await vscode.lm.selectChatModels({ vendor: 'scripted' })).length === 3);
    await set('podium.runtime', 'local', vscode.ConfigurationTarget.Workspace);
  });
  afterEach(async () => {
    await set('podium.agent', undefined);
    await set('podium.budget.usd', undefined, vscode.ConfigurationTarget.Workspace);
    await closeAll();
  });

  it('answers the window, with counted tokens and an unknown price', async () => {
    await set('podium.agent', 'vscode:scripted/player');
    const model = await (await podium()).models.current();
    assert.equal(model?.price, null);
    const answer = await model?.answer({ messages: [{ role: 'user', content: 'Well?' }], tools: [] }, { signal: new AbortController().signal });
    assert.equal(answer?.reply.content, 'ready');
    assert.equal(answer?.usage?.estimated, true);
    assert.ok((answer?.usage?.input ?? 0) > 0);
    assert.equal(answer?.usd, null);
  });

  it('plays a run by its native tool calls, asked through this window', async () => {
    const before = (await asked()).length;
    const run = await start('player');
    await eventually('the run has ended', () => run.view.status === 'finished' || run.view.status === 'failed', 120);
    assert.equal(run.view.status, 'finished', run.view.statusText);
    assert.deepEqual(run.view.attempts.map((attempt) => attempt.status), ['valid']);
    const { spend } = run.view;
    assert.deepEqual([spend?.calls, spend?.estimated, spend?.usd, spend?.context.window], [3, true, null, 64_000]);
    assert.ok((spend?.inputTokens ?? 0) > 100);
    assert.equal((await asked()).length - before, 3);
    assert.ok((await asked()).at(-1)?.tools.includes('submit'));
    const calls = (await journalOf(run)).filter((event) => event.type === 'model_call');
    assert.deepEqual(calls.map((event) => event.type === 'model_call' && [event.data.model, event.data.usd]), Array(3).fill(['vscode:scripted/player', null]));
  }).timeout(180_000);

  it('that is blocked lets the run wait, with the reason, until the person tries again', async () => {
    const run = await start('tired');
    await eventually('the run waits', () => run.view.status === 'waiting', 60);
    assert.equal(run.view.modelTrouble, 'no_credit');
    assert.match(run.view.statusText, /quota of this month/);
    const before = (await asked()).length;
    await vscode.commands.executeCommand('podium.resumeRun', run.runId);
    await eventually('it was asked again', async () => (await asked()).length > before);
    await run.stop();
  }).timeout(120_000);

  it('is cancelled when its run is stopped', async () => {
    const run = await start('slow');
    const request = await eventually('the model is asked', async () => (await asked()).find((one) => one.model === 'slow'), 60);
    await run.stop();
    await eventually('the provider was told', () => request.cancelled);
    assert.equal(run.view.status, 'stopped');
  }).timeout(120_000);

  it('is refused where it is unknown, and with a budget of money', async () => {
    const api = await podium();
    await set('podium.agent', 'vscode:scripted/nobody');
    assert.equal(await vscode.commands.executeCommand('podium.startWithAgent', 'penguins'), undefined);
    assert.match(api.lastError() ?? '', /No extension of this editor offers the model/);
    await set('podium.agent', 'vscode:scripted/player');
    await set('podium.budget.usd', 1, vscode.ConfigurationTarget.Workspace);
    assert.equal(await vscode.commands.executeCommand('podium.startWithAgent', 'penguins'), undefined);
    assert.match(api.lastError() ?? '', /price of .* is unknown.*budget of tokens/);
  });
});
