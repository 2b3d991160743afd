import { PodiumError } from '../errors';

export type NotebookReason =
  /** The text is no JSON, or JSON of another shape. */
  | 'malformed'
  /** A notebook of a format that is not read (before nbformat 4, or after it). */
  | 'unsupported'
  | 'no_such_cell'
  /** An operation that does not fit the cell, e.g. outputs for a text cell. */
  | 'not_code';

/** A notebook could not be read or changed. Nothing was changed. */
export class NotebookError extends PodiumError<NotebookReason> {
  static is(error: unknown, reason?: NotebookReason): error is NotebookError {
    return error instanceof NotebookError && (reason === undefined || error.reason === reason);
  }
}
