import * as vscode from 'vscode';
import type { CompetitionEntry } from '../../node/competitions/library';
import type { Direction, Modality } from '../../core/competition/manifest';
import { describeError } from '../../core/errors';
import type { CommandId } from '../platform/commandIds';
import type { RunSource } from '../runs/runHandle';
import { escapeMarkdown, formatScore } from './format';
import { reasonItem } from './treeItem';

/** What the tree needs of the competition library. */
export interface CompetitionList {
  list(): Promise<readonly CompetitionEntry[]>;
}

type Node = { readonly kind: 'group'; readonly label: string } | { readonly kind: 'competition'; readonly entry: CompetitionEntry } | { readonly kind: 'reason'; readonly item: vscode.TreeItem };
export type CompetitionNode = Node;

const modalityIcons: Record<Modality, string> = { tabular: 'table', text: 'list-flat', image: 'file-media', time: 'clock', other: 'archive' };

/** Tables come first: what a newcomer begins with. What cannot be played comes last. */
const modalityOrder: readonly (Modality | undefined)[] = ['tabular', 'time', 'text', 'image', 'other', undefined];

/** Entries in the order of the view and of every pick. */
export function inOrder(entries: readonly CompetitionEntry[]): CompetitionEntry[] {
  return [...entries].sort((a, b) => modalityOrder.indexOf(a.modality) - modalityOrder.indexOf(b.modality) || a.title.localeCompare(b.title));
}

/** Id of the competition that a command was given: a tree node, an id, or nothing. */
export function competitionArgument(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null || !('kind' in argument) || !('entry' in argument)) return undefined;
  const { entry } = argument;
  return typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string' ? entry.id : undefined;
}

/** Competitions view: bundled ones with the best public score of this workspace's runs. */
export class CompetitionsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[] = [];
  private shown = '';
  private loading: Promise<readonly CompetitionEntry[]> | undefined;

  constructor(
    private readonly competitions: CompetitionList,
    private readonly runs: RunSource,
  ) {
    this.subscriptions.push(
      this.changed,
      runs.onDidChange(() => {
        const now = JSON.stringify(runs.runs.map((run) => [run.view.competition.id, run.view.best?.public.score]));
        if (now !== this.shown) this.changed.fire(undefined);
        this.shown = now;
      }),
    );
  }

  refresh(): void {
    this.loading = undefined;
    this.changed.fire(undefined);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (node.kind === 'reason') return node.item;
    if (node.kind === 'group') {
      const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Expanded);
      item.id = `group:${node.label}`;
      item.contextValue = 'group';
      return item;
    }
    return this.competitionItem(node.entry);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node?.kind === 'competition' || node?.kind === 'reason') return [];
    try {
      const entries = await this.entries();
      if (!node) return entries.length > 0 ? [{ kind: 'group', label: 'Bundled' }] : [];
      return entries.map((entry) => ({ kind: 'competition', entry }));
    } catch (error) {
      const open: CommandId = 'podium.doctor';
      return [{ kind: 'reason', item: reasonItem('reason:library', describeError(error), 'error', { command: open, title: 'Open Doctor' }) }];
    }
  }

  getParent(node: Node): Node | undefined {
    return node.kind === 'competition' ? { kind: 'group', label: 'Bundled' } : undefined;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private entries(): Promise<readonly CompetitionEntry[]> {
    this.loading ??= this.competitions.list().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private competitionItem(entry: CompetitionEntry): vscode.TreeItem {
    const item = new vscode.TreeItem(entry.title, vscode.TreeItemCollapsibleState.None);
    item.id = `competition:${entry.id}`;
    item.contextValue = entry.problem ? 'brokenCompetition' : 'competition.bundled';
    const best = this.best(entry.id, entry.direction);
    const metric = entry.metricLabel ?? '';
    item.description = entry.problem ? 'cannot be played' : best === undefined ? metric : `${formatScore(best)}, ${metric}`;
    item.iconPath = entry.problem
      ? new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'))
      : new vscode.ThemeIcon(modalityIcons[entry.modality ?? 'tabular']);
    const tooltip = new vscode.MarkdownString(undefined, false);
    tooltip.appendMarkdown(`**${escapeMarkdown(entry.title)}**\n\n${escapeMarkdown(entry.problem ?? entry.summary)}`);
    if (!entry.problem) {
      const better = entry.direction === 'minimize' ? 'lower is better' : 'higher is better';
      tooltip.appendMarkdown(`\n\n${escapeMarkdown(metric)}, ${better}. Licence: ${escapeMarkdown(entry.licence ?? 'unknown')}.`);
      if (best !== undefined) tooltip.appendMarkdown(`\n\nBest public score here: ${escapeMarkdown(formatScore(best))}`);
    }
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: `${entry.title}: ${item.description}` };
    const command: CommandId = 'podium.openCompetition';
    if (!entry.problem) item.command = { command, title: 'Open Competition Page', arguments: [entry.id] };
    return item;
  }

  private best(id: string, direction: Direction | undefined): number | undefined {
    const scores = this.runs.runs.filter((run) => run.view.competition.id === id).flatMap((run) => run.view.best?.public.score ?? []);
    if (scores.length === 0) return undefined;
    return direction === 'minimize' ? Math.min(...scores) : Math.max(...scores);
  }
}
