import * as vscode from 'vscode';
import type { RunView } from '../../core/run/view';
import type { CommandId } from '../platform/commandIds';
import type { RunHandle, RunSource } from '../runs/runHandle';
import { count, escapeMarkdown } from './format';
import { attemptRow, isActive, runRow, shownAttempts } from './runRows';
import { reasonItem, treeItem } from './treeItem';

export type RunNode =
  | { readonly kind: 'competition'; readonly id: string; readonly title: string }
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'attempt'; readonly runId: string; readonly attempt: number }
  | { readonly kind: 'more'; readonly runId: string; readonly hidden: number }
  | { readonly kind: 'broken'; readonly runId: string; readonly why: string };

const attemptLimit = 5;
const secondMs = 1000;

/** Run (and attempt) that a command was given: a tree node, a run id, or nothing. */
export function runArgument(argument: unknown): { runId: string; attempt?: number } | undefined {
  if (typeof argument === 'string') return { runId: argument };
  if (typeof argument !== 'object' || argument === null || !('runId' in argument) || typeof argument.runId !== 'string') return undefined;
  const attempt = 'attempt' in argument && typeof argument.attempt === 'number' ? argument.attempt : undefined;
  return { runId: argument.runId, attempt };
}

/** Runs view: runs by competition, newest first; a run unfolds to its notable attempts. */
export class RunsTree implements vscode.TreeDataProvider<RunNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<RunNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private visible = false;

  constructor(private readonly source: RunSource) {
    this.subscriptions = [
      this.changed,
      source.onDidChange(() => {
        this.refresh();
        this.tick();
      }),
    ];
  }

  /** Merged: many changes in a moment are one repaint. */
  private refreshTimer: NodeJS.Timeout | undefined;
  refresh(): void {
    this.refreshTimer ??= setTimeout(() => {
      this.refreshTimer = undefined;
      this.changed.fire(undefined);
    }, 200);
  }

  /** Elapsed time counts on while the view is seen and a run goes on; otherwise nothing ticks. */
  setVisible(visible: boolean): void {
    this.visible = visible;
    this.tick();
  }

  private tick(): void {
    const wanted = this.visible && this.source.runs.some((run) => run.view.status === 'running');
    if (wanted && !this.timer) this.timer = setInterval(() => this.changed.fire(undefined), 5 * secondMs);
    if (!wanted && this.timer) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    if (node.kind === 'competition') {
      const item = new vscode.TreeItem(node.title, vscode.TreeItemCollapsibleState.Expanded);
      item.id = `runs:${node.id}`;
      item.contextValue = 'group';
      return item;
    }
    if (node.kind === 'broken') {
      const doctor: CommandId = 'podium.doctor';
      const item = reasonItem(`broken:${node.runId}`, node.runId, 'warning', { command: doctor, title: 'Open Doctor' });
      item.description = 'cannot be read';
      item.tooltip = node.why;
      return item;
    }
    const run = this.source.get(node.runId);
    if (!run) return reasonItem(`gone:${node.runId}`, 'This run is gone', 'warning');
    if (node.kind === 'more') {
      const open: CommandId = 'podium.openRunPanel';
      return reasonItem(`more:${node.runId}`, `${count(node.hidden, 'more attempt')}`, 'ellipsis', { command: open, title: 'Open Run Panel', arguments: [node.runId] });
    }
    return node.kind === 'run' ? this.runItem(run) : this.attemptItem(run.view, node.attempt);
  }

  getChildren(node?: RunNode): RunNode[] {
    if (!node) return this.groups();
    if (node.kind === 'competition') {
      return this.source.runs
        .filter((run) => run.view.competition.id === node.id)
        .sort((a, b) => b.view.number - a.view.number)
        .map((run) => ({ kind: 'run', runId: run.runId }));
    }
    if (node.kind !== 'run') return [];
    const view = this.source.get(node.runId)?.view;
    if (!view) return [];
    const shown = shownAttempts(view, attemptLimit);
    const rows: RunNode[] = shown.map((attempt) => ({ kind: 'attempt', runId: node.runId, attempt: attempt.id }));
    const hidden = view.attempts.length - shown.length;
    return hidden > 0 ? [...rows, { kind: 'more', runId: node.runId, hidden }] : rows;
  }

  getParent(node: RunNode): RunNode | undefined {
    if (node.kind === 'attempt' || node.kind === 'more') return { kind: 'run', runId: node.runId };
    const view = node.kind === 'run' ? this.source.get(node.runId)?.view : undefined;
    return view ? { kind: 'competition', id: view.competition.id, title: view.competition.title } : undefined;
  }

  /** How many runs go on, for the view's badge. */
  badge(): vscode.ViewBadge | undefined {
    const running = this.source.runs.filter((run) => isActive(run.view)).length;
    return running > 0 ? { value: running, tooltip: count(running, 'running run') } : undefined;
  }

  dispose(): void {
    if (this.timer) clearInterval(this.timer);
    if (this.refreshTimer) clearTimeout(this.refreshTimer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private groups(): RunNode[] {
    const newest = [...this.source.runs].sort((a, b) => b.view.startedAt - a.view.startedAt);
    const titles = new Map(newest.map((run) => [run.view.competition.id, run.view.competition.title]));
    const broken = this.source.broken.map(({ runId, why }): RunNode => ({ kind: 'broken', runId, why }));
    return [...[...titles].map(([id, title]): RunNode => ({ kind: 'competition', id, title })), ...broken];
  }

  private runItem(run: RunHandle): vscode.TreeItem {
    const { view } = run;
    const state = isActive(view) ? vscode.TreeItemCollapsibleState.Expanded : view.attempts.length === 0 ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Collapsed;
    const item = treeItem(runRow(view, Date.now(), run.connection), state);
    const command: CommandId = 'podium.openRunPanel';
    item.command = { command, title: 'Open Run Panel', arguments: [run.runId] };
    item.tooltip = runTooltip(run);
    return item;
  }

  private attemptItem(view: RunView, id: number): vscode.TreeItem {
    const attempt = view.attempts.find((candidate) => candidate.id === id);
    if (!attempt) return reasonItem(`gone:${view.runId}:${id}`, `#${id}`, 'warning');
    const item = treeItem(attemptRow(view, attempt), vscode.TreeItemCollapsibleState.None);
    const tooltip = new vscode.MarkdownString();
    tooltip.appendMarkdown(`**#${attempt.id} ${escapeMarkdown(attempt.plan || attempt.operator)}**`);
    if (attempt.explanation) tooltip.appendMarkdown(`\n\n${escapeMarkdown(attempt.explanation)}`);
    if (attempt.error) tooltip.appendMarkdown(`\n\n${escapeMarkdown(`${attempt.error.type}: ${attempt.error.message}`)}`);
    item.tooltip = tooltip;
    const command: CommandId = 'podium.openAttempt';
    item.command = { command, title: 'Open Code of Attempt', arguments: [{ runId: view.runId, attempt: id }] };
    return item;
  }
}

const isolationWords = {
  container: 'isolated in a container',
  bubblewrap: 'isolated with bubblewrap',
  none: '**not isolated**',
} as const;

function runTooltip({ view, connection }: RunHandle): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown(`**${escapeMarkdown(view.competition.title)}, run ${view.number}**\n\n`);
  tooltip.appendMarkdown(`Agent: ${escapeMarkdown(view.agent)}. Runtime: ${escapeMarkdown(view.runtime)}, ${view.isolation ? isolationWords[view.isolation] : 'no sandbox yet'}.`);
  const { gradedCalls } = view.budget;
  tooltip.appendMarkdown(`\n\n${gradedCalls.limit === null ? count(gradedCalls.used, 'graded call') : `${gradedCalls.used} of ${count(gradedCalls.limit, 'graded call')}`} used.`);
  if (view.statusText) tooltip.appendMarkdown(`\n\n${escapeMarkdown(view.statusText)}`);
  if (view.nextStep) tooltip.appendMarkdown(` ${escapeMarkdown(view.nextStep)}`);
  if (connection === 'lost') tooltip.appendMarkdown('\n\nNo answer from the run: numbers are as of its last word.');
  return tooltip;
}
