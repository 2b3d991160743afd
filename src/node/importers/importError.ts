import { PodiumError } from '../../core/errors';

export type ImportReason =
  /** The folder is no checkout of the benchmark. */
  | 'no_checkout'
  /** `--only` names a definition that the checkout lacks. */
  | 'unknown_definition'
  | 'unreadable'
  /** Data of a competition in which no training table and sample submission were found. */
  | 'no_tables'
  /** No test set can be cut from the training data. */
  | 'no_cut';

/** A benchmark could not be read at all; what is wrong with single definitions is in the report. */
export class ImportError extends PodiumError<ImportReason> {
  static is(error: unknown, reason?: ImportReason): error is ImportError {
    return error instanceof ImportError && (reason === undefined || error.reason === reason);
  }
}
