import { PodiumError } from '../../core/errors';

export type StorageReason = 'locked' | 'corrupt' | 'unknown_run' | 'newer_version' | 'missing_blob';

/** A run folder could not be opened, read or written. */
export class StorageError extends PodiumError<StorageReason> {
  static is(error: unknown, reason?: StorageReason): error is StorageError {
    return error instanceof StorageError && (reason === undefined || error.reason === reason);
  }
}
