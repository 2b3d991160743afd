import { PodiumError } from '../../core/errors';
import { diskTrouble } from './diskTrouble';

export type StorageReason = 'locked' | 'corrupt' | 'unknown_run' | 'newer_version' | 'missing_blob' | 'write_failed';

/** A run folder could not be opened, read or written. */
export class StorageError extends PodiumError<StorageReason> {
  static is(error: unknown, reason?: StorageReason): error is StorageError {
    return error instanceof StorageError && (reason === undefined || error.reason === reason);
  }
}

/** The failure of a disk, which says nothing about the run that it met; undefined for any other error. */
export function writeFailure(error: unknown): StorageError | undefined {
  const trouble = diskTrouble(error);
  return trouble && new StorageError('write_failed', `The run could not be written to disk: ${(error as Error).message}.`, `${trouble.what}: ${trouble.remedy.toLowerCase()}, then resume the run.`, { cause: error });
}
