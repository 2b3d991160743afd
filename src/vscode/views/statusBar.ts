import * as vscode from 'vscode';
import type { RunView } from '../../core/run/view';
import type { CommandId } from '../platform/commandIds';
import type { RunSource } from '../runs/runHandle';
import { escapeMarkdown, formatTime } from './format';
import { elapsedNow, modelRemedy, statusRun, statusText } from './runRows';

/** One item, left: icon and at most two values. Ticks once a second, only while a run is running. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('podium.status', vscode.StatusBarAlignment.Left, 50);
  private readonly subscription: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;
  private blocked: string | undefined;

  constructor(private readonly source: RunSource) {
    this.item.name = 'Podium';
    this.subscription = source.onDidChange(() => this.update());
    this.update();
    this.item.show();
  }

  /** Why nothing can go on ("Engine stopped"), or undefined. */
  setBlocked(text: string | undefined): void {
    this.blocked = text;
    this.update();
  }

  private update(): void {
    const run = statusRun(this.source.runs.map((handle) => handle.view));
    const { text, tone, spoken } = statusText(run, this.blocked, Date.now());
    this.item.text = text;
    this.item.accessibilityInformation = { label: spoken, role: 'button' };
    this.item.backgroundColor =
      tone === 'normal' ? undefined : new vscode.ThemeColor(tone === 'needs' ? 'statusBarItem.warningBackground' : 'statusBarItem.errorBackground');
    const tooltip = new vscode.MarkdownString();
    if (this.blocked) tooltip.appendMarkdown(`${escapeMarkdown(this.blocked)}. Click for Doctor.`);
    else if (!run) tooltip.appendMarkdown('No run goes on. Click to start one.');
    else {
      tooltip.appendMarkdown(`**${escapeMarkdown(run.competition.title)}, run ${run.number}**`);
      const { seconds, gradedCalls } = run.budget;
      const used = formatTime(elapsedNow(run, Date.now()));
      tooltip.appendMarkdown(`\n\n${used}${seconds ? ` of ${formatTime(seconds.limit)}` : ''}, ${gradedCalls.limit === null ? gradedCalls.used : `${gradedCalls.used} of ${gradedCalls.limit}`} graded calls`);
      tooltip.appendMarkdown(`\n\n${escapeMarkdown(run.runtime)}`);
      if (run.statusText) tooltip.appendMarkdown(`\n\n${escapeMarkdown(run.statusText)}`);
    }
    this.item.tooltip = tooltip;
    const command = this.blocked ? 'podium.doctor' : commandOf(run);
    this.item.command = { command, title: 'Podium', arguments: run ? [run.runId] : [] };
    this.tick(run?.status === 'running');
  }

  private tick(wanted: boolean): void {
    if (wanted && !this.timer) this.timer = setInterval(() => this.update(), 1000);
    if (!wanted && this.timer) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  dispose(): void {
    if (this.timer) clearInterval(this.timer);
    this.subscription.dispose();
    this.item.dispose();
  }
}

/** What a click does: the thing that the run waits for, else its panel. */
function commandOf(run: RunView | undefined): CommandId {
  if (!run) return 'podium.newRun';
  if (run.approval) return 'podium.openRunPanel';
  if (run.waitingEdits.length > 0) return 'podium.reviewEdits';
  return run.status === 'waiting' && modelRemedy(run) === 'giveKey' ? 'podium.giveModelKey' : 'podium.openRunPanel';
}
