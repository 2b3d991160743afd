import * as vscode from 'vscode';
import * as z from 'zod';
import { fromCataloguePageSchema, type CataloguePage, type FromCataloguePage, type ToCataloguePage } from '../../protocol/catalogue';
import { panelProtocolVersion } from '../../protocol/panel';
import type { Failures } from '../platform/failures';
import { panelTypes } from '../platform/viewIds';
import { drawPanel } from './html';

/** What the pages need: their content, and what happens when something on one is pressed. */
export interface CataloguePageSource {
  /** Throws when the catalogue has no such competition. */
  page(id: string): Promise<CataloguePage>;
  act(id: string, action: Exclude<FromCataloguePage, { type: 'ready' }>): Promise<void>;
}

const stateSchema = z.object({ catalogue: z.string() });

/** Opens, finds and restores pages of competitions that can be had: one per competition. */
export class CataloguePages implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly open = new Map<string, { readonly panel: vscode.WebviewPanel; readonly send: () => Promise<void> }>();
  private readonly serializer: vscode.Disposable;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly source: CataloguePageSource,
    private readonly failures: Failures,
  ) {
    this.serializer = vscode.window.registerWebviewPanelSerializer(panelTypes.catalogue, this);
  }

  async show(id: string): Promise<void> {
    const known = this.open.get(id);
    if (known) return known.panel.reveal();
    const { title } = await this.source.page(id);
    this.attach(vscode.window.createWebviewPanel(panelTypes.catalogue, title, vscode.ViewColumn.Active), id);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = stateSchema.safeParse(state);
    if (!parsed.success || this.open.has(parsed.data.catalogue)) panel.dispose();
    else {
      this.attach(panel, parsed.data.catalogue);
    }
    return Promise.resolve();
  }

  /** Competitions came or went: what pages say of them is told again. */
  refresh(): void {
    for (const { panel, send } of this.open.values()) if (panel.visible) void send();
  }

  /** Competitions whose page is open. */
  get shown(): string[] {
    return [...this.open.keys()];
  }

  dispose(): void {
    this.serializer.dispose();
    for (const { panel } of this.open.values()) panel.dispose();
  }

  private attach(panel: vscode.WebviewPanel, id: string): void {
    const send = async (): Promise<void> => {
      try {
        const message: ToCataloguePage = { type: 'page', version: panelProtocolVersion, page: await this.source.page(id) };
        await panel.webview.postMessage(message);
      } catch (error) {
        this.failures.record(error, 'catalogue page: read');
      }
    };
    this.open.set(id, { panel, send });
    const subscription = panel.webview.onDidReceiveMessage((raw: unknown) => {
      const parsed = fromCataloguePageSchema.safeParse(raw);
      if (!parsed.success) return this.failures.record(parsed.error, 'catalogue page sent a message that does not fit');
      const message = parsed.data;
      if (message.type === 'ready') void send();
      else this.source.act(id, message).catch((error: unknown) => this.failures.show(error, `catalogue page: ${message.type}`));
    });
    panel.onDidDispose(() => {
      this.open.delete(id);
      subscription.dispose();
    });
    drawPanel(panel, this.extensionUri, 'cataloguePage');
  }
}
