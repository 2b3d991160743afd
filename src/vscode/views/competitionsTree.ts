import * as vscode from 'vscode';
import type { CompetitionEntry } from '../../node/competitions/library';
import type { Finding, Health } from '../../core/competition/finding';
import type { Direction, Modality } from '../../core/competition/manifest';
import { describeError } from '../../core/errors';
import type { CatalogueItem } from '../../core/competition/catalogueSearch';
import type { CatalogueSource } from '../competitions/catalogueSource';
import type { CommandId } from '../platform/commandIds';
import type { RunSource } from '../runs/runHandle';
import { catalogueItem, modalityItem } from './catalogueRows';
import { competitionItem } from './competitionRows';
import { findingItem, seriousFindings } from './findingRows';
import { reasonItem } from './treeItem';

/** What the tree needs of the competition library. */
export interface CompetitionList {
  list(): Promise<readonly CompetitionEntry[]>;
}

/** What is known of a competition's health without checking it. */
type KnownHealth = (entry: CompetitionEntry) => Promise<Health | undefined>;

type Group = CompetitionEntry['group'] | 'catalogue';
type Node =
  | { readonly kind: 'group'; readonly group: Group }
  | { readonly kind: 'competition'; readonly entry: CompetitionEntry; readonly serious: readonly Finding[] }
  | { readonly kind: 'finding'; readonly finding: Finding; readonly of: CompetitionEntry; readonly index: number }
  | { readonly kind: 'modality'; readonly modality: Modality; readonly items: readonly CatalogueItem[] }
  | { readonly kind: 'catalogueEntry'; readonly item: CatalogueItem; readonly here: boolean }
  | { readonly kind: 'reason'; readonly item: vscode.TreeItem };
export type CompetitionNode = Node;

const groupLabels: Record<Group, string> = { bundled: 'Bundled', imported: 'Imported', catalogue: 'Catalogue' };
/** One object each: VS Code knows rows by identity. */
const groups: Readonly<Record<Group, Node>> = { bundled: { kind: 'group', group: 'bundled' }, imported: { kind: 'group', group: 'imported' }, catalogue: { kind: 'group', group: 'catalogue' } };
const kindsOfData: readonly Modality[] = ['tabular', 'time', 'text', 'image', 'other'];

/** Id of the competition that a command was given: a tree node, an id, or nothing. */
export function competitionArgument(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null || !('kind' in argument) || !('entry' in argument)) return undefined;
  const { entry } = argument;
  return typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string' ? entry.id : undefined;
}

/**
 * Competitions view: bundled ones and those of the workspace, with the best public score of this
 * workspace's runs, and the catalogue of those that can be had, which is read when it is unfolded.
 */
export class CompetitionsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[] = [];
  private shown = '';
  private loading: Promise<readonly CompetitionEntry[]> | undefined;
  /** "12 of 216", once the catalogue has been read. */
  private catalogueCount = '';

  constructor(
    private readonly competitions: CompetitionList,
    private readonly runs: RunSource,
    private readonly catalogue: Pick<CatalogueSource, 'shown' | 'onDidChange'>,
    private readonly health: KnownHealth,
  ) {
    this.subscriptions.push(
      this.changed,
      catalogue.onDidChange(() => this.changed.fire(groups.catalogue)),
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
        return groupItem(node.group, node.group === 'catalogue' ? this.catalogueCount : '');
      case 'competition':
        return competitionItem(node.entry, this.best(node.entry.id, node.entry.direction), node.serious);
      case 'finding':
        return findingItem(node.finding, node.of, node.index);
      case 'modality':
        return modalityItem(node.modality, node.items.length);
      case 'catalogueEntry':
        return catalogueItem(node.item, node.here);
    }
  }

  async getChildren(node?: Node): Promise<Node[]> {
    try {
      switch (node?.kind) {
        case undefined:
          return [...new Set([...(await this.entries()).map((entry) => entry.group), 'catalogue' as const])].map((group) => groups[group]);
        case 'group':
          return node.group === 'catalogue' ? await this.catalogueChildren() : await this.competitionsOf(node.group);
        case 'competition':
          return node.serious.map((finding, index) => ({ kind: 'finding', finding, of: node.entry, index }));
        case 'modality':
          return await this.catalogueEntries(node.items);
        default:
          return [];
      }
    } catch (error) {
      const open: CommandId = 'podium.doctor';
      return [{ kind: 'reason', item: reasonItem(`reason:${node?.kind === 'group' ? node.group : 'library'}`, describeError(error), 'error', { command: open, title: 'Open Doctor' }) }];
    }
  }

  getParent(node: Node): Node | undefined {
    if (node.kind === 'competition') return groups[node.entry.group];
    return node.kind === 'modality' ? groups.catalogue : undefined;
  }

  /** The row of the catalogue, to be unfolded. */
  get catalogueRow(): Node {
    return groups.catalogue;
  }

  /** With what their last checks found; nothing is checked here. */
  private async competitionsOf(group: Group): Promise<Node[]> {
    const entries = (await this.entries()).filter((entry) => entry.group === group);
    return Promise.all(entries.map(async (entry) => ({ kind: 'competition', entry, serious: seriousFindings(await this.health(entry)) })));
  }

  /** By kind of data; what a filter leaves is one list. */
  private async catalogueChildren(): Promise<Node[]> {
    const { items, total, words } = await this.catalogue.shown();
    const count = words === '' ? String(total) : `${items.length} of ${total}`;
    if (count !== this.catalogueCount) {
      this.catalogueCount = count;
      this.changed.fire(groups.catalogue);
    }
    if (words === '') return kindsOfData.map((modality) => ({ kind: 'modality', modality, items: items.filter((item) => item.modality === modality) }));
    if (items.length > 0) return this.catalogueEntries(items);
    const filter: CommandId = 'podium.filterCompetitions';
    return [{ kind: 'reason', item: reasonItem('reason:filter', `Nothing in the catalogue fits: ${words}`, 'filter', { command: filter, title: 'Filter Competitions' }) }];
  }

  private async catalogueEntries(items: readonly CatalogueItem[]): Promise<Node[]> {
    const here = new Set((await this.entries()).map((entry) => entry.id));
    return items.map((item) => ({ kind: 'catalogueEntry', item, here: here.has(item.id.toLowerCase()) }));
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

function groupItem(group: Group, description: string): vscode.TreeItem {
  const item = new vscode.TreeItem(groupLabels[group], group === 'catalogue' ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded);
  item.id = `group:${group}`;
  item.description = description;
  item.contextValue = `group.${group}`;
  return item;
}
