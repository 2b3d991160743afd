import { Worker } from 'node:worker_threads';
import { CancelledError } from '../../core/errors';
import type { CompetitionGrade } from '../../core/grading/result';
import { GradingError } from './gradingError';
import type { GradingJob, GradingReply } from './job';

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
          if (reply.kind === 'graded') resolve(reply.grade);
          else reject(new GradingError(reply.reason, failureText(reply), nextSteps[reply.reason]));
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

const nextSteps: Record<GradingError['reason'], string> = {
  unreadable: 'Check the path and its permissions.',
  too_large: 'Files up to 2 GiB can be graded; write fewer digits.',
  out_of_memory: 'Free memory on this machine or submit a smaller file, then grade again.',
  crashed: 'This is a fault of Podium: report it with this message.',
};

function failureText(reply: Extract<GradingReply, { kind: 'failed' }>): string {
  switch (reply.reason) {
    case 'unreadable': return `A file cannot be read: ${reply.message}.`;
    case 'too_large': return `A file is too large to grade: ${reply.message}.`;
    case 'out_of_memory': return `Grading ran out of memory: ${reply.message}.`;
    case 'crashed': return `Grading failed: ${reply.message}`;
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
