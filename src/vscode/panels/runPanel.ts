import * as vscode from 'vscode';
import * as z from 'zod';
import { fromRunPanelSchema, panelProtocolVersion, type FromRunPanel, type ToRunPanel } from '../../protocol/panel';
import type { CommandId } from '../platform/commandIds';
import type { Failures } from '../platform/failures';
import { panelTypes } from '../platform/viewIds';
import type { Absences } from '../runs/absences';
import type { RunHandle, RunSource } from '../runs/runHandle';
import { readAttempt } from './attemptFiles';
import { drawPanel } from './html';
import { RunPanelFeed } from './runPanelFeed';

/** Panel messages a second at most. */
const flushMs = 100;

type PanelCommand = Extract<FromRunPanel, { type: 'command' }>['command'];
const commandOf: Record<PanelCommand, CommandId> = {
  pause: 'podium.pauseRun',
  resume: 'podium.resumeRun',
  stop: 'podium.stopRun',
  instruct: 'podium.instruct',
  openBench: 'podium.openNotebook',
  showLog: 'podium.showLog',
  newRun: 'podium.newRun',
  openSubmission: 'podium.openSubmission',
  reviewEdits: 'podium.reviewEdits',
  attachAgain: 'podium.attachAgain',
  resumeFromJournal: 'podium.resumeFromJournal',
  giveModelKey: 'podium.giveModelKey',
  more: 'podium.runActions',
  allowOnce: 'podium.allowOnce',
  allowForRun: 'podium.allowForRun',
  refuseApproval: 'podium.refuseApproval',
  refit: 'podium.kaggle.refit',
  stopRefit: 'podium.kaggle.stop',
};

/** What a restored panel remembers: which run it shows. Anything else in it is the view's own. */
const stateSchema = z.object({ runId: z.string() });

/** Opens, finds and restores run panels: one per run. */
export class RunPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly open = new Map<string, RunPanel>();
  private readonly serializer: vscode.Disposable;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly runs: RunSource,
    private readonly ready: () => Promise<void>,
    private readonly absences: Absences,
    private readonly failures: Failures,
  ) {
    this.serializer = vscode.window.registerWebviewPanelSerializer(panelTypes.run, this);
  }

  /** `beside`: next to the editor that the person works in, which keeps the focus. */
  show(run: RunHandle, { beside = false } = {}): void {
    const known = this.open.get(run.runId);
    if (known) return known.reveal();
    const title = `Run ${run.view.number}`;
    this.attach(vscode.window.createWebviewPanel(panelTypes.run, title, beside ? { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true } : vscode.ViewColumn.Active), run);
  }

  /** After a reload. The run is found in the workspace again; without it the panel says so and closes. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = stateSchema.safeParse(state);
    await this.ready();
    const run = parsed.success ? this.runs.get(parsed.data.runId) : undefined;
    if (!run || this.open.has(run.runId)) return panel.dispose();
    this.attach(panel, run);
  }

  /** Runs whose panel is open. */
  get shownRuns(): string[] {
    return [...this.open.keys()];
  }

  /** Whether the person has the panel of a run before them. */
  isVisible(runId: string): boolean {
    return this.open.get(runId)?.isVisible ?? false;
  }

  dispose(): void {
    this.serializer.dispose();
    for (const panel of this.open.values()) panel.dispose();
  }

  private attach(panel: vscode.WebviewPanel, run: RunHandle): void {
    const shown = new RunPanel(panel, run, this.extensionUri, this.absences, this.failures);
    this.open.set(run.runId, shown);
    panel.onDidDispose(() => {
      this.open.delete(run.runId);
      shown.dispose();
    });
  }
}

