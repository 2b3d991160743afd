import type { Milestone } from '../../core/environment/milestones';
import type { RunEvent } from '../../core/run/events';

/**
 * What the newest job of an attempt has reached, in order: as its step reports it, or as far as it
 * has come while it runs.
 */
export function milestonesOf(events: readonly RunEvent[], attempt: number): Milestone[] {
  let step = -1;
  let reached: Milestone[] = [];
  for (const event of events) {
    if (event.type === 'milestone' && event.data.attempt === attempt) {
      if (event.data.step !== step) reached = [];
      step = event.data.step;
      reached.push(event.data.milestone);
    } else if (event.type === 'step' && event.data.attempt === attempt && event.data.observation.milestones?.length) {
      step = event.data.step;
      reached = [...event.data.observation.milestones];
    }
  }
  return reached;
}
