import { CancelledError } from '../errors';
import type { Actor, NewEvent, RunConfig } from '../run/events';
import type { Operator } from './actions';
import type { Failure, Observation } from './observation';
import type { EnvironmentPorts } from './ports';
import type { AttemptState, EnvironmentState, FileMap, Lane, OpenStep } from './state';
import type { HintFacts } from './hints';
import { failure } from './failure';

/** Why a run's abort signal fired: the person stopped it, or its time is used up. */
export class RunOver extends CancelledError {
  constructor(
    readonly why: 'stopped' | 'budget',
    message: string,
  ) {
    super(message);
  }
}

/** What an action gives back; the environment makes the observation of it. */
export interface Outcome extends Pick<Observation, 'summary' | 'output' | 'images' | 'error' | 'milestones' | 'credit' | 'claim' | 'grade'> {
  readonly status: Observation['status'];
  readonly data?: Observation['data'];
  /** The attempt that the action was about; the lane's working attempt when left out. */
  readonly attempt?: number | null;
  /** The working copy after the action, when it changed. */
  readonly files?: FileMap;
  /** The run ends with this. */
  readonly done?: boolean;
}

/** An action that is refused for a reason of the player's own. Becomes an observation, never leaves the environment. */
export class ActionRefused extends Error {
  constructor(
    readonly failure: Failure,
    readonly done = false,
  ) {
    super(failure.message);
  }
}

export function refuse(type: string, message: string, ...hints: string[]): never {
  throw new ActionRefused(failure(type, message, hints));
}

/** What the handler of an action works with. */
export interface StepContext {
  readonly ports: EnvironmentPorts;
  readonly state: EnvironmentState;
  readonly config: RunConfig;
  readonly open: OpenStep;
  readonly actor: Actor;
  readonly lane: Lane;
  readonly signal: AbortSignal;
  readonly hintFacts: HintFacts;
  append(event: NewEvent): Promise<void>;
  /** Live output of a job, for whoever watches. */
  output(attempt: number, text: string): void;
  /** The attempt that the lane works on; refuses when there is none. */
  attempt(): AttemptState;
  /** As `attempt`, but begins one when there is none or when the last one is graded and so immutable. */
  editable(): Promise<AttemptState>;
  /** Begins an attempt and ends the one before. Refuses when the budget of attempts is used up. */
  begin(attempt: NewAttempt): Promise<AttemptState>;
  /** Seconds that a job may take now. */
  seconds(requested: number | undefined): number;
  /** What an attempt without parents begins with: nothing, or the solution of an own evaluation. */
  startFiles(): Promise<FileMap>;
  text(hash: string): Promise<string>;
  bytes(files: FileMap): Promise<Map<string, Uint8Array>>;
}

export interface NewAttempt {
  readonly parents: readonly number[];
  readonly operator: Operator;
  readonly plan: string;
  readonly files: FileMap;
}

/** Working folder of an attempt inside the sandbox. */
export const folderOf = (attempt: number): string => `a${attempt}`;
