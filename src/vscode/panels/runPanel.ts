import * as vscode from 'vscode';
import * as z from 'zod';
import { fromRunPanelSchema, panelProtocolVersion, type FromRunPanel, type ToRunPanel } from '../../protocol/panel';
import type { CommandId } from '../platform/commandIds';
import type { Failures } from '../platform/failures';
import { panelTypes } from '../platform/viewIds';
import type { Absences } from '../runs/absences';
import type { RunHandle, RunSource } from '../runs/runHandle';
import { readAttempt } from './attemptFiles';
import { PanelLink } from './panelLink';
import { PanelSet } from './panelSet';
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
export class RunPanels implements vscode.Disposable {
  private readonly panels: PanelSet<RunPanel>;

  constructor(
    private readonly extensionUri: vscode.Uri,
    runs: RunSource,
    ready: () => Promise<void>,
    private readonly absences: Absences,
    private readonly failures: Failures,
  ) {
    // The run is found in the workspace again; without it the panel closes.
    this.panels = new PanelSet(panelTypes.run, failures, async (state) => {
      await ready();
      const run = runs.get(stateSchema.safeParse(state).data?.runId ?? '');
      return run && { key: run.runId, make: this.make(run) };
    });
  }

  /** `beside`: next to the editor that the person works in, which keeps the focus. */
  show(run: RunHandle, { beside = false } = {}): void {
    if (this.panels.reveal(run.runId)) return;
    this.panels.create(run.runId, `Run ${run.view.number}`, this.make(run), beside ? { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true } : vscode.ViewColumn.Active);
  }

  /** Runs whose panel is open. */
  get shownRuns(): string[] {
    return this.panels.keys;
  }

  /** Whether the person has the panel of a run before them. */
  isVisible(runId: string): boolean {
    return this.panels.isVisible(runId);
  }

  dispose(): void {
    this.panels.dispose();
  }

  private make(run: RunHandle): (panel: vscode.WebviewPanel) => RunPanel {
    return (panel) => new RunPanel(panel, run, this.extensionUri, this.absences, this.failures);
  }
}

/** The host's side of one panel: snapshot when the view is ready or seen again, increments between. */
class RunPanel implements vscode.Disposable {
  private readonly feed = new RunPanelFeed();
  private readonly link: PanelLink<FromRunPanel, ToRunPanel>;
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private connection = '';
  private output = '';
  private outputAttempt: number | null = null;

  constructor(
    panel: vscode.WebviewPanel,
    private readonly run: RunHandle,
    extensionUri: vscode.Uri,
    private readonly absences: Absences,
    private readonly failures: Failures,
  ) {
    this.link = new PanelLink(panel, { extensionUri, bundle: 'runPanel', schema: fromRunPanelSchema, failures, name: 'run panel', receive: (message) => this.receive(message) });
    this.subscriptions = [
      this.link,
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.output = '';
        else if (this.link.isReady) this.snapshot();
      }),
      run.onDidChange(() => this.schedule()),
      run.onOutput(({ attempt, text }) => this.addOutput(attempt, text)),
      run.onStats((stats) => this.link.post({ type: 'stats', ...stats })),
      absences.onDidChange((runId) => {
        if (runId === run.runId) this.sendAway();
      }),
    ];
  }

  dispose(): void {
    if (this.timer) clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private receive(message: FromRunPanel): void {
    if (message.type === 'ready' && message.version !== panelProtocolVersion) {
      // A view of another version is left over from an update: load this version's.
      this.failures.record(new Error(`panel protocol ${message.version}, expected ${panelProtocolVersion}`), 'run panel');
    }
    switch (message.type) {
      case 'ready':
      case 'resync':
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
          (answer) => this.link.post(answer),
          (error: unknown) => this.failures.show(error, 'run panel: read attempt'),
        );
    }
  }

  private snapshot(): void {
    this.link.post(this.feed.snapshot(this.run.view));
    this.connection = '';
    this.sendConnection();
    this.sendAway();
  }

  private sendAway(): void {
    const absence = this.absences.of(this.run.runId);
    if (absence) this.link.post({ type: 'away', ...absence });
  }

  private schedule(): void {
    if (this.timer || !this.link.isReady) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, flushMs);
  }

  private flush(): void {
    if (!this.link.isReady) return;
    const increment = this.feed.increment(this.run.view);
    if (increment) this.link.post(increment);
    this.sendConnection();
    if (this.output) {
      this.link.post({ type: 'output', attempt: this.outputAttempt, text: this.output });
      this.output = '';
    }
  }

  private sendConnection(): void {
    const { connection, view } = this.run;
    const state = connection === 'idle' ? 'ended' : connection;
    if (state === this.connection) return;
    this.connection = state;
    this.link.post({ type: 'connection', state, since: view.elapsed });
  }

  /** Output waits for the next flush, its newest 16,000 characters at most. */
  private addOutput(attempt: number | null, text: string): void {
    if (!this.link.isReady) return;
    this.output = (attempt === this.outputAttempt ? this.output + text : text).slice(-16_000);
    this.outputAttempt = attempt;
    this.schedule();
  }
}
