import type { RawAction } from '../../core/environment/actions';
import type { Observation } from '../../core/environment/observation';
import type { Actor } from '../../core/run/events';
import { ReplayDoor, type Recording } from '../../core/run/replay';
import type { RunJournal } from '../storage/journal';
import type { ModelDesk } from './modelDesk';
import { overByPlayer, playedOut } from './runMemory';

export interface DoorParts {
  /** What the player did before this process. */
  readonly recording: Recording;
  readonly actor: Actor;
  /** Absent for a player that asks no model. */
  readonly desk: ModelDesk | undefined;
  /** @param cutOff number of the step when it began before a crash */
  readonly step: (action: RawAction, cutOff: number | null) => Promise<Observation>;
  readonly append: (event: Parameters<RunJournal['append']>[0]) => Promise<void>;
}

/** The player's door to its run, and why the run is over when the player comes out of it. */
export function agentDoor({ recording, actor, desk, step, append }: DoorParts): { readonly door: ReplayDoor; readonly reason: () => string } {
  let reason = playedOut;
  const door = new ReplayDoor(recording, {
    step: async (action, cutOff) => {
      const observation = await step(action, cutOff);
      reason = overByPlayer(observation) ?? reason;
      return observation;
    },
    explain: (attempt, text) => append({ actor, type: 'explanation', data: { attempt, text } }),
    select: (attempt, why) => append({ actor, type: 'selected', data: { attempt, why } }),
    ...(desk
      ? {
          model: {
            ask: async (build) => {
              const asked = await desk.ask(build);
              if (asked.kind === 'over') reason = asked.reason;
              return asked;
            },
            recall: (call) => desk.recall(call),
          },
        }
      : {}),
  });
  return { door, reason: () => reason };
}
