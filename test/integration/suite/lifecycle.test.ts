import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { hasEnded } from '../../../src/core/run/fold';
import { readAddress } from '../../../src/node/runner/address';
import { podiumHome } from '../../../src/node/storage/podiumHome';
import type { CommandId } from '../../../src/vscode/platform/commandIds';
import type { RunHandle } from '../../../src/vscode/runs/runHandle';
import { closeAll, eventually, podium, workspaceRoot } from './support';

const execute = <T>(command: CommandId, ...args: unknown[]): Thenable<T> => vscode.commands.executeCommand<T>(command, ...args);

/** What happens to a run between its start and its end: real runs, real processes. */
describe('the life of a run', () => {
  let run: RunHandle;
  const statuses: string[] = [];

  before(async () => {
    const configuration = vscode.workspace.getConfiguration();
    await configuration.update('podium.budget.attempts', 30, vscode.ConfigurationTarget.Workspace);
    await configuration.update('podium.budget.minutes', 10, vscode.ConfigurationTarget.Workspace);
    await configuration.update('podium.edits', 'review', vscode.ConfigurationTarget.Workspace);
  });
  after(async () => {
    if (run && !hasEnded(run.view)) await run.stop();
    await closeAll();
  });

  it('begins with "starting", never with an interruption that did not happen', async () => {
    const api = await podium();
    const known = new Set(api.runs.runs.map((one) => one.runId));
    const watched = api.runs.onDidChange(() => {
      const fresh = api.runs.runs.find((one) => !known.has(one.runId));
      if (fresh && statuses.at(-1) !== fresh.view.status) statuses.push(fresh.view.status);
    });
    const runId = await execute<string>('podium.startWithAgent', 'debian-sections');
    assert.ok(runId, api.lastError());
    const started = api.runs.get(runId);
    assert.ok(started);
    run = started;
    await eventually('a first attempt', () => run.view.best ?? undefined, 60);
    watched.dispose();
    assert.deepEqual(statuses, ['starting', 'running']);
  });

  it('decides no edit that nobody looks at: accepting it shows it first', async () => {
    const { edits } = await podium();
    await closeAll();
    const before = (await eventually('an edit waits', () => (edits.reviews.edits.length > 0 ? edits.reviews.edits : undefined))).map(({ edit }) => edit.id);
    void execute('podium.acceptEdit');
    await eventually('the edit is shown', () => {
      // Where several wait it is asked which.
      void vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputTextDiff || input instanceof vscode.TabInputNotebookDiff;
    });
    assert.deepEqual(edits.reviews.edits.map(({ edit }) => edit.id), before);
    await closeAll();
  });

  it('stands still when paused', async () => {
    await execute('podium.pauseRun', run.runId);
    await eventually('paused', () => run.view.status === 'paused', 30);
  });

  it('goes on after a pause', async () => {
    await execute('podium.resumeRun', run.runId);
    await eventually('running again', () => run.view.status === 'running', 30);
  });

  it('shows private scores early only when asked, and its journal says so', async () => {
    assert.ok(run.view.attempts.every((attempt) => attempt.private === null));
    await run.reveal();
    assert.ok(run.view.attempts.some((attempt) => attempt.private !== null));
    const journal = await readFile(join(run.folder, 'journal.jsonl'), 'utf8');
    assert.match(journal, /"private_revealed".*"early":true/);
  });

  it('with templates takes no instructions, and says why', async () => {
    const api = await podium();
    await execute('podium.instruct', run.runId);
    assert.match(api.lastError() ?? '', /Nobody reads instructions/);
  });

  it('is interrupted when its process is killed, and resumes with nothing lost or done twice', async () => {
    const address = await readAddress(podiumHome(), run.runId);
    assert.ok(address);
    const before = run.view.attempts.filter((attempt) => attempt.public).map((attempt) => [attempt.id, attempt.public?.score]);
    process.kill(address.pid, 'SIGKILL');
    await eventually('interrupted', () => run.view.status === 'interrupted', 30);
    await execute('podium.resumeFromJournal', run.runId);
    await eventually('goes on', () => run.view.status === 'running' && run.connection === 'attached', 60);
    const after = new Map(run.view.attempts.map((attempt) => [attempt.id, attempt.public?.score]));
    assert.equal(after.size, run.view.attempts.length);
    for (const [id, score] of before) assert.equal(after.get(id ?? 0), score);
  });

  it('stops, and its scores can be copied and its files opened', async () => {
    const api = await podium();
    await execute('podium.stopRun', run.runId);
    await eventually('stopped', () => run.view.status === 'stopped', 60);
    await execute('podium.copyScore', run.runId);
    assert.equal(await vscode.env.clipboard.readText(), String(run.view.best?.public.score));
    await execute('podium.openSubmission', run.runId);
    await eventually('the submission is open', () => vscode.window.activeTextEditor?.document.uri.fsPath.endsWith('submission.csv'));
    await execute('podium.showLog', run.runId);
    await eventually('the log is open', () => vscode.window.activeTextEditor?.document.uri.fsPath.endsWith('runner.log'));
    assert.equal(api.runs.get(run.runId)?.connection, 'ended');
  });
}).timeout(180_000);

describe('a file to grade', () => {
  after(closeAll);

  it('shows every problem on a page and at its line; a good one has none', async () => {
    const api = await podium();
    const { file, sample } = await mine();
    await writeFile(file.fsPath, sample.replace('Adelie', 'adelie'));
    await execute('podium.gradeFile', file);
    const [problem, ...more] = vscode.languages.getDiagnostics(file);
    assert.ok(problem, api.lastError());
    assert.deepEqual(more, []);
    assert.equal(problem.code, 'bad_label');
    assert.equal(problem.range.start.line, 1);
    await eventually('the page is open', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.includes('Check of mine.csv'));
    await writeFile(file.fsPath, sample);
    await execute('podium.gradeFile', file);
    assert.deepEqual(vscode.languages.getDiagnostics(file), []);
  });

  it('is repaired where that is certain, and the repair is taken back, only when the person says so', async () => {
    const api = await podium();
    const { file, sample } = await mine();
    const wrong = sample.replace('Adelie', ' adelie').replace(/$/gm, ',1').replace(',1\n', ',confidence\n').replace(/,1$/, '');
    await writeFile(file.fsPath, wrong);
    await execute('podium.gradeFile', file);
    assert.equal(await readFile(file.fsPath, 'utf8'), wrong);
    await execute('podium.fixSubmission', file);
    assert.equal(await readFile(file.fsPath, 'utf8'), sample, api.lastError());
    assert.deepEqual(vscode.languages.getDiagnostics(file), []);
    await execute('podium.undoSubmissionFix', file);
    assert.equal(await readFile(file.fsPath, 'utf8'), wrong);
    assert.ok(vscode.languages.getDiagnostics(file).length > 0);
    await execute('podium.undoSubmissionFix', file);
    assert.match(api.lastError() ?? '', /was not repaired/);
  });
});

/** A file to grade beside the person's own. */
async function mine(): Promise<{ file: vscode.Uri; sample: string }> {
  const folder = join(workspaceRoot(), 'penguins');
  return { file: vscode.Uri.file(join(folder, 'mine.csv')), sample: await readFile(join(folder, 'data', 'sample_submission.csv'), 'utf8') };
}

describe('Doctor', () => {
  after(closeAll);

  it('opens a report', async () => {
    await execute('podium.doctor');
    await eventually('the report is open', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.includes('Podium Doctor'));
  });
});
