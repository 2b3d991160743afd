import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { GradingJob } from './job';
import { runJob } from './runJob';

/**
 * Entry of the grading worker (`dist/gradingWorker.js`): grades the one job it was started with
 * and ends. A fresh thread for each job means that a cancelled or failed one leaves nothing.
 */
const job = workerData as GradingJob;
void runJob(job, join(__dirname, 'numbersReader.js')).then((reply) => parentPort?.postMessage(reply));
