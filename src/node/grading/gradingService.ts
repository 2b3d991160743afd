import { Worker } from 'node:worker_threads';
import { CancelledError } from '../../core/errors';
import type { CompetitionGrade } from '../../core/grading/result';
import { GradingError } from './gradingError';
import type { GradingJob, GradingReply } from './job';
import { gradeOf, nextSteps } from './reply';

/** Grades in a worker thread, so that a large submission never blocks the process that asks. */
export class GradingService {
  /** @param workerFile the bundle `gradingWorker.js` */
  constructor(private readonly workerFile: string) {}

  /**
   * @param signal ends the worker at once
   * @throws CancelledError when `signal` was aborted
   * @throws GradingError when a file cannot be read or the worker fails; never for a bad submission
   */
  async grade(job: GradingJob, signal?: AbortSignal): Promise<CompetitionGrade> {
    if (signal?.aborted) throw new CancelledError('Grading was cancelled.');
    const worker = new Worker(this.workerFile, { workerData: job });
    let cancel: (() => void) | undefined;
    try {
      return await new Promise<CompetitionGrade>((resolve, reject) => {
        cancel = () => reject(new CancelledError('Grading was cancelled.'));
        signal?.addEventListener('abort', cancel, { once: true });
        worker.once('message', (reply: GradingReply) => {
          try {
            resolve(gradeOf(reply));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
        worker.once('error', (error) => reject(workerError(error)));
        worker.once('exit', (code) => {
          reject(new GradingError('crashed', `The grading worker ended with code ${code} before it had graded.`, nextSteps.crashed));
        });
      });
    } finally {
      if (cancel !== undefined) signal?.removeEventListener('abort', cancel);
      await worker.terminate();
    }
  }
}

function workerError(error: unknown): GradingError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new GradingError('out_of_memory', 'Grading ran out of memory.', nextSteps.out_of_memory, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new GradingError('crashed', `The grading worker failed: ${message}.`, nextSteps.crashed, { cause: error });
}
