import type { Observation } from '../../core/environment/observation';
import type { EventData, RunConfig, RunEvent } from '../../core/run/events';

/**
 * What a running session remembers of its journal. The events themselves stay on disk: a run of
 * thousands of attempts must not fill its process with what it did long ago.
 */
export class RunMemory {
  /** The sandbox that the run began in. */
  firstSandbox: EventData<'sandbox'> | undefined;
  lastSandbox: EventData<'sandbox'> | undefined;
  end: EventData<'run_finished'> | undefined;
  /** Why the run is over since a step of the person; its last event may be missing still. */
  overByPerson: string | undefined;
  /** Why a player from outside is done; it cannot be played again to find that out. */
  overFromOutside: string | undefined;
  private config: Pick<RunConfig, 'agent'> | undefined;
  private lastCall: RunEvent | undefined;
  private readonly words: RunEvent[] = [];

  constructor(events: Iterable<RunEvent>) {
    for (const event of events) this.take(event);
  }

  take(event: RunEvent): void {
    if (this.config?.agent === 'external') this.overFromOutside ??= overSince(event);
    switch (event.type) {
      case 'run_started':
        this.config = event.data.config;
        return;
      case 'step':
        if (event.actor === 'human' && this.config) this.overByPerson ??= overByPerson(this.config, event.data.observation);
        return;
      case 'sandbox':
        this.firstSandbox ??= event.data;
        this.lastSandbox = event.data;
        return;
      case 'run_finished':
        this.end = event.data;
        return;
      case 'model_call':
        this.lastCall = event;
        return;
      case 'instruction':
      case 'bench_edit':
      case 'bench_decision':
        this.words.push(event);
        return;
      default:
    }
  }

  /** What the person said and decided, with the edits that it was about, and the newest answer of the model, in order. */
  get news(): RunEvent[] {
    return [...this.words, ...(this.lastCall ? [this.lastCall] : [])].sort((a, b) => a.seq - b.seq);
  }
}

/** What is said of a player that came out of its play by itself. */
export const playedOut = 'The agent has finished.';

/** Why a step of the player was its last; undefined when it was not. */
export function overByPlayer({ action, done, status, summary, error }: Pick<Observation, 'action' | 'done' | 'status' | 'summary' | 'error'>): string | undefined {
  if (!done || status === 'cancelled') return undefined;
  return action === 'finish' ? summary : (error?.message ?? 'A budget is used up.');
}

/** Why a player from outside is done since this event; undefined when it is not. */
function overSince(event: RunEvent): string | undefined {
  if (event.type === 'step' && event.actor !== 'human') return overByPlayer(event.data.observation);
  // Podium chooses when the play is over and nobody has chosen.
  return event.type === 'selected' && event.actor === 'system' ? playedOut : undefined;
}

/** Why a step of the person ends the run: it says so, or nobody else plays and nothing is left to do; undefined when it does not. */
export function overByPerson({ agent }: Pick<RunConfig, 'agent'>, { action, done, status, error }: Pick<Observation, 'action' | 'done' | 'status' | 'error'>): string | undefined {
  if (!done || status === 'cancelled') return undefined;
  if (action === 'finish') return 'Finished by the person.';
  return agent === 'human' ? (error?.message ?? 'A budget is used up.') : undefined;
}
