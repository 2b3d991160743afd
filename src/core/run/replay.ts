import { PodiumError } from '../errors';
import type { Asked, PlayerDoor } from '../agent/player';
import type { ChatRequest } from '../agent/model/chat';
import type { RawAction } from '../environment/actions';
import type { Observation } from '../environment/observation';
import type { EventData, RunEvent } from './events';

/** The player does something else than the journal says it did: going on would mix two runs. */
export class DivergedError extends PodiumError<'diverged'> {
  constructor(step: number, recorded: string, now: string) {
    super('diverged', `Step ${step} was "${recorded}" before the interruption and would be "${now}" now.`, 'Start a new run; this one keeps its attempts.');
  }
}

/** A step of the agent as the journal holds it; `observation` is null when a crash cut it off. */
export interface RecordedStep {
  readonly step: number;
  readonly action: string;
  readonly params: unknown;
  readonly observation: Observation | null;
}

export interface Recording {
  readonly steps: readonly RecordedStep[];
  readonly explanations: number;
  readonly selections: number;
  readonly modelCalls: readonly EventData<'model_call'>[];
}

/** What the agent has done so far, in its own order. */
export function recordingOf(events: Iterable<RunEvent>): Recording {
  const steps: { step: number; action: string; params: unknown; observation: Observation | null }[] = [];
  let explanations = 0;
  let selections = 0;
  const modelCalls: EventData<'model_call'>[] = [];
  for (const event of events) {
    if (event.type === 'step_started' && event.actor !== 'human') {
      steps.push({ step: event.data.step, action: event.data.action, params: event.data.params, observation: null });
    } else if (event.type === 'step') {
      const started = steps.findLast((step) => step.step === event.data.step);
      if (started) started.observation = event.data.observation;
    } else if (event.type === 'explanation' && event.actor !== 'human') {
      explanations += 1;
    } else if (event.type === 'selected' && event.actor !== 'human') {
      selections += 1;
    } else if (event.type === 'model_call') {
      modelCalls.push(event.data);
    }
  }
  return { steps, explanations, selections, modelCalls };
}

/** How the door does what is not in the recording. */
export interface LiveDoor {
  /** @param cutOff number of the step that is taken up again; null for a new one */
  step(action: RawAction, cutOff: number | null): Promise<Observation>;
  explain(attempt: number | null, text: string): Promise<void>;
  select(attempt: number, why: string): Promise<void>;
  /** The run's model; absent where no model plays. */
  readonly model?: {
    ask(build: (news: readonly string[]) => ChatRequest): Promise<Asked>;
    /** The answer that a recorded call gave. */
    recall(call: EventData<'model_call'>): Promise<Asked>;
  };
}

/**
 * The door through which a player acts. After an interruption the player is played again from
 * its start: what the journal holds is answered from there, nothing is done twice, and from the
 * first action that the journal does not hold on, it is live.
 */
export class ReplayDoor implements PlayerDoor {
  private at = 0;
  private explained = 0;
  private chosen = 0;
  private asked = 0;

  constructor(
    private readonly recording: Recording,
    private readonly live: LiveDoor,
  ) {}

  async step(action: RawAction): Promise<Observation> {
    const recorded = this.recording.steps[this.at];
    this.at += 1;
    if (!recorded) return await this.live.step(action, null);
    const now = { action: action.name, params: action.params ?? {} };
    const then = { action: recorded.action, params: recorded.params };
    if (canonical(now) !== canonical(then)) throw new DivergedError(recorded.step, short(then), short(now));
    return recorded.observation ?? (await this.live.step(action, recorded.step));
  }

  async explain(attempt: number | null, text: string): Promise<void> {
    this.explained += 1;
    if (this.explained > this.recording.explanations) await this.live.explain(attempt, text);
  }

  async select(attempt: number, why: string): Promise<void> {
    this.chosen += 1;
    if (this.chosen > this.recording.selections) await this.live.select(attempt, why);
  }

  async ask(build: (news: readonly string[]) => ChatRequest): Promise<Asked> {
    const { model } = this.live;
    if (!model) throw new Error('This run has no model to ask.');
    const recorded = this.recording.modelCalls[this.asked];
    this.asked += 1;
    if (!recorded) return await model.ask(build);
    // The player takes the news in; its request is not sent, the answer being there.
    build(recorded.news);
    return await model.recall(recorded);
  }
}

/** A value as JSON with sorted keys, so that equal values give equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

const short = ({ action, params }: { action: string; params: unknown }): string => `${action} ${canonical(params)}`.slice(0, 120);
