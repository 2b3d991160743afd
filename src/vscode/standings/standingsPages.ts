import type * as vscode from 'vscode';
import * as z from 'zod';
import { panelProtocolVersion } from '../../protocol/panel';
import { fromStandingsPageSchema, type FromStandingsPage, type Include, type Standings, type ToStandingsPage } from '../../protocol/standings';
import { PanelLink } from '../panels/panelLink';
import { PanelSet } from '../panels/panelSet';
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
export class StandingsPages implements vscode.Disposable {
  private readonly panels: PanelSet<StandingsPage>;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly source: StandingsSource,
    private readonly failures: Failures,
  ) {
    this.panels = new PanelSet(panelTypes.standings, failures, (state) => {
      const known = stateSchema.safeParse(state).data;
      return Promise.resolve(known && { key: known.competition, make: this.make(known.competition, known.runs === '' ? null : known.runs.split(' ')) });
    });
  }

  /** An open page of the competition is brought to the front and compares these runs from now on. */
  show(competition: { readonly id: string; readonly title: string }, chosen: readonly string[] | null): void {
    const known = this.panels.reveal(competition.id);
    if (known) known.choose(chosen);
    else this.panels.create(competition.id, `Standings, ${competition.title}`, this.make(competition.id, chosen));
  }

  /** The page in front, else the only one that is open. */
  get front(): StandingsPage | undefined {
    const [only, ...others] = this.panels.hosts;
    return this.panels.front?.[1] ?? (others.length === 0 ? only : undefined);
  }

  /** What an open page shows. */
  shown(competition: string): Standings | undefined {
    return this.panels.get(competition)?.shown;
  }

  dispose(): void {
    this.panels.dispose();
  }

  private make(competition: string, chosen: readonly string[] | null): (panel: vscode.WebviewPanel) => StandingsPage {
    return (panel) => new StandingsPage(panel, competition, chosen, this.source, this.extensionUri, this.failures);
  }
}

export class StandingsPage implements vscode.Disposable {
  private readonly link: PanelLink<FromStandingsPage, ToStandingsPage>;
  private readonly subscription: vscode.Disposable;
  private latest: Standings | undefined;
  /** Counts requests: an answer that a newer request has overtaken is dropped. */
  private asked = 0;
  include = none;

  constructor(
    panel: vscode.WebviewPanel,
    readonly competition: string,
    public chosen: readonly string[] | null,
    private readonly source: StandingsSource,
    extensionUri: vscode.Uri,
    private readonly failures: Failures,
  ) {
    this.link = new PanelLink(panel, { extensionUri, bundle: 'standingsPage', schema: fromStandingsPageSchema, failures, name: 'standings page', receive: (message) => this.receive(message) });
    this.subscription = source.onDidChange(() => this.refresh());
  }

  get shown(): Standings | undefined {
    return this.latest;
  }

  dispose(): void {
    this.link.dispose();
    this.subscription.dispose();
  }

  choose(chosen: readonly string[] | null): void {
    this.chosen = chosen;
    this.refresh();
  }

  private receive(message: FromStandingsPage): void {
    if (message.type === 'ready' || message.type === 'include') {
      this.include = message.include;
      return this.refresh();
    }
    this.source.act(message, this).catch((error: unknown) => this.failures.show(error, `standings page: ${message.type}`));
  }

  private refresh(): void {
    if (this.link.isReady) this.update().catch((error: unknown) => this.failures.show(error, 'standings page'));
  }

  private async update(): Promise<void> {
    const asked = (this.asked += 1);
    const standings = await this.source.standings(this.competition, this.chosen, this.include);
    if (asked !== this.asked || !this.link.isReady) return;
    this.latest = standings;
    this.link.post({ type: 'standings', version: panelProtocolVersion, standings });
  }
}
