import { basename } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { panelProtocolVersion } from '../../protocol/panel';
import { fromSubmissionPageSchema, type FromSubmissionPage, type SubmissionCheck, type ToSubmissionPage } from '../../protocol/submission';
import type { Failures } from '../platform/failures';
import { panelTypes } from '../platform/viewIds';
import { drawPanel } from './html';

/** What is pressed on the page. */
export type SubmissionAction = Exclude<FromSubmissionPage, { type: 'ready' }>;

type Act = (action: SubmissionAction) => Promise<void>;

/** What a restored page remembers. */
const stateSchema = z.object({ path: z.string(), competition: z.string() });

/** Opens, finds and restores the pages that tell what a check found in a submission: one per file. */
export class SubmissionPages implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly open = new Map<string, Page>();
  private readonly serializer: vscode.Disposable;
  /** Checks the file of a restored page again. */
  onRestore: (file: vscode.Uri, competition: string) => Promise<void> = () => Promise.resolve();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly failures: Failures,
  ) {
    this.serializer = vscode.window.registerWebviewPanelSerializer(panelTypes.submission, this);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = stateSchema.safeParse(state);
    if (!parsed.success || this.open.has(parsed.data.path)) return panel.dispose();
    const file = vscode.Uri.file(parsed.data.path);
    this.attach(panel, file);
    try {
      await this.onRestore(file, parsed.data.competition);
    } catch (error) {
      this.failures.record(error, 'submission page: restore');
      panel.dispose();
    }
  }

  /** Shows a check; an open page of the same file is brought to the front and shows this one. */
  show(file: vscode.Uri, check: SubmissionCheck, act: Act): void {
    const page =
      this.open.get(file.fsPath) ??
      this.attach(vscode.window.createWebviewPanel(panelTypes.submission, `Check of ${basename(file.fsPath)}`, vscode.ViewColumn.Active), file);
    page.show(check, act);
    page.reveal();
  }

  /** An open page says that a check is under way. */
  checking(file: vscode.Uri): void {
    this.open.get(file.fsPath)?.checking();
  }

  /** Replaces what an open page shows; false when there is none. */
  update(file: vscode.Uri, check: SubmissionCheck, act: Act): boolean {
    const known = this.open.get(file.fsPath);
    known?.show(check, act);
    return known !== undefined;
  }

  /** The file whose page is in front. */
  get front(): vscode.Uri | undefined {
    const found = [...this.open].find(([, page]) => page.active);
    return found && vscode.Uri.file(found[0]);
  }

  dispose(): void {
    this.serializer.dispose();
    for (const page of this.open.values()) page.close();
  }

  private attach(panel: vscode.WebviewPanel, file: vscode.Uri): Page {
    const page = new Page(panel, this.extensionUri, this.failures);
    this.open.set(file.fsPath, page);
    panel.onDidDispose(() => this.open.delete(file.fsPath));
    return page;
  }
}

class Page {
  private ready = false;
  private shown: { readonly check: SubmissionCheck; readonly act: Act } | undefined;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly failures: Failures,
  ) {
    const subscriptions = [
      panel.webview.onDidReceiveMessage((raw: unknown) => this.receive(raw)),
      panel.onDidChangeViewState(() => {
        // Hidden documents are torn down; the new one says `ready`.
        if (!panel.visible) this.ready = false;
      }),
    ];
    panel.onDidDispose(() => subscriptions.forEach((subscription) => subscription.dispose()));
    drawPanel(panel, extensionUri, 'submissionPage');
  }

  get active(): boolean {
    return this.panel.active;
  }

  reveal(): void {
    this.panel.reveal();
  }

  show(check: SubmissionCheck, act: Act): void {
    this.shown = { check, act };
    this.send();
  }

  checking(): void {
    this.post({ type: 'checking' });
  }

  close(): void {
    this.panel.dispose();
  }

  private receive(raw: unknown): void {
    const parsed = fromSubmissionPageSchema.safeParse(raw);
    if (!parsed.success) {
      this.failures.record(parsed.error, 'submission page sent a message that does not fit');
      return;
    }
    if (parsed.data.type === 'ready') {
      this.ready = true;
      return this.send();
    }
    this.shown?.act(parsed.data).catch((error: unknown) => {
      // A check that was announced and did not come about: what was known stays.
      this.send();
      this.failures.show(error, `submission page: ${parsed.data.type}`);
    });
  }

  private send(): void {
    this.post(this.shown ? { type: 'check', version: panelProtocolVersion, check: this.shown.check } : { type: 'checking' });
  }

  private post(message: ToSubmissionPage): void {
    if (this.ready) void this.panel.webview.postMessage(message);
  }
}
