import { setTimeout as timer } from 'node:timers/promises';
import { CancelledError } from '../core/errors';

/** Waits. @throws CancelledError when the signal fires */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await timer(milliseconds, undefined, { signal });
  } catch (error) {
    if (signal.aborted) throw new CancelledError();
    throw error;
  }
}
