import * as vscode from 'vscode';
import * as z from 'zod';
import { fromCompetitionPageSchema, panelProtocolVersion, type CompetitionPage, type FromCompetitionPage, type ToCompetitionPage } from '../../protocol/panel';
import type { CommandId } from '../platform/commandIds';
import type { Failures } from '../platform/failures';
import { panelTypes } from '../platform/viewIds';
import { PanelLink } from './panelLink';
import { PanelSet } from './panelSet';

/** What the page needs: its content, and what happens when something on it is pressed. */
export interface CompetitionPageSource {
  /** Throws when the competition cannot be read. */
  page(id: string): Promise<CompetitionPage>;
  /** Checks of the competition's data, which may take a second; the same object once they are known. */
  health(id: string): Promise<NonNullable<CompetitionPage['health']>>;
  /** Scores, settings or trust changed. */
  readonly onDidChange: vscode.Event<void>;
  /** Absolute path of a data file of the competition; throws when it is none. */
  dataFile(id: string, path: string): Promise<vscode.Uri>;
  choose(key: Extract<FromCompetitionPage, { type: 'choose' }>['key']): Promise<void>;
}

const stateSchema = z.object({ competition: z.string() }).or(z.object({ id: z.string() }).transform(({ id }) => ({ competition: id })));

type PageCommand = Extract<FromCompetitionPage, { type: 'command' }>['command'];

/** Opens, finds and restores competition pages: one per competition. */
export class CompetitionPages implements vscode.Disposable {
  private readonly panels: PanelSet<Page>;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly source: CompetitionPageSource,
    private readonly failures: Failures,
  ) {
    this.panels = new PanelSet(panelTypes.competition, failures, async (state) => {
      const id = stateSchema.safeParse(state).data?.competition;
      return id === undefined ? undefined : { key: id, make: this.make(id, await source.page(id)) };
    });
  }

  async show(id: string): Promise<void> {
    if (this.panels.reveal(id)) return;
    const page = await this.source.page(id);
    this.panels.create(id, page.title, this.make(id, page));
  }

  /** Competitions whose page is open. */
  get shown(): string[] {
    return this.panels.keys;
  }

  dispose(): void {
    this.panels.dispose();
  }

  private make(id: string, first: CompetitionPage): (panel: vscode.WebviewPanel) => Page {
    return (panel) => new Page(panel, id, first, this.source, this.extensionUri, this.failures);
  }
}

class Page implements vscode.Disposable {
  private readonly link: PanelLink<FromCompetitionPage, ToCompetitionPage>;
  private readonly subscriptions: vscode.Disposable[];
  private last: string;
  private health: CompetitionPage['health'];
  private checking = false;

  constructor(
    panel: vscode.WebviewPanel,
    private readonly id: string,
    private content: CompetitionPage,
    private readonly source: CompetitionPageSource,
    extensionUri: vscode.Uri,
    private readonly failures: Failures,
  ) {
    this.last = JSON.stringify(content);
    this.link = new PanelLink(panel, { extensionUri, bundle: 'competitionPage', schema: fromCompetitionPageSchema, failures, name: 'competition page', receive: (message) => this.receive(message) });
    const updateIfSeen = () => {
      if (panel.visible) void this.update();
    };
    this.subscriptions = [this.link, panel.onDidChangeViewState(updateIfSeen), source.onDidChange(updateIfSeen)];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private receive(message: FromCompetitionPage): void {
    switch (message.type) {
      case 'ready':
        this.send();
        return this.check();
      case 'choose':
        this.source.choose(message.key).catch((error: unknown) => this.failures.show(error, 'competition page: choose'));
        return;
      case 'openFile':
        this.openFile(message.path).catch((error: unknown) => this.failures.show(error, 'competition page: open file'));
        return;
      case 'command':
        this.command(message.command).catch((error: unknown) => this.failures.show(error, `competition page: ${message.command}`));
    }
  }

  private async command(name: PageCommand): Promise<void> {
    const podium = (id: CommandId) => vscode.commands.executeCommand(id, this.id);
    switch (name) {
      case 'startAgent':
        return void (await podium('podium.startWithAgent'));
      case 'startAlone':
        return void (await podium('podium.startAlone'));
      case 'startMenu':
        return void (await podium('podium.newRun'));
      case 'openDataFolder': {
        const [first] = this.content.files;
        if (first) await vscode.commands.executeCommand('revealInExplorer', await this.source.dataFile(this.id, first.path));
        return;
      }
      case 'openSource':
        if (this.content.source.url !== undefined) await vscode.env.openExternal(vscode.Uri.parse(this.content.source.url, true));
        return;
      case 'trust':
        return void (await vscode.commands.executeCommand('workbench.trust.manage'));
      case 'openFolder':
        return void (await vscode.commands.executeCommand('vscode.openFolder'));
      case 'showBoard':
        // The page unfolds its own board; there is nothing to do on this side.
        return;
    }
  }

  private async openFile(path: string): Promise<void> {
    await vscode.commands.executeCommand('vscode.open', await this.source.dataFile(this.id, path), { preview: true });
  }

  private async update(): Promise<void> {
    try {
      this.content = await this.source.page(this.id);
    } catch (error) {
      // The page keeps what it shows.
      this.failures.record(error, 'competition page: update');
      return;
    }
    const text = JSON.stringify(this.content);
    if (text !== this.last) {
      this.last = text;
      this.send();
    }
    this.check();
  }

  /** The page is drawn first; what the checks find follows. */
  private check(): void {
    if (this.checking) return;
    this.checking = true;
    this.source
      .health(this.id)
      .then(
        (health) => {
          if (health === this.health) return;
          this.health = health;
          this.send();
        },
        (error: unknown) => this.failures.record(error, 'competition page: health'),
      )
      .finally(() => (this.checking = false));
  }

  private send(): void {
    const page = this.health ? { ...this.content, health: this.health } : this.content;
    this.link.post({ type: 'page', version: panelProtocolVersion, page });
  }
}
