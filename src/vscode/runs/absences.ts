import * as vscode from 'vscode';
import { hasEnded } from '../../core/run/fold';
import type { Failures } from '../platform/failures';
import type { Storage } from '../platform/storage';
import { absenceSince, seenNow, type Absence, type Seen } from './absence';
import type { RunHandle, RunSource } from './runHandle';

/** How often what was seen is written down. */
const rememberMs = 2_000;
/** After attaching, the journal's news arrive within this time. */
const settleMs = 500;

/**
 * Notes how far each run has come while this window is attached to it, so that after a reload or
 * a lost connection the panel can say what went on without it.
 */
export class Absences implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<string>();
  /** Fires the id of a run that was attached again. */
  readonly onDidChange = this.changed.event;
  private readonly absences = new Map<string, Absence>();
  private readonly seen: Map<string, Seen>;
  private readonly attached = new Set<string>();
  private readonly settling = new Map<string, NodeJS.Timeout>();
  private readonly subscription: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly runs: RunSource,
    private readonly storage: Pick<Storage, 'get' | 'set'>,
    private readonly failures: Pick<Failures, 'record'>,
  ) {
    this.seen = new Map(Object.entries(storage.get('podium.seen') ?? {}));
    this.subscription = runs.onDidChange(() => this.update());
  }

  of(runId: string): Absence | undefined {
    return this.absences.get(runId);
  }

  dismiss(runId: string): void {
    this.absences.delete(runId);
  }

  dispose(): void {
    if (this.timer) clearTimeout(this.timer);
    for (const timer of this.settling.values()) clearTimeout(timer);
    this.subscription.dispose();
    this.changed.dispose();
  }

  private update(): void {
    for (const run of this.runs.runs) {
      const { runId } = run;
      const isAttached = run.connection === 'attached';
      if (!isAttached) this.attached.delete(runId);
      else if (!this.attached.has(runId)) {
        this.attached.add(runId);
        this.settling.set(runId, setTimeout(() => this.returned(run), settleMs));
      }
    }
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.remember();
    }, rememberMs);
  }

  private returned(run: RunHandle): void {
    this.settling.delete(run.runId);
    const before = this.seen.get(run.runId);
    if (!before || run.connection !== 'attached') return;
    const absence = absenceSince(before, run.view, Date.now());
    if (!absence) return;
    this.absences.set(run.runId, absence);
    this.changed.fire(run.runId);
  }

  private remember(): void {
    const present = new Map(this.runs.runs.map((run) => [run.runId, run]));
    for (const runId of this.seen.keys()) {
      const run = present.get(runId);
      if (run && hasEnded(run.view)) this.seen.delete(runId);
    }
    for (const run of present.values()) {
      if (run.connection !== 'attached' || this.settling.has(run.runId) || hasEnded(run.view)) continue;
      this.seen.set(run.runId, seenNow(run.view, Date.now()));
    }
    this.storage.set('podium.seen', Object.fromEntries(this.seen)).catch((error: unknown) => this.failures.record(error, 'remember how far runs have come'));
  }
}
