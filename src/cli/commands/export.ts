import { resolve } from 'node:path';
import type { Command } from 'commander';
import { feedbackGiven } from '../../core/run/feedback';
import { Runs } from '../../node/runner/runs';
import { readJournal } from '../../node/storage/journal';
import { podiumHome } from '../../node/storage/podiumHome';
import { StorageError } from '../../node/storage/storageError';
import { reportError, writeJson } from '../output';
import { version } from '../version';

/** `podium export`: configuration and events of a run as one JSON object, and what came of the hidden test of an ended run. Private scores are not in it. */
export function registerExport(program: Command): void {
  program
    .command('export')
    .description('print the journal of a run as JSON')
    .argument('<runId>', 'as `podium runs` shows it')
    .option('--workspace <dir>', 'folder that the run lies in', '.')
    .option('--json', 'the same; the output is always JSON')
    .action(async (runId: string, { workspace }: { workspace: string }) => {
      try {
        const { config, folder, view } = await new Runs({ workspace: resolve(workspace), home: podiumHome(), version: version() }).read(runId);
        const { events } = await readJournal(folder);
        writeJson({ schema: 1, config, selfScored: config.competition.evaluation?.selfScored ?? false, isolation: view.isolation, feedback: feedbackGiven(events), ...(view.test ? { test: view.test } : {}), events });
      } catch (error) {
        reportError(error, true, StorageError.is(error, 'unknown_run') ? 2 : 1);
      }
    });
}
