import * as vscode from 'vscode';
import * as z from 'zod';
import { fromCompetitionPageSchema, panelProtocolVersion, type CompetitionPage, type FromCompetitionPage, type ToCompetitionPage } from '../../protocol/panel';
import type { CommandId } from '../platform/commandIds';
import type { Failures } from '../platform/failures';
import { panelTypes } from '../platform/viewIds';
import { drawPanel } from './html';

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
export class CompetitionPages implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly open = new Map<string, Page>();
  private readonly serializer: vscode.Disposable;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly source: CompetitionPageSource,
    private readonly failures: Failures,
  ) {
    this.serializer = vscode.window.registerWebviewPanelSerializer(panelTypes.competition, this);
  }

  async show(id: string): Promise<void> {
    const known = this.open.get(id);
    if (known) return known.reveal();
    const page = await this.source.page(id);
    this.attach(vscode.window.createWebviewPanel(panelTypes.competition, page.title, vscode.ViewColumn.Active), id, page);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = stateSchema.safeParse(state);
    if (!parsed.success || this.open.has(parsed.data.competition)) return panel.dispose();
    try {
      const page = await this.source.page(parsed.data.competition);
      this.attach(panel, parsed.data.competition, page);
    } catch (error) {
      this.failures.record(error, 'competition page: restore');
      panel.dispose();
    }
  }

  /** Competitions whose page is open. */
  get shown(): string[] {
    return [...this.open.keys()];
  }

  dispose(): void {
    this.serializer.dispose();
    for (const page of this.open.values()) page.dispose();
  }

  private attach(panel: vscode.WebviewPanel, id: string, first: CompetitionPage): void {
    const page = new Page(panel, id, first, this.source, this.extensionUri, this.failures);
    this.open.set(id, page);
    panel.onDidDispose(() => {
      this.open.delete(id);
      page.dispose();
    });
  }
}

class Page implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  private ready = false;
  private last: string;
  private health: CompetitionPage['health'];
  private checking = false;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly id: string,
    private content: CompetitionPage,
    private readonly source: CompetitionPageSource,
    extensionUri: vscode.Uri,
    private readonly failures: Failures,
  ) {
    this.last = JSON.stringify(content);
    this.subscriptions = [
      panel.webview.onDidReceiveMessage((raw: unknown) => this.receive(raw)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.ready = false;
        else void this.update();
      }),
      source.onDidChange(() => {
        if (panel.visible) void this.update();
      }),
    ];
    drawPanel(panel, extensionUri, 'competitionPage');
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    this.ready = false;
    for (const subscription of this.subscriptions) subscription.dispose();
    this.panel.dispose();
  }

  private receive(raw: unknown): void {
    const parsed = fromCompetitionPageSchema.safeParse(raw);
    if (!parsed.success) {
      this.failures.record(parsed.error, 'competition page sent a message that does not fit');
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'ready':
        this.ready = true;
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
    const message: ToCompetitionPage = { type: 'page', version: panelProtocolVersion, page };
    if (this.ready) void this.panel.webview.postMessage(message);
  }
}
