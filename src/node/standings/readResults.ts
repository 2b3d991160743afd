import { withAssumedVersions } from '../../core/standings/assumedVersion';
import type { RunResult } from '../../core/standings/compareRuns';
import { runResultOf } from '../../core/standings/runResult';
import type { BrokenRun, Runs, RunSummary } from '../runner/runs';

/**
 * What runs of a workspace came to, in the order in which they were made.
 * @param runIds ids, each counted once; none: every run of the workspace, and those that cannot be read beside
 * @throws StorageError for a named run that is not there
 */
export async function readResults(runs: Runs, runIds: readonly string[]): Promise<{ results: RunResult[]; broken: BrokenRun[] }> {
  const read = runIds.length > 0 ? await Promise.all([...new Set(runIds)].map((runId) => runs.read(runId))) : await runs.list();
  const summaries: RunSummary[] = [];
  const broken: BrokenRun[] = [];
  for (const run of read) {
    if ('error' in run) broken.push(run);
    else summaries.push(run);
  }
  return { results: await resultsOf(runs, summaries), broken };
}

/** What runs came to, as they were read. */
export async function resultsOf(runs: Runs, read: readonly RunSummary[]): Promise<RunResult[]> {
  const results = read.map(({ config, view, feedback }) => runResultOf(config, view, feedback));
  if (results.every(({ scoring }) => scoring !== undefined)) return results;
  return withAssumedVersions(results, await runs.configs());
}
