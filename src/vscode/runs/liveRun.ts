import * as vscode from 'vscode';
import { PodiumError } from '../../core/errors';
import type { ApprovalAnswer } from '../../core/environment/approval';
import type { Observation } from '../../core/environment/observation';
import { withPrivate } from '../../core/run/endedView';
import { foldRun, hasEnded } from '../../core/run/fold';
import { isOpen } from '../../core/run/refit';
import type { BenchDecision, BenchEdit } from '../../core/run/events';
import type { Score } from '../../core/grading/result';
import type { RunView } from '../../core/run/view';
import type { RunnerEnv } from '../../node/runner/launch';
import type { RunnerClient, RunnerListener } from '../../node/runner/runnerClient';
import type { Runs, RunSummary } from '../../node/runner/runs';
import type { RunStats } from '../../protocol/stats';
import { HostError } from '../platform/hostError';
import type { Failures } from '../platform/failures';
import { noneDecided, withDecided, type Connection, type DecidedHere, type RunHandle, type RunOutput } from './runHandle';

/** How often a run is looked at that another process holds without answering on a socket. */
const followMs = 3_000;

type Action = Parameters<RunHandle['act']>[0];

/** One run: the fold of its journal, kept current by its runner or, without one, by reading. */
export class LiveRun implements RunHandle {
  readonly runId: string;
  readonly folder: string;
  /** The fold itself, and the same with the edits that wait for the person. */
  private current: RunView;
  private shown: RunView;
  private decidedHere: DecidedHere = noneDecided;
  /** Private scores that were revealed before the end. */
  private revealed: ReadonlyMap<number, Score | null> | undefined;
  private state: Connection = 'idle';
  private client: RunnerClient | undefined;
  private follow: NodeJS.Timeout | undefined;
  private attaching: Promise<void> | undefined;
  private disposed = false;
  private launching = false;

  private readonly changed = new vscode.EventEmitter<void>();
  private readonly output = new vscode.EventEmitter<RunOutput>();
  private readonly stats = new vscode.EventEmitter<RunStats>();
  readonly onDidChange = this.changed.event;
  readonly onOutput = this.output.event;
  readonly onStats = this.stats.event;

  constructor(
    private readonly runs: Runs,
    summary: Pick<RunSummary, 'runId' | 'folder' | 'view'>,
    private readonly failures: Failures,
  ) {
    this.runId = summary.runId;
    this.folder = summary.folder;
    this.current = summary.view;
    this.shown = this.withEdits(summary.view);
  }

  get view(): RunView {
    return this.shown;
  }

  get autoEdits(): readonly BenchEdit[] {
    return this.state === 'attached' && this.client?.applies ? this.current.waitingEdits.filter((edit) => edit.mode === 'auto' && !edit.held) : [];
  }

  setDecidedHere(decided: DecidedHere): void {
    this.decidedHere = decided;
    const before = this.shown.waitingEdits;
    this.shown = this.withEdits(this.current);
    if (JSON.stringify(before) !== JSON.stringify(this.shown.waitingEdits)) this.changed.fire();
  }

  get connection(): Connection {
    return this.state;
  }

  /** Attaches to the live runner. Never rejects: a run that cannot be reached shows so. */
  attach(role: 'window' | 'watcher'): Promise<void> {
    this.attaching ??= this.tryAttach(role).finally(() => (this.attaching = undefined));
    return this.attaching;
  }

  /**
   * Starts the runner of a created or interrupted run and attaches to it. Until it answers the run
   * is starting: nobody holds it, but nothing was interrupted either. Throws what the runner says.
   */
  async launch(role: 'window' | 'watcher'): Promise<void> {
    const wasOver = hasEnded(this.current);
    this.launching = true;
    this.update({ ...this.current, status: 'starting', statusText: 'starting', nextStep: null });
    try {
      await this.adopt(await this.runs.launch(this.runId, role));
      this.launching = false;
    } catch (error) {
      this.launching = false;
      await this.reread();
      // It ended before anybody could attach: its end says why, better than that nobody answers.
      if (wasOver || !hasEnded(this.current)) throw error;
    }
  }

  /** Starts the process of a refit that was asked for, and attaches to it. Throws what it says. */
  async launchRefit(env: RunnerEnv): Promise<void> {
    await this.reread();
    try {
      await this.adopt(await this.runs.launch(this.runId, 'window', env));
    } catch (error) {
      await this.reread();
      // It may have been done before anybody could attach.
      if (this.current.refits?.some(isOpen)) throw error;
    }
  }

