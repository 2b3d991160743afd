import { PodiumError } from '../../core/errors';

export type GradingReason =
  /** The submission or the answers cannot be read from disk. */
  | 'unreadable'
  /** A file is larger than the reader takes. */
  | 'too_large'
  | 'out_of_memory'
  /** A grader in Python has neither Docker nor an isolating local sandbox to run in. */
  | 'no_sandbox'
  /** The competition has its own evaluation: a file by itself has no score. */
  | 'not_gradable'
  /** The grading worker ended without an answer, or its bundle is missing. */
  | 'crashed';

/** Grading could not be carried out. A bad submission is never an error but a grade with problems. */
export class GradingError extends PodiumError<GradingReason> {
  static is(error: unknown, reason?: GradingReason): error is GradingError {
    return error instanceof GradingError && (reason === undefined || error.reason === reason);
  }
}

/** Attempts of such a competition are scored by running its evaluation beside them; a file by itself has no score. */
export const notGradable = (title: string): GradingError =>
  new GradingError('not_gradable', `${title} has its own evaluation: there is no submission file to grade.`, 'Start a run: its evaluation says the score.');
