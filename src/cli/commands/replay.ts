import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { replayRun } from '../../node/runner/replayRun';
import { RunnerError } from '../../node/runner/runnerError';
import { podiumHome } from '../../node/storage/podiumHome';
import { runFolder } from '../../node/storage/runFolder';
import { StorageError } from '../../node/storage/storageError';
import { reportError, writeJson, writeLine } from '../output';

/** `podium replay`: plays a recorded run again from its journal, without model, sandbox and network. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description('play a recorded run again from its journal, without model, sandbox and network, and say whether every action comes again')
    .argument('<run>', 'id as `podium runs` shows it, or the folder of a run')
    .option('--workspace <dir>', 'folder that the run lies in', '.')
    .option('--json', 'print one JSON object')
    .action(async (run: string, { workspace, json = false }: { workspace: string; json?: boolean }) => {
      try {
        const folder = existsSync(join(run, 'run.json')) ? resolve(run) : runFolder(resolve(workspace), run);
        const report = await replayRun(folder, podiumHome());
        const { actions, modelCalls, divergence } = report;
        if (json) writeJson(report);
        else {
          writeLine(report.reproduced ? `All ${actions.recorded} actions come again.` : `${actions.reproduced} of ${actions.recorded} actions come again.`);
          if (modelCalls.recorded > 0) writeLine(`${modelCalls.used} of ${modelCalls.recorded} answers of the model were taken from the journal.`);
          if (divergence) writeLine(divergence);
        }
        process.exitCode = report.reproduced ? 0 : 1;
      } catch (error) {
        reportError(error, json, StorageError.is(error, 'unknown_run') || RunnerError.is(error, 'unknown_agent') ? 2 : 1);
      }
    });
}
