import * as vscode from 'vscode';
import type { Failures } from '../platform/failures';
import type { panelTypes } from '../platform/viewIds';

type PanelType = (typeof panelTypes)[keyof typeof panelTypes];

/** What a panel shows, found again after a reload. */
export interface Restored<P> {
  readonly key: string;
  readonly make: (panel: vscode.WebviewPanel) => P;
  /** Runs once the panel is attached; when it throws, the panel closes. */
  readonly attached?: () => Promise<void>;
}

/**
 * The open panels of one kind, one per key: a run, a competition, a file. Each has a host `P` that lives
 * as long as it does. After a reload VS Code gives the panels back with what their views remembered.
 */
export class PanelSet<P extends vscode.Disposable> implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly open = new Map<string, { readonly panel: vscode.WebviewPanel; readonly host: P }>();
  private readonly serializer: vscode.Disposable;

  /** @param restore undefined or an error: the panel cannot be shown again, and closes */
  constructor(
    private readonly type: PanelType,
    private readonly failures: Failures,
    private readonly restore: (state: unknown) => Promise<Restored<P> | undefined>,
  ) {
    this.serializer = vscode.window.registerWebviewPanelSerializer(type, this);
  }

  get keys(): string[] {
    return [...this.open.keys()];
  }

  get hosts(): P[] {
    return [...this.open.values()].map(({ host }) => host);
  }

  get(key: string): P | undefined {
    return this.open.get(key)?.host;
  }

  /** Whether the person has the panel before them. */
  isVisible(key: string): boolean {
    return this.open.get(key)?.panel.visible ?? false;
  }

  /** Key and host of the panel that has the focus. */
  get front(): readonly [string, P] | undefined {
    const found = [...this.open].find(([, { panel }]) => panel.active);
    return found && [found[0], found[1].host];
  }

  /** The host of an open panel, which comes to the front; undefined when none is open. */
  reveal(key: string): P | undefined {
    const known = this.open.get(key);
    known?.panel.reveal();
    return known?.host;
  }

  create(key: string, title: string, make: (panel: vscode.WebviewPanel) => P, column: Parameters<typeof vscode.window.createWebviewPanel>[2] = vscode.ViewColumn.Active): P {
    return this.attach(vscode.window.createWebviewPanel(this.type, title, column), key, make);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    try {
      const found = await this.restore(state);
      if (!found || this.open.has(found.key)) return panel.dispose();
      this.attach(panel, found.key, found.make);
      await found.attached?.();
    } catch (error) {
      this.failures.record(error, `${this.type}: restore`);
      panel.dispose();
    }
  }

  dispose(): void {
    this.serializer.dispose();
    for (const { panel } of [...this.open.values()]) panel.dispose();
  }

  private attach(panel: vscode.WebviewPanel, key: string, make: (panel: vscode.WebviewPanel) => P): P {
    const host = make(panel);
    this.open.set(key, { panel, host });
    panel.onDidDispose(() => {
      this.open.delete(key);
      host.dispose();
    });
    return host;
  }
}
