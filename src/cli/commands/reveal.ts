import { resolve } from 'node:path';
import type { Command } from 'commander';
import { hasEnded } from '../../core/run/fold';
import { RunnerError } from '../../node/runner/runnerError';
import { Runs } from '../../node/runner/runs';
import { podiumHome } from '../../node/storage/podiumHome';
import { StorageError } from '../../node/storage/storageError';
import { formatTable, reportError, scoreText, writeJson, writeLine } from '../output';
import { version } from '../version';

/** `podium reveal`: private scores of a run that goes on. The journal records that they were looked at, and every result of the run says so. */
export function registerReveal(program: Command): void {
  program
    .command('reveal')
    .description('show the private scores of a run before it has ended; that is recorded with the run and its results')
    .argument('<runId>', 'as `podium runs` shows it')
    .option('--workspace <dir>', 'folder that the run lies in', '.')
    .option('--json', 'print one JSON object')
    .action(async (runId: string, { workspace, json = false }: { workspace: string; json?: boolean }) => {
      try {
        const runs = new Runs({ workspace: resolve(workspace), home: podiumHome(), version: version() });
        const { attempts, early } = await revealed(runs, runId);
        if (json) writeJson({ runId, early, attempts });
        else writeLine(attempts.length === 0 ? 'No attempt has a private score yet.' : formatTable([['', 'PRIVATE'], ...attempts.map(({ id, privateScore }) => [`#${id}`, privateScore === null ? '' : scoreText(privateScore)])], new Set([1])));
        if (early) process.stderr.write('The run goes on; its journal records that its private scores were looked at.\n');
      } catch (error) {
        reportError(error, json, StorageError.is(error, 'unknown_run') ? 2 : 1);
      }
    });
}

interface Shown {
  readonly attempts: readonly { readonly id: number; readonly privateScore: number | null }[];
  /** Before the end. */
  readonly early: boolean;
}

async function revealed(runs: Runs, runId: string): Promise<Shown> {
  const { view, live } = await runs.read(runId);
  if (hasEnded(view)) return { attempts: view.attempts.flatMap(({ id, private: score }) => (score ? [{ id, privateScore: score.score }] : [])), early: false };
  if (!live) throw new RunnerError('not_running', `Run ${runId} is interrupted: nothing writes its journal, which must record this.`, 'Resume the run first.');
  const client = await runs.connect(runId, 'watcher');
  try {
    const { attempts } = await client.reveal();
    return { attempts: attempts.map((attempt) => ({ id: attempt.id, privateScore: attempt.private?.score ?? null })), early: true };
  } finally {
    client.dispose();
  }
}
