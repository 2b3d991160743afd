import * as vscode from 'vscode';
import { hasEnded } from '../../core/run/fold';
import type { RunView } from '../../core/run/view';
import type { Failures } from '../platform/failures';
import type { Storage, StorageValue } from '../platform/storage';
import type { RunHandle, RunSource } from './runHandle';

/** Time without this window, in run time (seconds), and what was used of the budget meanwhile. */
export interface Absence {
  readonly from: number;
  readonly to: number;
  readonly gradedCalls: number;
  readonly usd?: number;
}

type Seen = StorageValue<'podium.seen'>[string];

/** How often what was seen is written down. */
const rememberMs = 2_000;
/** After attaching, the journal's news arrive within this time. */
const settleMs = 500;
/** Shorter absences are told only when an attempt began or ended meanwhile. */
const longSeconds = 60;

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

/** How far a run has come at the wall clock `now` (milliseconds). */
export function seenNow(view: RunView, now: number): Seen {
  const elapsed = view.status === 'running' ? view.elapsed + Math.max(0, (now - view.asOf) / 1000) : view.elapsed;
  const usd = view.budget.usd?.used;
  return { elapsed, gradedCalls: view.budget.gradedCalls.used, ...(usd === undefined ? {} : { usd }) };
}

/** What a person missed; undefined when it was short and no attempt began or ended. */
export function absenceSince(before: Seen, view: RunView, now: number): Absence | undefined {
  const after = seenNow(view, now);
  const from = before.elapsed;
  const happened = view.attempts.some((attempt) => attempt.startedAt > from || (attempt.endedAt !== null && attempt.endedAt > from));
  if (!happened && after.elapsed - from < longSeconds) return undefined;
  return {
    from,
    to: Math.max(from, after.elapsed),
    gradedCalls: Math.max(0, after.gradedCalls - before.gradedCalls),
    ...(after.usd === undefined ? {} : { usd: Math.max(0, after.usd - (before.usd ?? 0)) }),
  };
}
