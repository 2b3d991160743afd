import { PodiumError } from '../../core/errors';

export type CompetitionReason =
  /** No bundled competition has this id and no folder has this name. */
  | 'not_found'
  /** competition.yaml is not YAML, breaks the format, or asks for an unknown metric. */
  | 'bad_manifest'
  /** A file that the format or the manifest asks for is absent. */
  | 'missing_file'
  /** A file is there but is no regular file inside the folder, is too large, or cannot be read. */
  | 'bad_file'
  /** There is no private/answers.csv, so nothing can be graded. */
  | 'no_answers'
  /** The data from before the cut is not on this machine, or there never was a cut. */
  | 'no_original'
  /** A competition cannot be written where something else is. */
  | 'exists'
  /** A competition folder could not be written. */
  | 'write_failed'
  /** The check of a folder itself failed. */
  | 'check_failed'
  /** The home folder could not take the copy of the answers. */
  | 'home_failed';

/** A competition could not be found, read or prepared. The message names the file. */
export class CompetitionError extends PodiumError<CompetitionReason> {
  static is(error: unknown, reason?: CompetitionReason): error is CompetitionError {
    return error instanceof CompetitionError && (reason === undefined || error.reason === reason);
  }
}
