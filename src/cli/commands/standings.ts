import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Runs } from '../../node/runner/runs';
import { podiumHome } from '../../node/storage/podiumHome';
import { reportError } from '../output';
import { printBoardStanding, type BoardOptions } from '../standings/boardStanding';
import { printRunComparison } from '../standings/runComparison';
import { UsageError } from '../usage';
import { version } from '../version';

interface StandingsOptions extends BoardOptions {
  readonly workspace: string;
  readonly all?: boolean;
  readonly unisolated?: boolean;
  readonly selfScored?: boolean;
}

/** `podium standings`: where a score stands on a leaderboard, or how runs compare. */
export function registerStandings(program: Command): void {
  program
    .command('standings')
    .description('compare runs, or tell the rank, percentile, medal and HumanRank of one score on a leaderboard')
    .argument('[runs...]', 'ids of runs')
    .option('--workspace <dir>', 'folder that the runs lie in', '.')
    .option('--all', 'every run of the workspace')
    .option('--unisolated', 'also runs that nothing isolated')
    .option('--self-scored', 'also runs that scored themselves')
    .option('--board <file>', 'CSV file with a column "score"')
    .option('--score <number>', 'with --board: the score; without one there is no rank')
    .option('--direction <direction>', 'with --board: maximize or minimize (default: that of --metric)')
    .option('--teams <number>', 'with --board: how many teams took part, to notice a board that was cut')
    .option('--metric <name>', 'with --board: the metric, to notice scores outside its range')
    .option('--json', 'print one JSON object')
    .action(async (runIds: string[], options: StandingsOptions) => {
      const json = options.json ?? false;
      try {
        const ofBoard = (['board', 'score', 'direction', 'teams', 'metric'] as const).find((name) => options[name] !== undefined);
        if (ofBoard === undefined) {
          if (runIds.length === 0 && !options.all) throw new UsageError('There is nothing to stand anywhere.', 'Give runs or --all to compare them, or --board <leaderboard.csv> with --score.');
          const runs = new Runs({ workspace: resolve(options.workspace), home: podiumHome(), version: version() });
          await printRunComparison({ runs, runIds, unisolated: options.unisolated ?? false, selfScored: options.selfScored ?? false, json });
        } else if (runIds.length > 0) {
          throw new UsageError(`--${ofBoard} is about one score, and cannot be combined with runs.`);
        } else await printBoardStanding(options);
      } catch (error) {
        reportError(error, json, 2);
      }
    });
}
