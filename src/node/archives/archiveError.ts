import { PodiumError } from '../../core/errors';

export type ArchiveReason =
  /** A name or an entry that is not written: it leads out of its folder, is a link, or is one of too many. */
  | 'unsafe'
  /** No archive, or a damaged one. */
  | 'corrupt'
  /** The disk took no more. */
  | 'write_failed';

/** An archive, or a file of a foreign name, is not written. */
export class ArchiveError extends PodiumError<ArchiveReason> {
  static is(error: unknown, reason?: ArchiveReason): error is ArchiveError {
    return error instanceof ArchiveError && (reason === undefined || error.reason === reason);
  }
}