/** The host's side of one panel: snapshot when the view is ready or seen again, increments between. */
class RunPanel implements vscode.Disposable {
  private readonly feed = new RunPanelFeed();
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private ready = false;
  private connection = '';
  private output = '';
  private outputAttempt: number | null = null;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly run: RunHandle,
    extensionUri: vscode.Uri,
    private readonly absences: Absences,
    private readonly failures: Failures,
  ) {
    this.subscriptions = [
      panel.webview.onDidReceiveMessage((raw: unknown) => this.receive(raw)),
      panel.onDidChangeViewState(() => this.visibilityChanged()),
      run.onDidChange(() => this.schedule()),
      run.onOutput(({ attempt, text }) => this.addOutput(attempt, text)),
      run.onStats((stats) => this.post({ type: 'stats', ...stats })),
      absences.onDidChange((runId) => {
        if (runId === run.runId) this.sendAway();
      }),
    ];
    drawPanel(panel, extensionUri, 'runPanel');
  }

  get isVisible(): boolean {
    return this.panel.visible;
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    if (this.timer) clearTimeout(this.timer);
    this.ready = false;
    for (const subscription of this.subscriptions) subscription.dispose();
    this.panel.dispose();
  }

  private receive(raw: unknown): void {
    const parsed = fromRunPanelSchema.safeParse(raw);
    if (!parsed.success) {
      this.failures.record(parsed.error, 'run panel sent a message that does not fit');
      return;
    }
    const message = parsed.data;
    if (message.type === 'ready' && message.version !== panelProtocolVersion) {
      // A view of another version is left over from an update: load this version's.
      this.failures.record(new Error(`panel protocol ${message.version}, expected ${panelProtocolVersion}`), 'run panel');
    }
    switch (message.type) {
      case 'ready':
      case 'resync':
        this.ready = true;
        return this.snapshot();
      case 'dismissAway':
        return this.absences.dismiss(this.run.runId);
      case 'command':
        return void vscode.commands.executeCommand(commandOf[message.command], message.question === undefined ? this.run.runId : { runId: this.run.runId, question: message.question });
      case 'openAttempt': {
        const command: CommandId = 'podium.openAttempt';
        return void vscode.commands.executeCommand(command, { runId: this.run.runId, attempt: message.id, path: message.path, line: message.line });
      }
      case 'instruct':
        this.run.instruct(message.text).catch((error: unknown) => this.failures.show(error, 'run panel: instruct'));
        return;
      case 'readAttempt':
        readAttempt(this.run, message.id).then(
          (answer) => this.post(answer),
          (error: unknown) => this.failures.show(error, 'run panel: read attempt'),
        );
    }
  }

  /** Hidden: everything is dropped. Seen again: one snapshot. */
  private visibilityChanged(): void {
    if (!this.panel.visible) {
      // Hidden documents are torn down; the new one says `ready`.
      this.ready = false;
      this.output = '';
    } else if (this.ready) this.snapshot();
  }

  private snapshot(): void {
    this.post(this.feed.snapshot(this.run.view));
    this.connection = '';
    this.sendConnection();
    this.sendAway();
  }

  private sendAway(): void {
    const absence = this.absences.of(this.run.runId);
    if (absence) this.post({ type: 'away', ...absence });
  }

  private schedule(): void {
    if (this.timer || !this.ready) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, flushMs);
  }

  private flush(): void {
    if (!this.ready || !this.panel.visible) return;
    const increment = this.feed.increment(this.run.view);
    if (increment) this.post(increment);
    this.sendConnection();
    if (this.output) {
      this.post({ type: 'output', attempt: this.outputAttempt, text: this.output });
      this.output = '';
    }
  }

  private sendConnection(): void {
    const { connection, view } = this.run;
    const state = connection === 'idle' ? 'ended' : connection;
    if (state === this.connection) return;
    this.connection = state;
    this.post({ type: 'connection', state, since: view.elapsed });
  }

  /** Output waits for the next flush, its newest 16,000 characters at most. */
  private addOutput(attempt: number | null, text: string): void {
    if (!this.ready || !this.panel.visible) return;
    this.output = (attempt === this.outputAttempt ? this.output + text : text).slice(-16_000);
    this.outputAttempt = attempt;
    this.schedule();
  }

  private post(message: ToRunPanel): void {
    if (this.ready && this.panel.visible) void this.panel.webview.postMessage(message);
  }
}
