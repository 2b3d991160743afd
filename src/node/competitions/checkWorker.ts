import { parentPort, workerData } from 'node:worker_threads';
import { describeError } from '../../core/errors';
import { checkFolder } from './checkFolder';
import type { CheckJob, CheckReply } from './checkInWorker';

/** Entry of the worker (`dist/checkWorker.js`) that checks one competition folder and ends. */
const { folder, ...options } = workerData as CheckJob;
const reply = (message: CheckReply): void => parentPort?.postMessage(message);
void checkFolder(folder, options).then(
  (health) => reply({ health }),
  (error: unknown) => reply({ failed: describeError(error) }),
);
