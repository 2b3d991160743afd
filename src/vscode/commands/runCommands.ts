import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { hasEnded } from '../../core/run/fold';
import { attemptFolder, listCode } from '../panels/attemptFiles';
import type { Models } from '../models/models';
import type { RunPanels } from '../panels/runPanel';
import type { CommandId } from '../platform/commandIds';
import type { CommandManager } from '../platform/commandManager';
import { HostError } from '../platform/hostError';
import type { RunHandle } from '../runs/runHandle';
import type { RunManager } from '../runs/runManager';
import { formatScore } from '../views/format';
import { canResume, isActive, modelRemedy, takesInstructions } from '../views/runRows';
import { runArgument } from '../views/runsTree';
import { pickRun, type RunPick } from './pick';

export interface RunCommandsContext {
  readonly commands: CommandManager;
  readonly runs: RunManager;
  readonly panels: RunPanels;
  readonly models: Pick<Models, 'refreshKey'>;
  readonly log: vscode.LogOutputChannel;
}

const any: RunPick = { suits: () => true, words: 'is in this workspace' };
const active = (words: string): RunPick => ({ suits: isActive, words });
/** Kept beside an attempt's code, not among it. */
const submissionName = 'submission.csv';
const placeSchema = z.object({ path: z.string().optional(), line: z.number().int().positive().optional() });

/** Commands on a run or one of its attempts. */
export function registerRunCommands({ commands, runs, panels, models, log }: RunCommandsContext): void {
  commands.register('podium.openRunPanel', async (argument) => panels.show(await pickRun(argument, runs, any)));
  commands.register('podium.pauseRun', async (argument) =>
    (await pickRun(argument, runs, { suits: (view) => isActive(view) && view.status !== 'paused', words: 'can be paused' })).pause(),
  );
  commands.register('podium.resumeRun', async (argument) => {
    const run = await pickRun(argument, runs, { suits: canResume, words: 'is paused or waits for its model' });
    await models.refreshKey(run);
    await run.resume();
  });
  commands.register('podium.stopRun', (argument) => stop(argument, runs));
  commands.register('podium.instruct', (argument) => instruct(argument, runs));
  commands.register('podium.attachAgain', async (argument) => runs.attachAgain((await pickRun(argument, runs, { suits: (view) => !hasEnded(view), words: 'goes on' })).runId));
  commands.register('podium.resumeFromJournal', async (argument) => {
    const run = await pickRun(argument, runs, { suits: (view) => view.status === 'interrupted', words: 'was interrupted' });
    const title = `Resuming run ${run.view.number}`;
    panels.show(await vscode.window.withProgress({ location: { viewId: 'podium.runs' }, title }, () => runs.resumeInterrupted(run.runId)));
  });
  commands.register('podium.openAttempt', (argument) => openAttempt(argument, runs));
  commands.register('podium.openSubmission', (argument) => openSubmission(argument, runs));
  commands.register('podium.copyScore', (argument) => copyScore(argument, runs));
  commands.register('podium.revealPrivate', (argument) => reveal(argument, runs, panels));
  commands.register('podium.showLog', (argument) => showLog(argument, runs, log));
  commands.register('podium.runActions', (argument) => runActions(argument, runs));
}

async function stop(argument: unknown, runs: RunManager): Promise<void> {
  const run = await pickRun(argument, runs, active('goes on'));
  await vscode.window.withProgress({ location: { viewId: 'podium.runs' }, title: `Stopping run ${run.view.number}` }, () => run.stop());
}

async function instruct(argument: unknown, runs: RunManager): Promise<void> {
  const run = await pickRun(argument, runs, { suits: takesInstructions, words: 'has an agent that reads instructions' });
  if (!takesInstructions(run.view)) throw new HostError('no_agent', `Nobody reads instructions in run ${run.view.number}: it has ended, or is played by templates or by you alone.`, 'Edit the files on the bench instead.');
  const text = await vscode.window.showInputBox({
    title: `Instruct the agent of run ${run.view.number}`,
    prompt: 'It counts from the next step.',
    validateInput: (value) => (value.length > 2000 ? 'At most 2,000 characters.' : undefined),
  });
  if (text?.trim()) await run.instruct(text.trim());
}

/** The attempt of a command: its argument, or a pick among the run's attempts. */
async function pickAttempt(argument: unknown, run: RunHandle): Promise<number | undefined> {
  const given = runArgument(argument)?.attempt;
  if (given !== undefined) return given;
  const items = [...run.view.attempts].reverse().map((attempt) => ({
    label: `#${attempt.id} ${attempt.operator}`,
    description: attempt.public ? formatScore(attempt.public.score) : attempt.status,
    detail: attempt.plan,
    id: attempt.id,
  }));
  return (await vscode.window.showQuickPick(items, { title: `Run ${run.view.number}`, placeHolder: 'Pick an attempt' }))?.id;
}

async function openAttempt(argument: unknown, runs: RunManager): Promise<void> {
  const run = await pickRun(argument, runs, any);
  const attempt = await pickAttempt(argument, run);
  if (attempt === undefined) return;
  const wanted = placeSchema.safeParse(argument);
  const place = wanted.success ? wanted.data : {};
  const files = await listCode(run, attempt);
  const submission = place.path === submissionName && (await isFile(join(attemptFolder(run, attempt), submissionName)));
  const path = submission ? submissionName : place.path !== undefined && files.includes(place.path) ? place.path : files[0];
  if (path === undefined) throw new HostError('no_file', `Attempt #${attempt} has no code yet.`);
  const uri = vscode.Uri.file(join(attemptFolder(run, attempt), ...(submission ? [] : ['code']), path));
  const selection = place.line === undefined ? undefined : new vscode.Range(place.line - 1, 0, place.line - 1, 0);
  await vscode.commands.executeCommand('vscode.open', uri, { preview: true, selection }, `#${attempt} ${path}`);
}

