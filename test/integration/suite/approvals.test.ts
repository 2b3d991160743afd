import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { hasEnded } from '../../../src/core/run/fold';
import { ModelServer, type Turn } from '../../fakes/modelServer';
import { closeAll, eventually, podium } from './support';

const set = (key: string, value: unknown): Thenable<void> => vscode.workspace.getConfiguration().update(key, value, vscode.ConfigurationTarget.Global);
const shell = (command: string): Turn => ({ calls: [{ name: 'shell', args: { command, why: 'It is worth a try.' } }], usage: [100, 10] });

/** A model's run in the real local sandbox that waits for the person. */
describe('an agent that asks', () => {
  before(() => vscode.workspace.getConfiguration().update('podium.runtime', 'local', vscode.ConfigurationTarget.Workspace));
  afterEach(async () => {
    for (const key of ['podium.agent', 'podium.model.baseUrl', 'podium.approvals']) await set(key, undefined);
    await closeAll();
  });

  it('waits until a command answers, and is refused at once where the setting refuses', async () => {
    const server = await ModelServer.start({
      turns: [{ calls: [{ name: 'reset', args: { plan: 'ask' } }], usage: [100, 10] }, shell('pip install nothing --no-index'), shell('curl --version'), { calls: [{ name: 'finish', args: {} }], usage: [100, 10] }],
    });
    try {
      await set('podium.approvals', { network: 'refuse' });
      await set('podium.model.baseUrl', server.url);
      await set('podium.agent', 'scripted');
      const api = await podium();
      const runId = await vscode.commands.executeCommand<string>('podium.startWithAgent', 'penguins');
      assert.ok(runId, api.lastError());
      const run = api.runs.get(runId);
      assert.ok(run);
      const question = await eventually('the agent asks', () => run.view.approval ?? undefined, 90);
      assert.equal(question.title, 'Approve installing packages for #1?');
      assert.equal(question.code, 'pip install nothing --no-index');
      assert.equal(question.reason, 'It is worth a try.');
      assert.equal(run.view.status, 'waiting');
      await vscode.commands.executeCommand('podium.allowOnce', runId);
      await eventually('the run has ended', () => hasEnded(run.view), 90);
      assert.equal(run.view.status, 'finished', run.view.statusText);
      const answers = (await readFile(join(run.folder, 'journal.jsonl'), 'utf8')).split('\n').filter((line) => line.includes('"approval_answered"'));
      assert.equal(answers.length, 2);
      assert.match(answers[0] ?? '', /"answer":"once"/);
      assert.match(answers[1] ?? '', /"answer":"refused".*switched off on this machine/);
      assert.match(server.requests.at(-1)?.body.messages?.map((message) => message.content ?? '').join('\n') ?? '', /The person refused network access/);
    } finally {
      await server.close();
    }
  }).timeout(240_000);
});
