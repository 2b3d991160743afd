import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { NewEvent } from '../../../src/core/run/events';
import { CompetitionLibrary } from '../../../src/node/competitions/library';
import { Runs } from '../../../src/node/runner/runs';
import { RunJournal } from '../../../src/node/storage/journal';
import { podiumHome } from '../../../src/node/storage/podiumHome';
import { PrivateGrades } from '../../../src/node/storage/privateGrades';
import { closeAll, eventually, podium, workspaceRoot } from './support';

/** A run folder as a runner leaves it: journal, and the private grade in PODIUM_HOME. */
async function makeRun(runs: Runs, library: CompetitionLibrary, given: { agent: string; seed: number; score: number; isolation?: 'container' | 'none'; ended?: boolean }): Promise<string> {
  const { runId, folder } = await runs.create({ competition: await library.load('digits'), agent: given.agent, seed: given.seed });
  const { journal } = await RunJournal.open(folder, { now: () => Date.now() });
  const part = { score: given.score, se: 0.01 };
  await new PrivateGrades(podiumHome(), runId).record(1, { valid: true, score: given.score, metric: 'accuracy', direction: 'maximize', rows: 10, errors: [], warnings: [], public: part, private: part });
  const events: NewEvent[] = [
    { actor: 'system', type: 'sandbox', data: { id: 'box', runtime: 'docker', isolation: given.isolation ?? 'container', image: 'cpu', python: '3.11', libraries: {} } },
    { actor: 'template', type: 'attempt_created', data: { id: 1, parents: [], operator: 'draft', source: 'template', plan: 'A first draft', files: {} } },
    { actor: 'system', type: 'graded', data: { attempt: 1, step: 1, call: 1, valid: true, public: part, errors: [], warnings: [], submission: 'attempts/1/submission.csv' } },
    { actor: 'system', type: 'attempt_finished', data: { id: 1, status: 'valid', claim: null, credit: 1, error: null, seconds: 1, summary: 'Graded.' } },
  ];
  if (given.ended !== false) events.push({ actor: 'system', type: 'selected', data: { attempt: 1, why: 'Best public score.' } }, { actor: 'system', type: 'run_finished', data: { status: 'finished', reason: 'The agent has finished.' } });
  for (const event of events) await journal.append(event);
  await journal.close();
  return runId;
}

describe('standings', () => {
  const made: string[] = [];
  let runs: Runs;
  before(async () => {
    const library = new CompetitionLibrary({ bundledFolder: vscode.Uri.joinPath(vscode.extensions.getExtension('podium.podium')!.extensionUri, 'media', 'competitions').fsPath, home: podiumHome() });
    runs = new Runs({ workspace: workspaceRoot(), home: podiumHome(), version: '0.0.0' });
    for (const [seed, score] of [0.9, 0.92, 0.91].entries()) made.push(await makeRun(runs, library, { agent: 'offline', seed, score }));
    for (const [seed, score] of [0.93, 0.96, 0.945].entries()) made.push(await makeRun(runs, library, { agent: 'some-model', seed, score }));
    made.push(await makeRun(runs, library, { agent: 'offline', seed: 3, score: 0.99, isolation: 'none' }));
    made.push(await makeRun(runs, library, { agent: 'offline', seed: 4, score: 0.99, ended: false }));
    await vscode.commands.executeCommand('podium.refresh');
  });
  after(async () => {
    for (const runId of made) await runs.remove(runId);
    await vscode.commands.executeCommand('podium.refresh');
  });
  afterEach(closeAll);

  it('compare the runs of a competition, or those that are selected', async () => {
    const api = await podium();
    await vscode.commands.executeCommand('podium.showStandings', { kind: 'competition', id: 'digits', title: 'Digits' });
    const all = await eventually('the runs are compared', () => api.standings.shown('digits'));
    assert.deepEqual(all.sections[0]?.players.map(({ player, runs: own, seeds }) => [player, own.length, seeds]), [['some-model', 3, [0, 1, 2]], ['offline', 3, [0, 1, 2]]]);
    assert.ok(Math.abs((all.sections[0]?.players[0]?.score?.mean ?? 0) - 0.945) < 1e-9);
    assert.equal(all.sections.length, 1);
    const difference = all.sections[0]?.differences[0];
    assert.deepEqual([difference?.a, difference?.paired, difference?.difference.n, difference?.verdict], ['some-model', true, 3, 'clear']);
    assert.deepEqual(all.leftOut.map(({ runId, why }) => [made.indexOf(runId), why]), [[6, 'not_isolated'], [7, 'not_ended']]);
    await eventually('the page is in front', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.startsWith('Standings, '));
    // As the Runs view gives several selected rows; the page that is open shows them.
    const nodes = [made[0], made[3]].map((runId) => ({ kind: 'run', runId }));
    await vscode.commands.executeCommand('podium.compareRuns', nodes[0], nodes);
    const chosen = await eventually('the selected runs are compared', () => {
      const shown = api.standings.shown('digits');
      return shown?.chosen ? shown : undefined;
    });
    assert.deepEqual(chosen.sections[0]?.players.flatMap(({ runs: own }) => own.map((run) => made.indexOf(run.runId))), [3, 0]);
    assert.equal(chosen.sections[0]?.differences[0]?.verdict, 'few');
    await closeAll();
    await eventually('the page is forgotten', () => api.standings.shown('digits') === undefined);
  });
});
