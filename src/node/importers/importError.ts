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
  | 'no_cut'
  /** The disk took no more; what is downloaded is kept. */
  | 'disk_full'
  /** A folder of own data has no training table. */
  | 'no_table'
  /** A table is there but is none that can be read. */
  | 'bad_table'
  /** A column that does not exist, is named twice, or does not fit. */
  | 'wrong_column'
  /** Answers and test table do not fit, or the metric cannot grade them. */
  | 'not_gradable'
  /** An archive that is not unpacked. */
  | 'unsafe_archive'
  /** The script or notebook to begin from cannot be taken. */
  | 'bad_starter';

/** A benchmark or own data could not be read at all; what is wrong with single definitions is in the report. */
export class ImportError extends PodiumError<ImportReason> {
  static is(error: unknown, reason?: ImportReason): error is ImportError {
    return error instanceof ImportError && (reason === undefined || error.reason === reason);
  }
}
