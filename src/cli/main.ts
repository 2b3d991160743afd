import { Command, CommanderError } from 'commander';
import { registerDoctor } from './commands/doctor';
import { registerExport } from './commands/export';
import { registerGrade } from './commands/grade';
import { registerList } from './commands/list';
import { registerResume, registerRun } from './commands/run';
import { registerRuns } from './commands/runs';
import { registerServe } from './commands/serve';
import { registerShow } from './commands/show';
import { registerStandings } from './commands/standings';
import { version } from './version';

/** The headless front door: `podium …`. Exit 0 fine, 1 invalid submission or failed run, 2 wrong usage. */
async function main(): Promise<void> {
  const program = new Command('podium').description('Machine-learning competitions as instrumented runs').version(version());
  registerList(program);
  registerShow(program);
  registerGrade(program);
  registerRun(program);
  registerRuns(program);
  registerResume(program);
  registerStandings(program);
  registerExport(program);
  registerServe(program);
  registerDoctor(program);
  const json = process.argv.includes('--json');
  program.exitOverride();
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has written its message; help and version are no error.
    if (error.exitCode === 0) return;
    if (json) process.stdout.write(`${JSON.stringify({ error: { reason: 'wrong_usage', message: error.message } })}\n`);
    process.exitCode = 2;
  }
}

main().then(
  // Only when everything is written: a pipe may take a long answer in parts.
  () => process.stdout.write('', () => process.exit()),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
