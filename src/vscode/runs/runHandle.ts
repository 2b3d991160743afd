import type { ApprovalAnswer } from '../../core/environment/approval';
import type { Observation } from '../../core/environment/observation';
import type { Verdict } from '../../core/edits/verdict';
import type { BenchDecision, BenchEdit } from '../../core/run/events';
import type { RunView, WaitingEdit } from '../../core/run/view';
import type { RunStats } from '../../protocol/stats';
import type { Disposable, Event } from 'vscode';

/** `idle`: nothing is connected because the run has ended or was interrupted. */
export type Connection = 'attached' | 'lost' | 'ended' | 'idle';

export interface RunOutput {
  readonly attempt: number | null;
  readonly text: string;
}

/** What this window decided while no runner could be told, by edit: some changes, or all that waited. */
export type DecidedHere = ReadonlyMap<string, readonly Verdict[] | 'all'>;
export const noneDecided: DecidedHere = new Map();

/** The edits that wait, with what was decided here. */
export function withDecided(edits: readonly WaitingEdit[], decided: DecidedHere): WaitingEdit[] {
  return edits.flatMap((edit) => {
    const verdicts = decided.get(edit.id);
    if (verdicts === 'all') return [];
    return [verdicts ? { ...edit, verdicts: [...(edit.verdicts ?? []), ...verdicts] } : edit];
  });
}

/**
 * A run as panels, trees and bench see it: the newest view, and requests to its runner. Requests
 * throw HostError `runner_gone` when no runner is attached.
 */
export interface RunHandle extends Disposable {
  readonly runId: string;
  /** Absolute path of the run's folder. */
  readonly folder: string;
  /** The fold of the journal; `waitingEdits` holds only those that wait for the person. */
  readonly view: RunView;
  readonly connection: Connection;
  /** Edits that this window has to bring to the bench now; none when no runner is attached or another window does it. */
  readonly autoEdits: readonly BenchEdit[];
  /** The view or the connection changed. */
  readonly onDidChange: Event<void>;
  readonly onOutput: Event<RunOutput>;
  readonly onStats: Event<RunStats>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** A new key for the run's model. */
  giveKey(key: string): Promise<void>;
  stop(): Promise<void>;
  instruct(text: string): Promise<void>;
  act(action: { action: string; params: Record<string, string | number | boolean | null>; files?: Record<string, string>; plan?: string }): Promise<Observation>;
  /** What became of an edit, or of some of its changes. */
  decide(decision: BenchDecision): Promise<void>;
  /** The answer to `view.approval`; rejects when that question has been answered. */
  answerApproval(id: string, answer: ApprovalAnswer, words?: string): Promise<void>;
  /** Text of a blob: from the runner, or from the run's folder when none is attached. */
  blob(hash: string): Promise<string>;
  setDecidedHere(decided: DecidedHere): void;
  /** Private scores before the run has ended; its ledger records it. */
  reveal(): Promise<void>;
}

/** A run folder that cannot be read. */
export interface BrokenRunHandle {
  readonly runId: string;
  readonly why: string;
}

/** What trees, status bar, panels and bench need of the run manager. */
export interface RunSource {
  readonly runs: readonly RunHandle[];
  readonly broken: readonly BrokenRunHandle[];
  readonly onDidChange: Event<void>;
  get(runId: string): RunHandle | undefined;
}
