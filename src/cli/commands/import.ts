import type { Command } from 'commander';
import { registerCsv } from './import/csv';
import { registerImportKaggle } from './import/kaggle';
import { registerMleBench } from './import/mleBench';
import { registerMleDojo } from './import/mleDojo';
import { registerMlrcBench } from './import/mlrcBench';
import { registerOwnEvaluation } from './import/ownEvaluation';

/** `podium import <from> …`: one subcommand per kind of source, each in a file of its own. */
export function registerImport(program: Command): void {
  const importing = program.command('import').description('make competition folders from a benchmark or from data').exitOverride();
  registerMleDojo(importing);
  registerMleBench(importing);
  registerCsv(importing);
  registerMlrcBench(importing);
  registerOwnEvaluation(importing);
  registerImportKaggle(importing);
  // Subcommands report wrong usage as every other command does.
  for (const command of importing.commands) command.exitOverride();
}