async function openSubmission(argument: unknown, runs: RunManager): Promise<void> {
  const run = await pickRun(argument, runs, { suits: (view) => view.best !== null, words: 'has a graded submission' });
  const attempt = runArgument(argument)?.attempt ?? run.view.selected?.attempt ?? run.view.best?.attempt;
  if (attempt === undefined) throw new HostError('no_file', `Run ${run.view.number} has no graded submission.`);
  const { selfScored, tested } = run.view.competition;
  // With an own evaluation the files themselves are what was handed in.
  if (selfScored || tested) return await openAttempt({ runId: run.runId, attempt }, runs);
  const file = join(attemptFolder(run, attempt), submissionName);
  if (!(await isFile(file))) throw new HostError('no_file', `Attempt #${attempt} has no submission.`);
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), { preview: true }, `#${attempt} submission.csv`);
}

async function copyScore(argument: unknown, runs: RunManager): Promise<void> {
  const run = await pickRun(argument, runs, { suits: (view) => view.best !== null, words: 'has a score' });
  const { view } = run;
  const id = runArgument(argument)?.attempt ?? view.best?.attempt;
  const score = view.attempts.find((attempt) => attempt.id === id)?.public;
  if (!score) throw new HostError('no_score', id === undefined ? `Run ${view.number} has no score yet.` : `Attempt #${id} has no score.`);
  await vscode.env.clipboard.writeText(String(score.score));
  vscode.window.setStatusBarMessage(`Copied ${formatScore(score.score)} (#${id}, public)`, 4000);
}

async function reveal(argument: unknown, runs: RunManager, panels: RunPanels): Promise<void> {
  const run = await pickRun(argument, runs, { suits: (view) => isActive(view) && view.best !== null, words: 'that goes on has a score', next: 'The panel of an ended run shows its private scores.' });
  if (hasEnded(run.view)) return panels.show(run);
  const yes = 'Reveal';
  const detail = 'They are shown when the run has ended. Revealing them earlier is recorded with the run and its results.';
  if ((await vscode.window.showWarningMessage(`Reveal the private scores of run ${run.view.number} now?`, { modal: true, detail }, yes)) !== yes) return;
  await run.reveal();
  panels.show(run);
}

/** The log of a run's process, or of the extension when no run was named. */
async function showLog(argument: unknown, runs: RunManager, log: vscode.LogOutputChannel): Promise<void> {
  const given = runArgument(argument);
  const run = given && runs.get(given.runId);
  const file = run && join(run.folder, 'runner.log');
  if (!file || !(await isFile(file))) return log.show();
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), { preview: true });
}

async function runActions(argument: unknown, runs: RunManager): Promise<void> {
  const run = await pickRun(argument, runs, any);
  const { view } = run;
  const offered: [string, CommandId, boolean][] = [
    ['$(check) Allow once', 'podium.allowOnce', Boolean(view.approval)],
    ['$(check-all) Allow for this run', 'podium.allowForRun', Boolean(view.approval)],
    ['$(shield) Always allow…', 'podium.allowAlways', Boolean(view.approval)],
    ['$(circle-slash) Refuse…', 'podium.refuseApproval', Boolean(view.approval)],
    ['$(diff) Review edits of the agent', 'podium.reviewEdits', view.waitingEdits.length > 0],
    ['$(comment) Instruct the agent…', 'podium.instruct', takesInstructions(view)],
    ['$(debug-pause) Pause', 'podium.pauseRun', isActive(view) && view.status !== 'paused'],
    ['$(key) Give new model key…', 'podium.giveModelKey', modelRemedy(view) === 'giveKey'],
    ['$(debug-continue) Continue', 'podium.resumeRun', view.status === 'paused'],
    ['$(debug-continue) Try again', 'podium.resumeRun', view.status === 'waiting' && canResume(view)],
    ['$(debug-stop) Stop', 'podium.stopRun', isActive(view)],
    ['$(debug-restart) Resume from journal', 'podium.resumeFromJournal', view.status === 'interrupted'],
    ['$(plug) Attach again', 'podium.attachAgain', run.connection === 'lost'],
    ['$(notebook) Open notebook', 'podium.openNotebook', true],
    ['$(file-code) Open script', 'podium.openScript', true],
    ['$(table) Open submission of the best attempt', 'podium.openSubmission', view.best !== null],
    ['$(copy) Copy best score', 'podium.copyScore', view.best !== null],
    ['$(eye) Reveal private scores', 'podium.revealPrivate', isActive(view) && view.best !== null],
    ['$(add) New run…', 'podium.newRun', true],
    ['$(output) Show log', 'podium.showLog', true],
  ];
  const items = offered.filter(([, , suits]) => suits).map(([label, command]) => ({ label, command }));
  const picked = await vscode.window.showQuickPick(items, { title: `Run ${view.number}, ${view.competition.title}` });
  if (picked) await vscode.commands.executeCommand(picked.command, run.runId);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
