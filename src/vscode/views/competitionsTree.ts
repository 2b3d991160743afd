import * as vscode from 'vscode';
import type { CompetitionEntry } from '../../node/competitions/library';
import type { Direction } from '../../core/competition/manifest';
import { describeError } from '../../core/errors';
import type { CommandId } from '../platform/commandIds';
import type { RunSource } from '../runs/runHandle';
import { competitionItem } from './competitionRows';
import { reasonItem } from './treeItem';

/** What the tree needs of the competition library. */
export interface CompetitionList {
  list(): Promise<readonly CompetitionEntry[]>;
}

type Group = CompetitionEntry['group'];
type Node = { readonly kind: 'group'; readonly group: Group } | { readonly kind: 'competition'; readonly entry: CompetitionEntry } | { readonly kind: 'reason'; readonly item: vscode.TreeItem };
export type CompetitionNode = Node;

const groupLabels: Record<Group, string> = { bundled: 'Bundled', imported: 'Imported' };

/** Id of the competition that a command was given: a tree node, an id, or nothing. */
export function competitionArgument(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null || !('kind' in argument) || !('entry' in argument)) return undefined;
  const { entry } = argument;
  return typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string' ? entry.id : undefined;
}

/** Competitions view: bundled ones and those of the workspace, with the best public score of this workspace's runs. */
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
    switch (node.kind) {
      case 'reason':
        return node.item;
      case 'group':
        return groupItem(node.group);
      case 'competition':
        return competitionItem(node.entry, this.best(node.entry.id, node.entry.direction));
    }
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node?.kind === 'competition' || node?.kind === 'reason') return [];
    try {
      const entries = await this.entries();
      if (node) return entries.filter((entry) => entry.group === node.group).map((entry) => ({ kind: 'competition', entry }));
      return [...new Set(entries.map((entry) => entry.group))].map((group) => ({ kind: 'group', group }));
    } catch (error) {
      const open: CommandId = 'podium.doctor';
      return [{ kind: 'reason', item: reasonItem('reason:library', describeError(error), 'error', { command: open, title: 'Open Doctor' }) }];
    }
  }

  getParent(node: Node): Node | undefined {
    return node.kind === 'competition' ? { kind: 'group', group: node.entry.group } : undefined;
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

  private best(id: string, direction: Direction | undefined): number | undefined {
    const scores = this.runs.runs.filter((run) => run.view.competition.id === id).flatMap((run) => run.view.best?.public.score ?? []);
    if (scores.length === 0) return undefined;
    return direction === 'minimize' ? Math.min(...scores) : Math.max(...scores);
  }
}

function groupItem(group: Group): vscode.TreeItem {
  const item = new vscode.TreeItem(groupLabels[group], vscode.TreeItemCollapsibleState.Expanded);
  item.id = `group:${group}`;
  item.contextValue = `group.${group}`;
  return item;
}
