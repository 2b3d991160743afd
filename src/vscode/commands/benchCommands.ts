import { existsSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { scriptOfBench } from '../../core/agent/starterNames';
import { CancelledError } from '../../core/errors';
import type { LoadedCompetition } from '../../node/competitions/library';
import type { Observation } from '../../core/environment/observation';
import { listNotebooks, readBench } from '../bench/benchFolder';
import { uriInFront } from '../bench/review/front';
import type { BenchFolders } from '../bench/benchFolders';
import { attemptFolder } from '../panels/attemptFiles';
import type { RunPanels } from '../panels/runPanel';
import type { CommandId } from '../platform/commandIds';
import type { CommandManager } from '../platform/commandManager';
import { HostError } from '../platform/hostError';
import { withoutLinks } from '../platform/notificationText';
import type { Reports } from '../platform/reports';
import type { Services } from '../platform/services';
import type { Workspace } from '../platform/workspace';
import type { RunHandle } from '../runs/runHandle';
import type { RunManager } from '../runs/runManager';
import { competitionArgument, type CompetitionList } from '../views/competitionsTree';
import { formatScore } from '../views/format';
import { isActive } from '../views/runRows';
import { runArgument } from '../views/runsTree';
import { pickCompetition } from './pick';
import { problemReport } from './problemReport';
import type { SubmissionChecks } from './submissionChecks';
import { openBenchFile, type StartCommands } from './startCommands';

export interface BenchContext {
  readonly commands: CommandManager;
  readonly services: Services;
  readonly competitions: CompetitionList;
  readonly workspace: Workspace;
  readonly runs: RunManager;
  readonly benches: BenchFolders;
  readonly panels: RunPanels;
  readonly reports: Reports;
  readonly checks: SubmissionChecks;
  readonly start: StartCommands;
  readonly atHand: () => string | undefined;
  /** A file of the person was run and came to something. */
  readonly submitted: (competition: string, file: vscode.Uri, observation: Observation) => void;
}

/** Commands on the bench: open it, submit what is there. */
export class BenchCommands {
  constructor(private readonly context: BenchContext) {
    const { commands } = context;
    commands.register('podium.openNotebook', (argument) => this.openNotebook(argument));
    commands.register('podium.openScript', (argument) => this.openScript(argument));
    commands.register('podium.submitFile', (argument) => this.submit(argument));
    commands.register('podium.gradeFile', (argument) => this.grade(argument));
    commands.register('podium.fixSubmission', (argument) => context.checks.fix(argument instanceof vscode.Uri ? argument : undefined));
    commands.register('podium.undoSubmissionFix', (argument) => context.checks.undoFix(argument instanceof vscode.Uri ? argument : undefined));
  }

  private async openScript(argument: unknown): Promise<void> {
    const { workspace, benches } = this.context;
    const competition = await this.competitionOf(argument);
    await benches.make(competition);
    await openBenchFile(workspace, competition.manifest.id, scriptOfBench(competition));
  }

  /** The notebook of a bench; where the agent's lies beside the person's, it is asked which. */
  private async openNotebook(argument: unknown): Promise<void> {
    const { workspace, benches } = this.context;
    const competition = await this.competitionOf(argument);
    const { id, title } = competition.manifest;
    const there = (): Promise<string[]> => listNotebooks(workspace.bench(id));
    if ((await there()).length === 0) await benches.make(competition);
    const [only, ...more] = await there();
    if (!only) throw new HostError('no_file', `The bench of ${title} has no notebook.`);
    const name = more.length === 0 ? only : await vscode.window.showQuickPick([only, ...more], { title: `Notebooks of ${title}`, placeHolder: 'Pick a notebook' });
    if (name) await openBenchFile(workspace, id, name);
  }

  private async competitionOf(argument: unknown): Promise<LoadedCompetition> {
    const { workspace, competitions, services, runs, atHand } = this.context;
    workspace.root();
    const given = runArgument(argument);
    const ofRun = given && runs.get(given.runId)?.view.competition.id;
    const { id } = await pickCompetition(ofRun ?? argument, competitions, atHand());
    return (await services.competitions()).load(id);
  }

  /** Runs the bench file in front in the sandbox and has its submission scored. */
  private async submit(argument: unknown): Promise<Observation | undefined> {
    const { workspace } = this.context;
    workspace.startableRoot();
    const file = fileOf(argument);
    const place = file && this.placeOf(file);
    if (!file || !place) throw new HostError('no_file', 'The file in front is not on a bench.', 'Open a script or notebook in the folder of a competition.');
    if (submissionFile.test(file.fsPath)) {
      await this.grade(file);
      return undefined;
    }
    await saveOpen(file);
    const run = await this.runFor(place.competition);
    const files = await readBench(workspace.bench(place.competition));
    const entry = basename(file.fsPath);
    const observation = await vscode.window.withProgress({ location: { viewId: 'podium.runs' }, title: `Running and submitting ${entry}` }, async () => {
      await untilStarted(run);
      return run.act({ action: 'submit', params: { entry: place.path }, files, plan: `Your ${entry}` });
    });
    this.context.submitted(place.competition, file, observation);
    await this.tell(run, observation, file);
    return observation;
  }

  /** The run that a person's submission belongs to: one that goes on, else a new one by the person alone. */
  private async runFor(competition: string): Promise<RunHandle> {
    const { runs, start } = this.context;
    const going = runs.runs.filter((run) => run.view.competition.id === competition && isActive(run.view) && run.connection === 'attached');
    const [newest] = going.sort((a, b) => b.view.startedAt - a.view.startedAt);
    return newest ?? start.startHuman(competition, { beside: true });
  }

  private async tell(run: RunHandle, observation: Observation, file: vscode.Uri): Promise<void> {
    const { reports, checks, panels } = this.context;
    const { grade, error } = observation;
    if (grade?.valid && grade.public) {
      const open = 'Open Run Panel';
      const { metricLabel } = run.view.competition;
      const text = `#${observation.attempt ?? ''}: ${formatScore(grade.public.score)} ${metricLabel}, public.`;
      void vscode.window.showInformationMessage(withoutLinks(text), open).then((choice) => (choice === open ? panels.show(run) : undefined));
      return;
    }
    if (grade && grade.errors.length > 0) {
      const submission = vscode.Uri.file(join(attemptFolder(run, observation.attempt ?? 0), 'submission.csv'));
      const again = async (): Promise<void> => void (await vscode.commands.executeCommand('podium.submitFile' satisfies CommandId, file));
      const { used, limit } = run.view.budget.gradedCalls;
      if (existsSync(submission.fsPath)) await checks.showAttempt(submission, run.view.competition.id, grade, limit === null ? null : { left: limit - used, of: limit }, again);
      else await reports.show('Problems of the submission', problemReport('The submission', grade.errors, grade.warnings));
      return;
    }
    const place = error?.place;
    const go = 'Go to Line';
    const text = error ? `${error.type}: ${error.message}` : observation.summary;
    void vscode.window.showErrorMessage(withoutLinks(`${basename(file.fsPath)} was not submitted. ${text}`), ...(place ? [go] : []), 'Open Run Panel').then((choice) => {
      if (choice === 'Open Run Panel') panels.show(run);
      if (choice === go && place) return this.goTo(run, place);
      return undefined;
    });
  }

  private async goTo(run: RunHandle, place: { file: string; line: number }): Promise<void> {
    const uri = vscode.Uri.joinPath(vscode.Uri.file(this.context.workspace.bench(run.view.competition.id)), place.file);
    await vscode.commands.executeCommand('vscode.open', uri, { selection: new vscode.Range(place.line - 1, 0, place.line - 1, 0) });
  }

  /** Checks a submission file and shows its public score; uses no graded call of a run. */
  private async grade(argument: unknown): Promise<void> {
    const { competitions, checks, atHand } = this.context;
    const wanted = competitionArgument(argument);
    const front = wanted === undefined ? fileOf(argument) : undefined;
    const file = front && submissionFile.test(front.fsPath) ? front : await openDialog();
    const of = wanted ?? (await this.knownCompetition(this.placeOf(file)?.competition)) ?? (await this.competitionOfRunFile(file));
    const entry = await pickCompetition(of, competitions, atHand());
    await saveOpen(file);
    const grade = await checks.grade(entry.id, file);
    if (!grade.valid) return;
    const warnings = grade.warnings.length > 0 ? ` ${grade.warnings.map((warning) => warning.message).join(' ')}` : '';
    const kept = checks.keepsBack(entry.id);
    const score = kept ? `valid; run ${kept} keeps public scores back` : grade.public ? `${formatScore(grade.public.score)} ${entry.metricLabel ?? ''}, public` : 'valid';
    void vscode.window.showInformationMessage(withoutLinks(`${basename(file.fsPath)} on ${entry.title}: ${score}.${warnings}`));
  }

  /** The competition of a submission that lies in a run's folder. */
  private competitionOfRunFile(file: vscode.Uri): string | undefined {
    return this.context.runs.runs.find((run) => file.fsPath.startsWith(`${run.folder}${sep}`))?.view.competition.id;
  }

  /** A folder of the workspace that bears a competition's name; others say nothing about a file. */
  private async knownCompetition(id: string | undefined): Promise<string | undefined> {
    return id !== undefined && (await this.context.competitions.list()).some((entry) => entry.id === id) ? id : undefined;
  }

  /** Competition and bench path of a file, when it lies on a bench. */
  private placeOf(file: vscode.Uri): { competition: string; path: string } | undefined {
    const { workspace } = this.context;
    if (!workspace.folder || file.scheme !== 'file') return undefined;
    const [competition, ...rest] = relative(workspace.root(), file.fsPath).split(sep);
    if (!competition || competition === '..' || rest.length === 0 || competition.startsWith('.')) return undefined;
    return { competition, path: rest.join('/') };
  }
}

const submissionFile = /\.(csv|zip|gz)$/i;

/** Waits while a run makes its sandbox, which may include building an image. Throws HostError `no_run` when it ends instead. */
async function untilStarted(run: RunHandle): Promise<void> {
  const waits = (): boolean => run.view.status === 'starting' && run.connection === 'attached';
  if (waits()) {
    await new Promise<void>((resolve) => {
      const subscription = run.onDidChange(() => {
        if (waits()) return;
        subscription.dispose();
        resolve();
      });
    });
  }
  if (!isActive(run.view)) throw new HostError('no_run', `Run ${run.view.number} did not start. ${run.view.statusText}`, run.view.nextStep ?? undefined);
}

/** The uri of a command's argument, or of the editor in front. */
function fileOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) return argument;
  // A notebook's toolbar gives its own kind of object.
  if (typeof argument === 'object' && argument !== null && 'notebookEditor' in argument) return vscode.window.activeNotebookEditor?.notebook.uri;
  return uriInFront();
}

async function saveOpen(uri: vscode.Uri): Promise<void> {
  const isIt = (document: { uri: vscode.Uri }) => document.uri.toString() === uri.toString();
  const open = vscode.workspace.notebookDocuments.find(isIt) ?? vscode.workspace.textDocuments.find(isIt);
  if (!open?.isDirty || (await open.save())) return;
  // The editor's own automatic save may be under way: ours is refused then, and the file is saved a moment later.
  for (let tick = 0; open.isDirty && tick < 30; tick++) await new Promise((done) => setTimeout(done, 100));
  if (open.isDirty) throw new HostError('no_file', `${basename(uri.fsPath)} could not be saved.`, 'Save it, then submit again.');
}

async function openDialog(): Promise<vscode.Uri> {
  const picked = await vscode.window.showOpenDialog({ title: 'Submission to grade', openLabel: 'Grade', filters: { Submissions: ['csv', 'zip', 'gz'] } });
  const [file] = picked ?? [];
  if (!file) throw new CancelledError();
  return file;
}
