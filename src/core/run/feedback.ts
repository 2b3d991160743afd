import { defaultVisibility, type Visibility } from '../environment/visibility';
import type { RunEvent } from './events';

/** How much a run was told of its test scores: part of every exported result. */
export interface FeedbackGiven {
  readonly policy: Visibility;
  /** Submissions that were graded, also those that a grader in Python gave no score. */
  readonly gradedCalls: number;
  /** Of these, whose public score was told. */
  readonly told: number;
  /** When private scores were looked at before the run had ended: seconds of run time. */
  readonly privateRevealedAt: readonly number[];
}

/** @throws Error without a first event */
export function feedbackGiven(events: Iterable<RunEvent>): FeedbackGiven {
  let policy: Visibility | undefined;
  let [gradedCalls, told] = [0, 0];
  const privateRevealedAt: number[] = [];
  for (const event of events) {
    if (event.type === 'run_started') policy = event.data.config.visibility ?? defaultVisibility;
    else if (event.type === 'graded' && event.data.call !== null) {
      gradedCalls += 1;
      if (event.data.public !== null) told += 1;
    } else if (event.type === 'private_revealed' && event.data.early) privateRevealedAt.push(event.elapsed);
  }
  if (policy === undefined) throw new Error('A journal begins with run_started.');
  return { policy, gradedCalls, told, privateRevealedAt };
}
