import { describeError } from '../../core/errors';
import { compareRuns, type Comparison, type CompetitionComparison, type LeftOutReason } from '../../core/standings/compareRuns';
import type { EloResult } from '../../core/standings/elo';
import type { Rates, RateName } from '../../core/standings/rates';
import { rateNames } from '../../core/standings/rates';
import { runResultOf } from '../../core/standings/runResult';
import type { Spread } from '../../core/standings/spread';
import type { Runs} from '../../node/runner/runs';
import { type RunSummary } from '../../node/runner/runs';
import { formatTable, writeJson, writeLine } from '../output';

export interface ComparisonRequest {
  readonly runs: Runs;
  /** Ids; none: every run of the workspace. */
  readonly runIds: readonly string[];
  readonly unisolated: boolean;
  readonly selfScored: boolean;
  readonly json: boolean;
}

/** Prints how runs and players compare. @throws StorageError for a named run that is not there */
export async function printRunComparison(request: ComparisonRequest): Promise<void> {
  const summaries = await read(request);
  const comparison = compareRuns(summaries.map(({ config, view, feedback }) => runResultOf(config, view, feedback)), request);
  if (request.json) writeJson(asJson(comparison));
  else printComparison(comparison);
}

async function read({ runs, runIds }: ComparisonRequest): Promise<RunSummary[]> {
  if (runIds.length > 0) return await Promise.all(runIds.map((runId) => runs.read(runId)));
  return (await runs.list()).flatMap((run) => {
    if (!('error' in run)) return [run];
    process.stderr.write(`${run.runId} is left out: ${describeError(run.error)}\n`);
    return [];
  });
}

/** Maps as objects, and the caveats beside the figures that need them. */
function asJson({ competitions, rates, profile, elo, leftOut }: Comparison): object {
  return {
    competitions,
    rates: Object.fromEntries(rates),
    aup: profile && { areas: Object.fromEntries(profile.areas), upTo: profile.upTo, tasks: profile.tasks, excluded: profile.excluded, note: aupNote },
    elo: elo && eloJson(elo),
    leftOut,
  };
}

function eloJson(result: EloResult): object {
  if (!result.ok) return result;
  const { ratings, intervals, solved } = result;
  return { ok: true, ratings: Object.fromEntries(ratings), intervals: intervals && Object.fromEntries(intervals), solved, note: eloNote };
}

const aupNote = 'Depends on which players are compared; means nothing for scores without a natural zero.';
const eloNote = 'Margins do not count; ratings of different sets of players do not compare.';

function printComparison({ competitions, rates, profile, elo, leftOut }: Comparison): void {
  if (competitions.length === 0) writeLine('No ended run to compare.');
  for (const competition of competitions) printCompetition(competition);
  if (rates.size > 0) printRates(rates);
  if (profile && profile.tasks.length > 0) {
    writeLine(`\nArea under the performance profile, over ${profile.tasks.length} competitions. ${aupNote}`);
    writeLine(formatTable([...profile.areas].sort((a, b) => b[1] - a[1]).map(([player, area]) => [player, area.toFixed(4)]), new Set([1])));
  }
  if (elo) printElo(elo);
  for (const { runId, why } of leftOut) process.stderr.write(`${runId} is left out: ${leftOutWords[why]}\n`);
}

const leftOutWords: Readonly<Record<LeftOutReason, string>> = {
  not_ended: 'it has not ended.',
  not_isolated: 'it ran without isolation (--unisolated takes it in).',
  self_scored: 'it scored itself (--self-scored takes it in).',
};

function printCompetition({ title, metricLabel, direction, selfScored, players, differences }: CompetitionComparison): void {
  writeLine(`\n${title}: ${metricLabel}, ${direction === 'maximize' ? 'higher is better' : 'lower is better'}; scores of the final attempts${selfScored ? ', SELF-SCORED' : ''}`);
  const rows = players.map(({ player, runs, score, best }) => {
    const places = runs.flatMap((run) => run.place ?? []);
    const place = places.length === 1 ? `${places[0]!.rank} of ${places[0]!.teams}` : '';
    return [player, String(runs.length), score ? score.mean.toFixed(4) : '', score ? errorText(score) : 'no valid run', best && best.of > 1 ? `${best.score.toFixed(4)}, best of ${best.of}` : '', place];
  });
  writeLine(formatTable([['PLAYER', 'RUNS', 'MEAN', 'SEM', 'BEST', 'PLACE'], ...rows], new Set([1, 2, 3])));
  for (const { player, gapClosed } of players) if (gapClosed) writeLine(`${player} closed ${gapClosed.mean.toFixed(1)} % ${errorText(gapClosed, 1)} of the gap between baseline and human.`);
  for (const { a, b, paired, difference } of differences) {
    const noise = Math.abs(difference.mean) <= difference.sem || difference.n < 2 ? ', within noise or too few runs to tell' : '';
    writeLine(`${a} is better than ${b} by ${difference.mean.toFixed(4)} ${errorText(difference)} (${paired ? `${difference.n} paired seeds` : 'means of unpaired runs'}${noise}).`);
  }
}

const errorText = ({ n, sem }: Spread, decimals = 4): string => (n < 2 ? '(one run)' : `± ${sem.toFixed(decimals)}`);

const rateHeads: Readonly<Record<RateName, string>> = { valid: 'VALID', aboveMedian: 'ABOVE MEDIAN', anyMedal: 'ANY MEDAL', gold: 'GOLD', silver: 'SILVER', bronze: 'BRONZE' };

function printRates(rates: ReadonlyMap<string, Rates>): void {
  writeLine('\nPercentages over competitions with a board of people, mean ± standard error over seeds');
  const rows = [...rates].map(([player, { seeds, tasks, rates: own }]) => [player, String(tasks), String(seeds), ...rateNames.map((name) => `${own[name].mean.toFixed(1)} ± ${own[name].sem.toFixed(1)}`)]);
  writeLine(formatTable([['PLAYER', 'TASKS', 'SEEDS', ...rateNames.map((name) => rateHeads[name])], ...rows], new Set([1, 2, 3, 4, 5, 6, 7, 8])));
}

function printElo(result: EloResult): void {
  if (!result.ok) {
    if (result.reason === 'not_identifiable') writeLine('\nNo Elo ratings: some player never lost to the rest, or groups never met.');
    return;
  }
  writeLine(`\nElo, mean 1000. ${eloNote}`);
  const rows = [...result.ratings].sort((a, b) => b[1] - a[1]).map(([player, rating]) => {
    const interval = result.intervals?.get(player);
    return [player, rating.toFixed(0), interval ? `${interval[0].toFixed(0)} to ${interval[1].toFixed(0)}` : 'no interval: too few competitions'];
  });
  writeLine(formatTable(rows, new Set([1])));
}
