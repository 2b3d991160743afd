import { runResultOf } from '../../core/standings/runResult';
import type { RunResult } from '../../core/standings/compareRuns';
import type { BrokenRun, Runs } from '../runner/runs';

/**
 * What runs of a workspace came to, in the order in which they were made.
 * @param runIds ids, each counted once; none: every run of the workspace, and those that cannot be read beside
 * @throws StorageError for a named run that is not there
 */
export async function readResults(runs: Runs, runIds: readonly string[]): Promise<{ results: RunResult[]; broken: BrokenRun[] }> {
  const read = runIds.length > 0 ? await Promise.all([...new Set(runIds)].map((runId) => runs.read(runId))) : await runs.list();
  const results: RunResult[] = [];
  const broken: BrokenRun[] = [];
  for (const run of read) {
    if ('error' in run) broken.push(run);
    else results.push(runResultOf(run.config, run.view, run.feedback));
  }
  return { results, broken };
}
