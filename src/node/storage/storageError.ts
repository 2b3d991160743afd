import { PodiumError } from '../../core/errors';

export type StorageReason = 'locked' | 'corrupt' | 'unknown_run' | 'newer_version' | 'missing_blob' | 'write_failed';

/** A run folder could not be opened, read or written. */
export class StorageError extends PodiumError<StorageReason> {
  static is(error: unknown, reason?: StorageReason): error is StorageError {
    return error instanceof StorageError && (reason === undefined || error.reason === reason);
  }
}

const remedies: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'The disk is full: free some space, then resume the run.'],
  ['EDQUOT', 'Your share of the disk is used up: free some space, then resume the run.'],
  ['EROFS', 'The file system is read-only: make it writable, then resume the run.'],
  ['EIO', 'The disk reports an error: look at it, then resume the run.'],
]);

/** The failure of a disk, which says nothing about the run that it met; undefined for any other error. */
export function writeFailure(error: unknown): StorageError | undefined {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const remedy = remedies.get(code);
  return remedy === undefined ? undefined : new StorageError('write_failed', `The run could not be written to disk: ${(error as Error).message}.`, remedy, { cause: error });
}
