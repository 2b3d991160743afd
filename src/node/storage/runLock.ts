import { join } from 'node:path';
import { liveHolder, ProcessLock } from './processLock';
import { StorageError } from './storageError';

const lockOf = (folder: string): string => join(folder, 'lock');

/** One writer per journal. @throws StorageError `locked` when a live process holds the folder. */
export async function lockRun(folder: string): Promise<ProcessLock> {
  const lock = await ProcessLock.take(lockOf(folder));
  if (lock instanceof ProcessLock) return lock;
  if (lock === 'contended') throw new StorageError('locked', `The lock of ${folder} is contended.`, 'Try again.');
  throw new StorageError('locked', `The run is open in process ${lock.pid} on ${lock.host}.`, 'Attach to it, or stop it first.');
}

/** Whether a live process holds the folder's lock. */
export async function isLocked(folder: string): Promise<boolean> {
  return (await liveHolder(lockOf(folder))) !== undefined;
}
