import type * as vscode from 'vscode';
import * as z from 'zod';
import { fromCataloguePageSchema, type CataloguePage, type FromCataloguePage, type ToCataloguePage } from '../../protocol/catalogue';
import { panelProtocolVersion } from '../../protocol/panel';
import type { Failures } from '../platform/failures';
import { panelTypes } from '../platform/viewIds';
import { PanelLink } from './panelLink';
import { PanelSet } from './panelSet';

/** What the pages need: their content, and what happens when something on one is pressed. */
export interface CataloguePageSource {
  /** Throws when the catalogue has no such competition. */
  page(id: string): Promise<CataloguePage>;
  act(id: string, action: Exclude<FromCataloguePage, { type: 'ready' }>): Promise<void>;
}

const stateSchema = z.object({ catalogue: z.string() });

/** Opens, finds and restores pages of competitions that can be had: one per competition. */
export class CataloguePages implements vscode.Disposable {
  private readonly panels: PanelSet<Page>;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly source: CataloguePageSource,
    private readonly failures: Failures,
  ) {
    this.panels = new PanelSet(panelTypes.catalogue, failures, (state) => {
      const id = stateSchema.safeParse(state).data?.catalogue;
      return Promise.resolve(id === undefined ? undefined : { key: id, make: (panel) => this.make(panel, id) });
    });
  }

  async show(id: string): Promise<void> {
    if (this.panels.reveal(id)) return;
    const { title } = await this.source.page(id);
    this.panels.create(id, title, (panel) => this.make(panel, id));
  }

  /** Competitions came or went: what pages say of them is told again. */
  refresh(): void {
    for (const page of this.panels.hosts) page.send();
  }

  /** Competitions whose page is open. */
  get shown(): string[] {
    return this.panels.keys;
  }

  dispose(): void {
    this.panels.dispose();
  }

  private make(panel: vscode.WebviewPanel, id: string): Page {
    return new Page(panel, id, this.source, this.extensionUri, this.failures);
  }
}

class Page implements vscode.Disposable {
  private readonly link: PanelLink<FromCataloguePage, ToCataloguePage>;

  constructor(
    panel: vscode.WebviewPanel,
    private readonly id: string,
    private readonly source: CataloguePageSource,
    extensionUri: vscode.Uri,
    private readonly failures: Failures,
  ) {
    this.link = new PanelLink(panel, { extensionUri, bundle: 'cataloguePage', schema: fromCataloguePageSchema, failures, name: 'catalogue page', receive: (message) => this.receive(message) });
  }

  send(): void {
    if (!this.link.isReady) return;
    this.source.page(this.id).then(
      (page) => this.link.post({ type: 'page', version: panelProtocolVersion, page }),
      (error: unknown) => this.failures.record(error, 'catalogue page: read'),
    );
  }

  dispose(): void {
    this.link.dispose();
  }

  private receive(message: FromCataloguePage): void {
    if (message.type === 'ready') return this.send();
    this.source.act(this.id, message).catch((error: unknown) => this.failures.show(error, `catalogue page: ${message.type}`));
  }
}