  /** Takes over a connection to the runner. */
  private async adopt(client: RunnerClient): Promise<void> {
    this.client?.dispose();
    this.client = client;
    this.stopFollowing();
    // `interrupted` is no state of the journal but what was made of it while nobody held the run:
    // such a view is folded again from the start.
    let fold: RunView | undefined = this.launching || this.current.status === 'interrupted' ? undefined : this.current;
    let caughtUp = false;
    const listener: RunnerListener = {
      event: (event) => {
        fold = foldRun(fold, event);
        if (!caughtUp) return;
        this.update(fold);
        // Its private scores are not in the journal.
        if (hasEnded(fold)) void this.reread();
      },
      output: (output) => this.output.fire(output),
      stats: (stats) => this.stats.fire(stats),
      applies: () => this.changed.fire(),
      closed: () => {
        if (this.client === client) this.lost();
      },
    };
    try {
      await client.subscribe(fold ? fold.seq + 1 : 0, listener);
    } catch (error) {
      if (this.client === client) this.dropClient();
      throw error;
    }
    caughtUp = true;
    this.setState('attached');
    if (fold) this.update(fold);
    if (hasEnded(this.current)) void this.reread();
  }

  /** Reads the journal again: after the end (private scores), or when nobody answers. */
  async reread(): Promise<void> {
    if (this.launching) return;
    try {
      const { view, live } = await this.runs.read(this.runId);
      if (this.disposed || this.launching) return;
      if (!live && this.client) this.dropClient();
      // A runner holds its run for a moment longer than it answers: an ended run is not lost.
      if (!this.client) this.setState(hasEnded(view) ? 'ended' : live ? 'lost' : 'idle');
      // While attached the own fold is ahead; only the end's private scores are news.
      if (!this.client || hasEnded(view)) this.update(view);
      if (live && !this.client && (!hasEnded(view) || view.refits?.some(isOpen))) this.startFollowing();
      else this.stopFollowing();
    } catch (error) {
      this.failures.record(error, `run ${this.runId}: read`);
    }
  }

  pause = (): Promise<void> => this.need().pause();
  resume = (): Promise<void> => this.need().resume();
  giveKey = (key: string): Promise<void> => this.need().giveKey(key);
  stop = (): Promise<void> => this.need().stop();
  instruct = (text: string): Promise<void> => this.need().instruct(text);
  act = (action: Action): Promise<Observation> => this.need().act(action);
  decide = (decision: BenchDecision): Promise<void> => this.need().decide(decision);
  answerApproval = (id: string, answer: ApprovalAnswer, words?: string): Promise<void> => this.need().answerApproval({ id, answer, words });

  async blob(hash: string): Promise<string> {
    if (this.client) return this.client.blob(hash);
    const { readRunText } = await import('../../node/storage/runContent');
    return readRunText(this.folder, hash);
  }

  async reveal(): Promise<void> {
    const { attempts } = await this.need().reveal();
    this.revealed = new Map(attempts.map((attempt) => [attempt.id, attempt.private]));
    this.shown = this.withEdits(this.current);
    this.changed.fire();
  }

  dispose(): void {
    this.disposed = true;
    this.stopFollowing();
    this.dropClient();
    for (const emitter of [this.changed, this.output, this.stats]) emitter.dispose();
  }

  private async tryAttach(role: 'window' | 'watcher'): Promise<void> {
    if (this.launching) return;
    try {
      await this.adopt(await this.runs.connect(this.runId, role));
    } catch (error) {
      if (!(error instanceof PodiumError)) this.failures.record(error, `run ${this.runId}: attach`);
      await this.reread();
    }
  }

  private need(): RunnerClient {
    if (this.client && !this.client.isClosed) return this.client;
    const { number } = this.current;
    throw hasEnded(this.current)
      ? new HostError('no_run', `Run ${number} has ended.`, 'Start a new run.')
      : new HostError('runner_gone', `No runner answers for run ${number}.`, 'Resume the run from its journal.');
  }

  private lost(): void {
    this.client = undefined;
    if (this.disposed) return;
    this.setState(hasEnded(this.current) ? 'ended' : 'lost');
    void this.reread();
  }

  private dropClient(): void {
    const client = this.client;
    this.client = undefined;
    client?.dispose();
  }

  private update(view: RunView): void {
    if (view === this.current) return;
    this.current = view;
    this.shown = this.withEdits(view);
    if (!this.disposed) this.changed.fire();
  }

  /** Edits on their way into the bench are nobody's task; those held back by a conflict are. */
  private withEdits(journaled: RunView): RunView {
    const view = this.revealed && !hasEnded(journaled) ? withPrivate(journaled, this.revealed) : journaled;
    if (view.waitingEdits.length === 0) return view;
    const ofThePerson = view.waitingEdits.filter(({ mode, held }) => mode === 'review' || held);
    return { ...view, waitingEdits: withDecided(ofThePerson, this.decidedHere) };
  }

  private setState(state: Connection): void {
    if (state === this.state) return;
    this.state = state;
    if (!this.disposed) this.changed.fire();
  }

  private startFollowing(): void {
    this.follow ??= setInterval(() => void this.reread(), followMs);
  }

  private stopFollowing(): void {
    if (this.follow) clearInterval(this.follow);
    this.follow = undefined;
  }
}
