import { basename } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { panelProtocolVersion } from '../../protocol/panel';
import { fromSubmissionPageSchema, type FromSubmissionPage, type SubmissionCheck, type ToSubmissionPage } from '../../protocol/submission';
import type { Failures } from '../platform/failures';
import { panelTypes } from '../platform/viewIds';
import { PanelLink } from './panelLink';
import { PanelSet } from './panelSet';

/** What is pressed on the page. */
export type SubmissionAction = Exclude<FromSubmissionPage, { type: 'ready' }>;

type Act = (action: SubmissionAction) => Promise<void>;

/** What a restored page remembers. */
const stateSchema = z.object({ path: z.string(), competition: z.string() });

/** Opens, finds and restores the pages that tell what a check found in a submission: one per file. */
export class SubmissionPages implements vscode.Disposable {
  private readonly panels: PanelSet<Page>;
  /** Checks the file of a restored page again. */
  onRestore: (file: vscode.Uri, competition: string) => Promise<void> = () => Promise.resolve();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly failures: Failures,
  ) {
    this.panels = new PanelSet(panelTypes.submission, failures, (state) => {
      const known = stateSchema.safeParse(state).data;
      const file = known && vscode.Uri.file(known.path);
      return Promise.resolve(file && { key: file.fsPath, make: this.make, attached: () => this.onRestore(file, known.competition) });
    });
  }

  /** Shows a check; an open page of the same file is brought to the front and shows this one. */
  show(file: vscode.Uri, check: SubmissionCheck, act: Act): void {
    const page = this.panels.reveal(file.fsPath) ?? this.panels.create(file.fsPath, `Check of ${basename(file.fsPath)}`, this.make);
    page.show(check, act);
  }

  /** An open page says that a check is under way. */
  checking(file: vscode.Uri): void {
    this.panels.get(file.fsPath)?.checking();
  }

  /** Replaces what an open page shows; false when there is none. */
  update(file: vscode.Uri, check: SubmissionCheck, act: Act): boolean {
    const known = this.panels.get(file.fsPath);
    known?.show(check, act);
    return known !== undefined;
  }

  /** The file whose page is in front. */
  get front(): vscode.Uri | undefined {
    const [path] = this.panels.front ?? [];
    return path === undefined ? undefined : vscode.Uri.file(path);
  }

  dispose(): void {
    this.panels.dispose();
  }

  private readonly make = (panel: vscode.WebviewPanel): Page => new Page(panel, this.extensionUri, this.failures);
}

class Page implements vscode.Disposable {
  private readonly link: PanelLink<FromSubmissionPage, ToSubmissionPage>;
  private shown: { readonly check: SubmissionCheck; readonly act: Act } | undefined;

  constructor(
    panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly failures: Failures,
  ) {
    this.link = new PanelLink(panel, { extensionUri, bundle: 'submissionPage', schema: fromSubmissionPageSchema, failures, name: 'submission page', receive: (message) => this.receive(message) });
  }

  show(check: SubmissionCheck, act: Act): void {
    this.shown = { check, act };
    this.send();
  }

  checking(): void {
    this.link.post({ type: 'checking' });
  }

  dispose(): void {
    this.link.dispose();
  }

  private receive(message: FromSubmissionPage): void {
    if (message.type === 'ready') return this.send();
    this.shown?.act(message).catch((error: unknown) => {
      // A check that was announced and did not come about: what was known stays.
      this.send();
      this.failures.show(error, `submission page: ${message.type}`);
    });
  }

  private send(): void {
    this.link.post(this.shown ? { type: 'check', version: panelProtocolVersion, check: this.shown.check } : { type: 'checking' });
  }
}
