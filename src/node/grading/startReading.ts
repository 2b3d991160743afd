import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ReadElsewhere } from '../../core/grading/grade';
import type { SubmittedNumbers } from '../../core/grading/numbersById';
import type { NumbersQuestion } from './numbersReader';

/**
 * Starts a thread that will read the numbers of a plain CSV file, and lives until it has. Null where
 * only one processor could work on both.
 *
 * @param readerFile the bundle `numbersReader.js`
 */
export function startReading(path: string, readerFile: string): ReadElsewhere | null {
  if (availableParallelism() < 2) return null;
  const worker = new Worker(readerFile, { workerData: { path } });
  // It may be asked nothing, and ends with the process or the thread that grades.
  worker.unref();
  const reply = new Promise<SubmittedNumbers | null | undefined>((resolve) => {
    worker.once('message', resolve);
    // Whoever asked reads the file itself then, and meets what is wrong with it.
    worker.once('error', () => resolve(undefined));
    worker.once('exit', () => resolve(undefined));
  });
  return (wanted, seed) => {
    worker.ref();
    const question: NumbersQuestion = { wanted, seed };
    worker.postMessage(question);
    return reply;
  };
}
