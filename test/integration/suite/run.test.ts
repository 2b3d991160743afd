import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Observation } from '../../../src/core/environment/observation';
import { hasEnded } from '../../../src/core/run/fold';
import { closeAll, eventually, podium, workspaceRoot } from './support';

/** What the runners of this workspace wrote, to explain a failure. */
async function runnerLogs(): Promise<string> {
  const { runs } = await podium();
  const logs = await Promise.all(runs.runs.map(async (run) => `${run.runId} ${run.view.status} ${run.connection}\n${await readFile(join(run.folder, 'runner.log'), 'utf8').catch(String)}`));
  return logs.join('\n');
}

/** Real runs in the local sandbox with the offline agent and alone. */
describe('a run', () => {
  before(async () => {
    const configuration = vscode.workspace.getConfiguration();
    await configuration.update('podium.runtime', 'local', vscode.ConfigurationTarget.Workspace);
    await configuration.update('podium.budget.attempts', 2, vscode.ConfigurationTarget.Workspace);
    await configuration.update('podium.budget.minutes', 2, vscode.ConfigurationTarget.Workspace);
  });
  afterEach(closeAll);

  it('by the offline agent reaches a graded attempt, shows in tree and panel, and brings its file to the bench', async () => {
    const api = await podium();
    const runId = await vscode.commands.executeCommand<string>('podium.startWithAgent', 'penguins');
    assert.ok(runId, api.lastError());
    const run = api.runs.get(runId);
    assert.ok(run);
    assert.deepEqual(api.openPanels().runs, [runId]);
    const best = await eventually('a graded attempt', () => run.view.best ?? undefined, 90);
    assert.ok(best.public.score > 0 && best.public.score <= 1);
    await eventually('the run has ended', () => hasEnded(run.view), 90);
    assert.equal(run.view.status, 'finished', run.view.statusText);
    assert.equal(run.view.attempts.length, 2);
    await eventually('private scores are shown after the end', () => run.view.attempts.some((attempt) => attempt.private !== null));
    const journal = await readFile(join(run.folder, 'journal.jsonl'), 'utf8');
    assert.doesNotMatch(journal, /"private":\s*\{/);
    const groups = (await api.trees.runs.getChildren()) ?? [];
    assert.equal(groups.length, 1);
    await api.edits.idle();
    assert.ok(existsSync(join(workspaceRoot(), 'penguins', 'train.py')), 'the agent\'s script is on the bench');
  }).timeout(240_000);

  it('alone: edit, run and submit, and see the score', async () => {
    const api = await podium();
    const runId = await vscode.commands.executeCommand<string>('podium.startAlone', 'seattle-weather');
    assert.ok(runId, api.lastError());
    const run = api.runs.get(runId);
    assert.ok(run);
    const editor = await eventually('the script is open', () => vscode.window.activeTextEditor?.document.uri.fsPath.endsWith('train.py') && vscode.window.activeTextEditor, 30);
    await editor.edit((builder) => builder.insert(new vscode.Position(1, 0), '# by hand\n'));
    const observation = await vscode.commands.executeCommand<Observation>('podium.submitFile', editor.document.uri);
    assert.ok(observation, `${api.lastError()}\n${await runnerLogs()}`);
    assert.equal(observation.status, 'ok', JSON.stringify(observation.error ?? observation.summary));
    const attempt = await eventually('a graded attempt', () => run.view.attempts.find((candidate) => candidate.public !== null));
    assert.equal(attempt.operator, 'human');
    assert.equal(editor.document.isDirty, false);
    await vscode.commands.executeCommand('podium.stopRun', runId);
    await eventually('the run is stopped', () => run.view.status === 'stopped', 60);
  }).timeout(240_000);

  it('can be found again from its folder alone, as after a reload', async () => {
    const api = await podium();
    const before = api.runs.runs.map((run) => [run.runId, run.view.status, run.view.best?.public.score]);
    assert.ok(before.length >= 2);
    await vscode.commands.executeCommand('podium.refresh');
    assert.deepEqual(api.runs.runs.map((run) => [run.runId, run.view.status, run.view.best?.public.score]), before);
  });
});
