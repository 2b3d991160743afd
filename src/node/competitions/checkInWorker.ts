import { Worker } from 'node:worker_threads';
import type { Health } from '../../core/competition/finding';
import { CancelledError } from '../../core/errors';
import { CompetitionError } from './competitionError';

export interface CheckJob {
  readonly folder: string;
  /** PODIUM_HOME. */
  readonly home: string;
  /** Also searches data that would keep a page waiting. */
  readonly thorough: boolean;
}
export type CheckReply = { readonly health: Health } | { readonly failed: string };

/**
 * The check of a competition folder in a thread of its own, so that large tables never
 * block the process that asks. The result is remembered as that of `checkFolder` is.
 *
 * @param workerFile the bundle `checkWorker.js`
 * @param signal ends the check at once
 * @throws CancelledError; CompetitionError `check_failed` when the thread fails, for want of memory for instance
 */
export async function checkInWorker(workerFile: string, job: CheckJob, signal?: AbortSignal): Promise<Health> {
  if (signal?.aborted) throw new CancelledError('The check was cancelled.');
  const worker = new Worker(workerFile, { workerData: job });
  let cancel: (() => void) | undefined;
  try {
    return await new Promise<Health>((resolve, reject) => {
      const failed = (why: string, cause?: unknown): void => reject(new CompetitionError('check_failed', `${job.folder} could not be checked: ${why}`, 'Look at a part of its data, or free memory and check again.', { cause }));
      cancel = () => reject(new CancelledError('The check was cancelled.'));
      signal?.addEventListener('abort', cancel, { once: true });
      worker.once('message', (reply: CheckReply) => ('health' in reply ? resolve(reply.health) : failed(reply.failed)));
      worker.once('error', (error: unknown) => failed(error instanceof Error ? error.message : String(error), error));
      worker.once('exit', (code) => failed(`its thread ended with code ${code}.`));
    });
  } finally {
    if (cancel !== undefined) signal?.removeEventListener('abort', cancel);
    await worker.terminate();
  }
}
