import type { Observation } from '../../core/environment/observation';
import type { BenchEdit } from '../../core/run/events';
import type { RunView } from '../../core/run/view';
import type { Disposable, Event } from 'vscode';

/** `idle`: nothing is connected because the run has ended or was interrupted. */
export type Connection = 'attached' | 'lost' | 'ended' | 'idle';

export interface RunOutput {
  readonly attempt: number | null;
  readonly text: string;
}

export interface RunStats {
  readonly cpuPercent: number;
  readonly memoryMb: number;
  readonly memoryLimitMb: number;
}

/** What a bench decision is, as the runner is told. */
export type BenchDecision = 'applied' | 'accepted' | 'rejected' | 'conflict';

/**
 * A run as panels, trees and bench see it: the newest view, and requests to its runner. Requests
 * throw HostError `runner_gone` when no runner is attached.
 */
export interface RunHandle extends Disposable {
  readonly runId: string;
  /** Absolute path of the run's folder. */
  readonly folder: string;
  readonly view: RunView;
  readonly connection: Connection;
  /** The view or the connection changed. */
  readonly onDidChange: Event<void>;
  readonly onOutput: Event<RunOutput>;
  readonly onStats: Event<RunStats>;
  /** A bench edit arrived live (not from the past). */
  readonly onBenchEdit: Event<BenchEdit>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  instruct(text: string): Promise<void>;
  act(action: { action: string; params: Record<string, string | number | boolean | null>; files?: Record<string, string>; plan?: string }): Promise<Observation>;
  decide(id: string, decision: BenchDecision, words?: string): Promise<void>;
  /** Text of a blob: from the runner, or from the run's folder when none is attached. */
  blob(hash: string): Promise<string>;
}

/** What trees, status bar, panels and bench need of the run manager. */
export interface RunSource {
  readonly runs: readonly RunHandle[];
  readonly onDidChange: Event<void>;
  get(runId: string): RunHandle | undefined;
}
