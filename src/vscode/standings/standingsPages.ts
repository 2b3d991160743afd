import * as vscode from 'vscode';
import * as z from 'zod';
import { panelProtocolVersion } from '../../protocol/panel';
import { fromStandingsPageSchema, type FromStandingsPage, type Include, type Standings, type ToStandingsPage } from '../../protocol/standings';
import { drawPanel } from '../panels/html';
import type { Failures } from '../platform/failures';
import { panelTypes } from '../platform/viewIds';

/** What the page needs: its content, and what happens when something on it is pressed. */
export interface StandingsSource {
  /** @param chosen ids of runs; null: every run of the competition */
  standings(competition: string, chosen: readonly string[] | null, include: Include): Promise<Standings>;
  /** Runs came, ended or went. */
  readonly onDidChange: vscode.Event<void>;
  act(message: Exclude<FromStandingsPage, { type: 'ready' | 'include' }>, page: StandingsPage): Promise<void>;
}

/** What a restored page remembers; no runs: every run of the competition. */
const stateSchema = z.object({ competition: z.string(), runs: z.string() });
const none: Include = { unisolated: false, selfScored: false };

/** Opens, finds and restores the pages that compare runs: one per competition. */
export class StandingsPages implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly open = new Map<string, StandingsPage>();
  private readonly serializer: vscode.Disposable;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly source: StandingsSource,
    private readonly failures: Failures,
  ) {
    this.serializer = vscode.window.registerWebviewPanelSerializer(panelTypes.standings, this);
  }

  /** An open page of the competition is brought to the front and compares these runs from now on. */
  show(competition: { readonly id: string; readonly title: string }, chosen: readonly string[] | null): void {
    const known = this.open.get(competition.id);
    if (known) {
      known.choose(chosen);
      return known.reveal();
    }
    this.attach(vscode.window.createWebviewPanel(panelTypes.standings, `Standings, ${competition.title}`, vscode.ViewColumn.Active), competition.id, chosen);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = stateSchema.safeParse(state);
    if (parsed.success && !this.open.has(parsed.data.competition)) {
      this.attach(panel, parsed.data.competition, parsed.data.runs === '' ? null : parsed.data.runs.split(' '));
    } else panel.dispose();
    return Promise.resolve();
  }

  /** The page in front, else the only one that is open. */
  get front(): StandingsPage | undefined {
    const pages = [...this.open.values()];
    return pages.find((page) => page.active) ?? (pages.length === 1 ? pages[0] : undefined);
  }

  /** What an open page shows. */
  shown(competition: string): Standings | undefined {
    return this.open.get(competition)?.shown;
  }

  dispose(): void {
    this.serializer.dispose();
    for (const page of [...this.open.values()]) page.close();
  }

  private attach(panel: vscode.WebviewPanel, competition: string, chosen: readonly string[] | null): void {
    this.open.set(competition, new StandingsPage(panel, competition, chosen, this.source, this.extensionUri, this.failures));
    panel.onDidDispose(() => this.open.delete(competition));
  }
}

export class StandingsPage {
  private ready = false;
  private latest: Standings | undefined;
  /** Counts requests: an answer that a newer request has overtaken is dropped. */
  private asked = 0;
  include = none;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    readonly competition: string,
    public chosen: readonly string[] | null,
    private readonly source: StandingsSource,
    extensionUri: vscode.Uri,
    private readonly failures: Failures,
  ) {
    const subscriptions = [
      panel.webview.onDidReceiveMessage((raw: unknown) => this.receive(raw)),
      panel.onDidChangeViewState(() => {
        // Hidden documents are torn down; the new one says `ready`.
        if (!panel.visible) this.ready = false;
      }),
      source.onDidChange(() => this.refresh()),
    ];
    panel.onDidDispose(() => subscriptions.forEach((subscription) => subscription.dispose()));
    drawPanel(panel, extensionUri, 'standingsPage');
  }

  get active(): boolean {
    return this.panel.active;
  }

  get shown(): Standings | undefined {
    return this.latest;
  }

  reveal(): void {
    this.panel.reveal();
  }

  close(): void {
    this.panel.dispose();
  }

  choose(chosen: readonly string[] | null): void {
    this.chosen = chosen;
    this.refresh();
  }

  private receive(raw: unknown): void {
    const parsed = fromStandingsPageSchema.safeParse(raw);
    if (!parsed.success) {
      this.failures.record(parsed.error, 'standings page sent a message that does not fit');
      return;
    }
    const message = parsed.data;
    if (message.type === 'ready' || message.type === 'include') {
      if (message.type === 'ready') this.ready = true;
      this.include = message.include;
      return this.refresh();
    }
    this.source.act(message, this).catch((error: unknown) => this.failures.show(error, `standings page: ${message.type}`));
  }

  private refresh(): void {
    if (this.ready) this.update().catch((error: unknown) => this.failures.show(error, 'standings page'));
  }

  private async update(): Promise<void> {
    const asked = (this.asked += 1);
    const standings = await this.source.standings(this.competition, this.chosen, this.include);
    if (asked !== this.asked || !this.ready) return;
    this.latest = standings;
    await this.panel.webview.postMessage({ type: 'standings', version: panelProtocolVersion, standings } satisfies ToStandingsPage);
  }
}
