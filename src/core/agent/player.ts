import type { Competition } from '../environment/ports';
import type { RawAction } from '../environment/actions';
import type { Observation } from '../environment/observation';
import type { Isolation } from '../runtime/runtime';
import type { ChatRequest, Reply, Usage } from './model/chat';

/**
 * A player acts on an environment and on nothing else. It must be deterministic given the
 * observations it has received and the seed: after a crash the runner plays it again from the
 * start, answering from the journal every action that was already done, so it must not read
 * clocks, files or random sources of its own.
 */
export interface Player {
  play(door: PlayerDoor, facts: PlayerFacts): Promise<void>;
}

export interface PlayerDoor {
  /** One action. Never throws for a bad action; throws CancelledError when the run was stopped. */
  step(action: RawAction): Promise<Observation>;
  /** One sentence about an attempt, for the panel and the person ("Added log target: 0.142 → 0.131 …"). */
  explain(attempt: number | null, text: string): Promise<void>;
  /** The final choice, made before any private score is shown. */
  select(attempt: number, why: string): Promise<void>;
  /**
   * One answer of the run's model. It is journaled, so that a player that is played again gets the
   * same answers without the model being asked. `build` makes the request; it is given what the
   * person has said since the last one. Throws CancelledError when the run was stopped.
   */
  ask(build: (news: readonly string[]) => ChatRequest): Promise<Asked>;
}

export type Asked =
  | { readonly kind: 'answer'; readonly reply: Reply; readonly usage: Usage }
  /** The request is longer than the model can read. */
  | { readonly kind: 'overflow' }
  /** A budget does not allow another answer. */
  | { readonly kind: 'over'; readonly reason: string };

export interface PlayerFacts {
  readonly competition: Competition;
  readonly seed: number;
  readonly isolation: Isolation;
  /** Importable Python libraries with versions. */
  readonly libraries: Readonly<Record<string, string>>;
  readonly maxAttempts: number | null;
}
