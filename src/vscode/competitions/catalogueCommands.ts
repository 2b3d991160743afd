import * as vscode from 'vscode';
import type { CatalogueItem } from '../../core/competition/catalogueSearch';
import type { Way } from '../../core/competition/catalogueWays';
import { benchmarkWords, sizeText } from '../../core/competition/words';
import { CancelledError } from '../../core/errors';
import type { CataloguePage } from '../../protocol/catalogue';
import type { CataloguePages, CataloguePageSource } from '../panels/cataloguePage';
import { commandIds, type CommandId } from '../platform/commandIds';
import type { CommandManager } from '../platform/commandManager';
import type { ContextKeys } from '../platform/contextKeys';
import { HostError } from '../platform/hostError';
import type { CompetitionList, CompetitionNode } from '../views/competitionsTree';
import type { CatalogueSource } from './catalogueSource';

/** How to get a competition: what the button says, and the command behind it, which may be another part's. */
const gettingCommands: Record<Way['from'], { readonly label: string; readonly command: string }> = {
  kaggle: { label: 'Get from Kaggle…', command: 'podium.kaggle.import' },
  'mle-bench': { label: 'Import from MLE-bench…', command: 'podium.importMleBench' },
  'mle-dojo': { label: 'Import from MLE-Dojo…', command: 'podium.importMleDojo' },
  'mlrc-bench': { label: 'Import from MLRC-Bench…', command: 'podium.importMlrcBench' },
};

interface CatalogueCommandContext {
  readonly commands: CommandManager;
  readonly catalogue: CatalogueSource;
  readonly competitions: CompetitionList;
  readonly contextKeys: ContextKeys;
  readonly view: vscode.TreeView<CompetitionNode>;
  readonly row: CompetitionNode;
}

/** Commands on the catalogue (browse, filter, rules) and what its pages show and do. */
export class CatalogueCommands implements CataloguePageSource {
  constructor(private readonly context: CatalogueCommandContext) {}

  register(pages: CataloguePages): void {
    const { commands } = this.context;
    commands.register('podium.browseCatalogue', async (argument) => pages.show((await this.pick(argument)).id));
    commands.register('podium.openRules', async (argument) => this.openRules(await this.pick(argument)));
    commands.register('podium.filterCompetitions', (argument) => this.filter(argument));
    commands.register('podium.clearCompetitionFilter', () => this.setFilter({}));
  }

  async page(id: string): Promise<CataloguePage> {
    const [{ cataloguePage }, catalogue, entries] = await Promise.all([import('../panels/catalogueModel'), this.context.catalogue.read(), this.context.competitions.list()]);
    const here = new Set(entries.filter((entry) => !entry.problem).map((entry) => entry.id));
    const actions = new Map(Object.entries(gettingCommands).flatMap(([from, { label, command }]) => (isContributed(command) ? [[from as Way['from'], label] as const] : [])));
    const page = cataloguePage(catalogue, id, { here, actions });
    if (!page) throw new HostError('no_competition', `The catalogue has no competition "${id}".`, 'Pick one in the Competitions view.');
    return page;
  }

  async act(id: string, action: Parameters<CataloguePageSource['act']>[1]): Promise<void> {
    const podium = (command: CommandId, argument: string) => vscode.commands.executeCommand(command, argument);
    if (action.type === 'openRules') await podium('podium.openRules', id);
    else if (action.type === 'openCompetition') await podium('podium.openCompetition', id.toLowerCase());
    else await vscode.commands.executeCommand(gettingCommands[action.from].command, id);
  }

  /** The competition of a command: its argument, a row of the tree, or a pick among those that the filter lets through. @throws CancelledError */
  private async pick(argument: unknown): Promise<CatalogueItem> {
    const [{ findInCatalogue }, catalogue, { items, words }] = await Promise.all([import('../../core/competition/catalogueSearch'), this.context.catalogue.read(), this.context.catalogue.shown()]);
    const wanted = catalogueArgument(argument);
    if (wanted !== undefined) {
      const found = findInCatalogue(catalogue, wanted);
      if (!found) throw new HostError('no_competition', `The catalogue has no competition "${wanted}".`, 'Pick one in the Competitions view.');
      return found;
    }
    const rows = items.map((item) => ({
      label: item.title,
      description: [item.metricLabel, item.dataBytes === null ? '' : sizeText(item.dataBytes)].filter(Boolean).join(', '),
      detail: [item.host ?? '', item.benchmarks.map((name) => benchmarkWords[name]).join(', ')].filter(Boolean).join(': '),
      item,
    }));
    const picked = await vscode.window.showQuickPick(rows, { title: words === '' ? 'Podium: catalogue' : `Podium: catalogue, ${words}`, placeHolder: 'Pick a competition', matchOnDescription: true, matchOnDetail: true });
    if (!picked) throw new CancelledError();
    return picked.item;
  }

  private async openRules({ rulesUrl, title }: CatalogueItem): Promise<void> {
    if (rulesUrl === null) throw new HostError('no_competition', `${title} has no page with rules.`, 'Its benchmark says how it may be used.');
    await vscode.env.openExternal(vscode.Uri.parse(rulesUrl, true));
  }

  /** From the keyboard or another extension a filter may come as an argument. */
  private async filter(argument: unknown): Promise<void> {
    const { catalogueFilterSchema } = await import('../../core/competition/catalogueSearch');
    const given = catalogueFilterSchema.strict().safeParse(argument);
    if (given.success) return this.setFilter(given.data);
    const { pickCatalogueFilter } = await import('./catalogueFilterPick');
    const filter = await pickCatalogueFilter(await this.context.catalogue.read(), this.context.catalogue.filter);
    if (filter) await this.setFilter(filter);
  }

  private async setFilter(filter: CatalogueSource['filter']): Promise<void> {
    const { catalogue, view, row, contextKeys } = this.context;
    catalogue.setFilter(filter);
    const { items, total, words } = await catalogue.shown();
    view.message = words === '' ? undefined : `Catalogue: ${words} (${items.length} of ${total})`;
    contextKeys.set('podium.catalogueFiltered', words !== '');
    if (words !== '') await view.reveal(row, { expand: true, select: false, focus: false });
  }
}

const isContributed = (command: string): boolean => (commandIds as readonly string[]).includes(command);

/** Id of a competition of the catalogue that a command was given: a row of the tree, an id, or nothing. */
export function catalogueArgument(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null || !('kind' in argument) || argument.kind !== 'catalogueEntry' || !('item' in argument)) return undefined;
  const { item } = argument;
  return typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? item.id : undefined;
}
