import * as vscode from 'vscode';
import { newWarnings } from '../../core/environment/budget';
import { hasEnded } from '../../core/run/fold';
import type { RunView } from '../../core/run/view';
import type { RunPanels } from '../panels/runPanel';
import { withoutLinks } from '../platform/notificationText';
import type { Settings } from '../platform/settings';
import { formatScore } from '../views/format';
import { isActive, modelRemedy } from '../views/runRows';
import type { CommandId } from '../platform/commandIds';
import type { RunHandle, RunSource } from './runHandle';

interface Remedy {
  readonly label: string;
  readonly command: CommandId;
}

/** The few notifications: a run has ended, was interrupted, waits for its model, or has used most of a budget. Each once. */
export class Notices implements vscode.Disposable {
  private readonly seen = new Map<string, RunView['status']>();
  private readonly offered = new Set<string>();
  /** Budget warnings that were given, per run; those of a run's first sight count as given. */
  private readonly warned = new Map<string, Set<string>>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly runs: RunSource,
    private readonly panels: () => RunPanels,
    private readonly settings: Settings,
  ) {
    this.subscription = runs.onDidChange(() => this.update());
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private update(): void {
    for (const run of this.runs.runs) {
      const { status } = run.view;
      const before = this.seen.get(run.runId);
      this.seen.set(run.runId, status);
      if (before !== undefined && before !== status && !ended(before) && hasEnded(run.view)) this.ended(run);
      if (status === 'interrupted' && !this.offered.has(run.runId)) this.interrupted(run);
      if (status === 'waiting' && before !== 'waiting') this.waits(run);
      this.budget(run);
    }
  }

  private ended(run: RunHandle): void {
    const { view } = run;
    const open = 'Open Run Panel';
    const name = `Run ${view.number} on ${view.competition.title}`;
    if (view.status === 'failed') {
      // A notification shows the marks of commands as they are.
      const text = `${name} failed. ${view.statusText}${view.nextStep ? ` ${view.nextStep}` : ''}`.replaceAll('`', '');
      const doctor = { label: 'Open Doctor', command: 'podium.doctor' } satisfies Remedy;
      const cpu = { label: 'Run on CPU', command: 'podium.runOnCpu' } satisfies Remedy;
      const local = { label: 'Use Local Sandbox', command: 'podium.useLocalSandbox' } satisfies Remedy;
      const special = view.failedFor === 'no_gpu' || view.failedFor === 'unknown_gpu' ? [cpu] : view.failedFor === 'no_engine' || view.failedFor === 'engine_stopped' ? [local] : [];
      const remedies: readonly Remedy[] = [...special, doctor];
      void vscode.window.showErrorMessage(withoutLinks(text), open, ...remedies.map((remedy) => remedy.label)).then((choice) => {
        if (choice === open) this.panels().show(run);
        const remedy = remedies.find((one) => one.label === choice);
        if (remedy) void vscode.commands.executeCommand(remedy.command, run.runId);
      });
      return;
    }
    if (view.status === 'stopped' || !this.settings.get('podium.notifyWhenEnded')) return;
    const never = "Don't Show Again";
    const score = view.best ? `best ${formatScore(view.best.public.score)} ${view.competition.selfScored ? 'self-scored' : 'public'} (#${view.best.attempt})` : 'no valid submission';
    void vscode.window.showInformationMessage(withoutLinks(`${name} has ended: ${score}.`), open, never).then((choice) => {
      if (choice === open) this.panels().show(run);
      if (choice === never) return this.settings.set('podium.notifyWhenEnded', false);
      return undefined;
    });
  }

  private waits(run: RunHandle): void {
    const { view } = run;
    const remedy = modelRemedy(view);
    if (remedy === undefined || remedy === 'none') return;
    const act = remedy === 'giveKey' ? 'Give New Key…' : 'Try Again';
    const open = 'Open Run Panel';
    void vscode.window.showWarningMessage(withoutLinks(`Run ${view.number} on ${view.competition.title} waits for its model. ${view.statusText}`), act, open).then((choice) => {
      const command: CommandId = remedy === 'giveKey' ? 'podium.giveModelKey' : 'podium.resumeRun';
      if (choice === act) void vscode.commands.executeCommand(command, run.runId);
      if (choice === open) this.panels().show(run);
    });
  }

  private budget(run: RunHandle): void {
    const { view, runId } = run;
    const { usd, tokens } = view.budget;
    const known = this.warned.get(runId);
    const given = known ?? new Set<string>();
    const news = newWarnings({ gradedCalls: { used: 0, limit: 1 }, usd, tokens }, given);
    for (const warning of news) given.add(warning);
    this.warned.set(runId, given);
    if (!known || !isActive(view) || news.length === 0) return;
    const open = 'Open Run Panel';
    void vscode.window.showWarningMessage(withoutLinks(`Run ${view.number} on ${view.competition.title}: ${news.join(' ')} It ends before the budget is passed.`), open).then((choice) => {
      if (choice === open) this.panels().show(run);
    });
  }

  private interrupted(run: RunHandle): void {
    this.offered.add(run.runId);
    const resume = 'Resume';
    void vscode.window.showInformationMessage(withoutLinks(`Run ${run.view.number} on ${run.view.competition.title} was interrupted. Nothing is lost.`), resume, 'Later').then((choice) => {
      const command: CommandId = 'podium.resumeFromJournal';
      if (choice === resume) void vscode.commands.executeCommand(command, run.runId);
    });
  }
}

function ended(status: RunView['status']): boolean {
  return status === 'finished' || status === 'stopped' || status === 'failed';
}
