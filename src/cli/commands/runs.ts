import { resolve } from 'node:path';
import type { Command } from 'commander';
import { describeError } from '../../core/errors';
import { finalAttempt } from '../../core/run/finalAttempt';
import { Runs } from '../../node/runner/runs';
import { podiumHome } from '../../node/storage/podiumHome';
import { formatTable, reportError, scoreText, writeJson, writeLine } from '../output';
import { attemptReport } from '../runReport';
import { version } from '../version';

/** `podium runs`: the runs of a workspace. A broken one is listed with what is wrong. */
export function registerRuns(program: Command): void {
  program
    .command('runs')
    .description('list the runs of a workspace')
    .option('--workspace <dir>', 'folder that the runs lie in', '.')
    .option('--json', 'print one JSON array')
    .action(async ({ workspace, json = false }: { workspace: string; json?: boolean }) => {
      try {
        const list = await new Runs({ workspace: resolve(workspace), home: podiumHome(), version: version() }).list();
        if (json) {
          writeJson(
            list.map((run) => {
              if ('error' in run) return { runId: run.runId, error: describeError(run.error) };
              const best = finalAttempt(run.view);
              return { runId: run.runId, competition: run.config.competition.id, agent: run.config.agent, selfScored: run.config.competition.evaluation?.selfScored ?? false, isolation: run.view.isolation, status: run.view.status, live: run.live, attempts: run.view.attempts.length, best: best ? attemptReport(best, run.view.refits) : null, feedback: run.feedback };
            }),
          );
          return;
        }
        const rows = list.map((run) => {
          if ('error' in run) return [run.runId, '', '', 'broken', '', '', describeError(run.error)];
          const { view, config } = run;
          return [run.runId, config.competition.id, config.agent, view.status, String(view.attempts.length), view.best ? scoreText(view.best.public.score) : '', `${view.competition.selfScored ? 'self-scored. ' : ''}${view.isolation === 'none' ? 'not isolated. ' : ''}${view.statusText}`];
        });
        writeLine(rows.length === 0 ? 'No runs here yet. `podium run <competition>` starts one.' : formatTable([['RUN', 'COMPETITION', 'AGENT', 'STATUS', 'ATTEMPTS', 'BEST', ''], ...rows], new Set([4, 5])));
      } catch (error) {
        reportError(error, json);
      }
    });
}
