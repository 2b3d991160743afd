import { resolve } from 'node:path';
import { describeError } from '../../core/errors';
import { podiumHome } from '../storage/podiumHome';
import { holdRun } from './hold';

/**
 * The runner process: `node runner.js <run folder>`. It holds one run until it has ended and then
 * ends itself. Its output is the run's `runner.log`.
 */
async function main(): Promise<void> {
  const folder = process.argv[2];
  if (!folder) throw new Error('Usage: runner.js <run folder>');
  const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  log(`Runner ${process.pid} opens ${folder}.`);
  const end = await holdRun({ folder: resolve(folder), home: podiumHome(), log, expectsWindow: true });
  log(`The run has ${end.status}: ${end.reason}`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${describeError(error)}\n`);
    process.exit(1);
  },
);
