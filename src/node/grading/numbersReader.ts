import { parentPort, workerData } from 'node:worker_threads';
import { submittedNumbers, type Wanted } from '../../core/grading/numbersById';
import { fileInParts } from './fileInParts';

/**
 * Entry of the thread that reads a submission while another one reads the answers
 * (`dist/numbersReader.js`): small, so that it starts quickly. Answers one question and ends.
 */

/** What to read of the file that the thread was started with. */
export interface NumbersQuestion {
  readonly wanted: Wanted;
  readonly seed: number;
}

const { path } = workerData as { readonly path: string };
parentPort?.once('message', ({ wanted, seed }: NumbersQuestion) => {
  const file = fileInParts(path);
  const numbers = file === null ? undefined : submittedNumbers(file, wanted, seed);
  const buffers = numbers ? [numbers.ids.words, numbers.ids.longIds, ...numbers.numbers].map(({ buffer }) => buffer as ArrayBuffer) : [];
  parentPort?.postMessage(numbers, buffers);
});
