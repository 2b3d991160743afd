import { Command, CommanderError } from 'commander';
import { invalidGrade, registerGrade } from './commands/grade';
import { writeJson } from './output';
import { version } from './version';

/** The headless front door: `podium …`. Exit 0 fine, 1 invalid submission or failed run, 2 wrong usage. */
async function main(): Promise<void> {
  const program = new Command('podium').description('Machine-learning competitions as instrumented runs').version(version());
  // Grading is called in loops over many files; it does not wait for Docker's client to load.
  const grading = process.argv[2] === 'grade';
  if (grading) registerGrade(program);
  else (await import('./program')).registerAll(program);
  const json = process.argv.includes('--json');
  program.exitOverride();
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has written its message; help and version are no error.
    if (error.exitCode === 0) return;
    const failure = { error: { reason: 'wrong_usage', message: error.message } };
    if (json) writeJson(grading ? { ...(await invalidGrade('', [])), ...failure } : failure);
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
