import { describeError } from '../../core/errors';
import { aupNote, comparisonJson, eloNote } from '../../core/standings/comparisonJson';
import { assumedWords } from '../../core/standings/assumedVersion';
import { compareRuns, type Comparison, type CompetitionComparison, type LeftOutReason } from '../../core/standings/compareRuns';
import type { EloResult } from '../../core/standings/elo';
import type { Rates, RateName } from '../../core/standings/rates';
import { rateNames } from '../../core/standings/rates';
import { standingsRow, verdictOn, type StandingsRow } from '../../core/standings/standingsTable';
import type { Spread } from '../../core/standings/spread';
import type { Runs } from '../../node/runner/runs';
import { readResults } from '../../node/standings/readResults';
import { formatTable, scoreText, writeJson, writeLine } from '../output';

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
  const { results, broken } = await readResults(request.runs, request.runIds);
  for (const { runId, error } of broken) process.stderr.write(`${runId} is left out: ${describeError(error)}\n`);
  const comparison = compareRuns(results, request);
  if (request.json) writeJson(comparisonJson(comparison));
  else printComparison(comparison);
}

function printComparison({ competitions, rates, profile, elo, leftOut }: Comparison): void {
  if (competitions.length === 0) writeLine(leftOut.length > 0 ? 'No run is compared: each is left out.' : 'No run to compare.');
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

function printCompetition({ title, metricLabel, direction, boardOf, selfScored, earlier, assumed, players, differences }: CompetitionComparison): void {
  writeLine(`\n${title}${earlier ? ', scored by an earlier version of it, which does not compare with the newest' : ''}: ${metricLabel}, ${direction === 'maximize' ? 'higher is better' : 'lower is better'}; scores of the final attempts${selfScored ? ', SELF-SCORED' : ''}${boardOf === 'reference' ? '; places are among reference solutions' : ''}`);
  const rows = players.map((player) => cellsOf(standingsRow(player)));
  const kept = heads.flatMap((_, at) => (rows.some((row) => row[at] !== '') ? [at] : []));
  const only = (row: readonly string[]): string[] => kept.map((at) => row[at] ?? '');
  writeLine(formatTable([only(heads), ...rows.map(only)], new Set(kept.flatMap((from, at) => (from > 0 ? [at] : [])))));
  const words = assumedWords(assumed);
  if (words) writeLine(words);
  for (const { player, gapClosed } of players) if (gapClosed) writeLine(`${player} closed ${gapClosed.mean.toFixed(1)} % ${errorText(gapClosed, 1)} of the gap between baseline and human.`);
  for (const one of differences) {
    // The better mean may have lost where seeds are equal.
    const [better, worse] = one.difference.mean < 0 ? [one.b, one.a] : [one.a, one.b];
    const noise = verdictOn(one) === 'clear' ? '' : ', within noise or too few runs to tell';
    writeLine(`${better} is better than ${worse} by ${scoreText(Math.abs(one.difference.mean))} ${errorText(one.difference)} (${one.paired ? `${one.difference.n} paired ${one.difference.n === 1 ? 'seed' : 'seeds'}` : 'means of unpaired runs'}${noise}).`);
  }
}

const heads = ['PLAYER', 'RUNS', 'MEAN', 'SEM', '95 % INTERVAL', 'BEST', 'BEST PLACE', 'PERCENTILE', 'MEDALS', 'ABOVE MEDIAN', 'HUMANRANK (CODE)', 'HUMANRANK (PAPER)', 'ISOLATION'];

function cellsOf({ player, runs, score, best, place, medals, aboveMedian, humanRank, isolation }: StandingsRow): string[] {
  const won = medals ? (['gold', 'silver', 'bronze'] as const).flatMap((name) => (medals[name] > 0 ? [`${medals[name]} ${name}`] : [])).join(', ') || 'none' : '';
  return [
    player,
    String(runs.length),
    score ? scoreText(score.mean) : '',
    score ? errorText(score) : 'no valid run',
    score && score.n > 1 ? score.interval.map(scoreText).join(' to ') : '',
    best && best.of > 1 ? `${scoreText(best.score)}, best of ${best.of}` : '',
    place ? `${place.rank} of ${place.teams}` : '',
    place ? place.percentile.toFixed(1) : '',
    won,
    aboveMedian === null ? '' : `${(100 * aboveMedian).toFixed(0)} %`,
    humanRank ? humanRank.code.toFixed(4) : '',
    humanRank ? humanRank.paper.toFixed(4) : '',
    isolation.map((one) => (one === 'none' ? 'NONE' : one)).join(', '),
  ];
}

const errorText = ({ n, sem }: Spread, decimals?: number): string => (n < 2 ? '(one run)' : `± ${decimals === undefined ? scoreText(sem) : sem.toFixed(decimals)}`);

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
