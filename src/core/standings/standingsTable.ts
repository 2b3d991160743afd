import type { Medal } from '../grading/standings';
import { assumedWords } from './assumedVersion';
import type { ComparedRun, CompetitionComparison, PlayerDifference, PlayerRuns } from './compareRuns';
import { spreadOf, type Spread } from './spread';

/** What a table says of one player's runs of a competition. */
export interface StandingsRow {
  readonly player: string;
  readonly runs: readonly ComparedRun[];
  readonly seeds: readonly number[];
  readonly valid: number;
  /** Over the valid runs. */
  readonly score: Spread | null;
  readonly best: PlayerRuns['best'];
  /** The best place of a run, where the board's ranks mean something. */
  readonly place: { readonly rank: number; readonly teams: number; readonly percentile: number } | null;
  /** On a board of people alone: runs with each medal, and the share of all runs above the median. */
  readonly medals: Readonly<Record<Medal, number>> | null;
  readonly aboveMedian: number | null;
  /** Mean over the valid runs, MLE-Dojo's two forms. */
  readonly humanRank: { readonly code: number; readonly paper: number } | null;
  /** Percent of the gap between baseline and human that was closed; null where there is no gap. */
  readonly gapClosed: Spread | null;
  /** Public scores that the runs were told, of their graded calls. */
  readonly told: number;
  readonly gradedCalls: number;
  /** Private scores were looked at before a run had ended. */
  readonly revealed: boolean;
  readonly isolation: readonly NonNullable<ComparedRun['isolation']>[];
}

export function standingsRow({ player, runs, score, best, gapClosed }: PlayerRuns): StandingsRow {
  const places = runs.flatMap((run) => run.place ?? []);
  const people = places.filter((place) => place.humanRank !== null);
  const medal = (name: Medal): number => places.filter((place) => place.medal === name).length;
  const meanOf = (form: 'code' | 'paper'): number => spreadOf(people.map((place) => place.humanRank![form]))!.mean;
  const [first] = [...places].sort((a, b) => a.rank - b.rank);
  return {
    player,
    runs,
    seeds: [...new Set(runs.map((run) => run.seed))].sort((a, b) => a - b),
    valid: runs.filter((run) => run.score !== null).length,
    score,
    best,
    place: first ? { rank: first.rank, teams: first.teams, percentile: first.percentile } : null,
    medals: people.length > 0 ? { gold: medal('gold'), silver: medal('silver'), bronze: medal('bronze') } : null,
    aboveMedian: people.length > 0 ? places.filter((place) => place.aboveMedian === true).length / runs.length : null,
    humanRank: people.length > 0 ? { code: meanOf('code'), paper: meanOf('paper') } : null,
    gapClosed,
    told: runs.reduce((sum, run) => sum + run.feedback.told, 0),
    gradedCalls: runs.reduce((sum, run) => sum + run.feedback.gradedCalls, 0),
    revealed: runs.some((run) => run.feedback.privateRevealedAt.length > 0),
    isolation: [...new Set(runs.flatMap((run) => run.isolation ?? []))].sort(),
  };
}

/** `few`: one pair says nothing of noise. `noise`: the 95 % interval holds 0. */
export type DifferenceVerdict = 'clear' | 'noise' | 'few';

export function verdictOn({ difference }: Pick<PlayerDifference, 'difference'>): DifferenceVerdict {
  if (difference.n < 2) return 'few';
  return difference.interval[0] > 0 || difference.interval[1] < 0 ? 'clear' : 'noise';
}

const heads = ['player', 'runs', 'valid', 'seeds', 'mean', 'sem', 'ci95_low', 'ci95_high', 'best', 'place', 'teams', 'percentile', 'gold', 'silver', 'bronze', 'above_median', 'human_rank_code', 'human_rank_paper', 'gap_closed', 'told', 'graded_calls', 'isolation'];

function cells(row: StandingsRow): string[] {
  const number = (value: number | null | undefined): string => (value == null ? '' : String(Number(value.toPrecision(6))));
  const { score, medals } = row;
  return [
    row.player, String(row.runs.length), String(row.valid), row.seeds.join(' '), number(score?.mean), score && score.n > 1 ? number(score.sem) : '',
    ...[0, 1].map((end) => (score && score.n > 1 ? number(score.interval[end]) : '')),
    number(row.best?.score), number(row.place?.rank), number(row.place?.teams), number(row.place?.percentile), number(medals?.gold), number(medals?.silver), number(medals?.bronze),
    number(row.aboveMedian), number(row.humanRank?.code), number(row.humanRank?.paper), number(row.gapClosed?.mean), String(row.told), String(row.gradedCalls), row.isolation.join(' '),
  ];
}

/** What to call the versions of a competition by which runs were scored, newest first. */
export function versionName(at: number, of: number): string {
  if (at === 0) return 'newest';
  return of === 2 ? 'earlier' : `earlier ${at}`;
}

/**
 * The players' rows as CSV, numbers to six significant digits; what does not apply is empty. Versions
 * that do not compare are told apart by a last column, scores that a player gave itself by another, and
 * by one more the numbers of runs whose version is assumed.
 * @param versions of one competition, newest first
 */
export function standingsCsv(versions: readonly CompetitionComparison[]): string {
  // A cell that a spreadsheet would take for a formula is made text.
  const quoted = (cell: string): string => (/[",\r\n]/.test(cell) || /^[=+@\t]/.test(cell) ? `"${(/^[=+@\t]/.test(cell) ? `'${cell}` : cell).replaceAll('"', '""')}"` : cell);
  const several = versions.length > 1;
  const own = versions.some(({ selfScored }) => selfScored);
  const unsure = versions.some(({ assumed }) => assumed.length > 0);
  const unsureOf = ({ runs }: PlayerRuns, assumed: readonly number[]): string => runs.flatMap(({ number }) => (assumed.includes(number) ? number : [])).join(' ');
  const rows = versions.flatMap(({ players, selfScored, assumed }, at) =>
    players.map((player) => [...cells(standingsRow(player)), ...(own ? [String(selfScored)] : []), ...(unsure ? [unsureOf(player, assumed)] : []), ...(several ? [versionName(at, versions.length)] : [])]),
  );
  return [[...heads, ...(own ? ['self_scored'] : []), ...(unsure ? ['version_assumed_for'] : []), ...(several ? ['version'] : [])], ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join('');
}

/** The same as Markdown tables, one for each version, without columns that are empty throughout, and the differences below each. */
export function standingsMarkdown(versions: readonly CompetitionComparison[]): string {
  const scored = (at: number): string => (versions.length > 1 ? `, scored by ${at === 0 ? 'the newest' : 'an earlier'} version of it` : '');
  return versions.map((version, at) => markdownOf(version, scored(at))).join('\n');
}

function markdownOf({ title, metricLabel, direction, selfScored, assumed, players, differences }: CompetitionComparison, scored: string): string {
  const rows = players.map((player) => cells(standingsRow(player)));
  const kept = heads.flatMap((_, at) => (rows.some((row) => row[at] !== '') ? [at] : []));
  const line = (row: readonly string[]): string => `| ${kept.map((at) => (row[at] ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [line(heads.map((head) => head.replaceAll('_', ' '))), `|${kept.map((at) => (at === 0 ? ' --- |' : ' ---: |')).join('')}`, ...rows.map(line)];
  const words = { clear: '', noise: ', within noise', few: ', too few to tell' };
  const signed = (value: number): string => `${value < 0 ? '' : '+'}${Number(value.toPrecision(4))}`;
  const notes = differences.map((one) => {
    const { n, mean, interval } = one.difference;
    const range = n > 1 ? ` (95 % ${interval.map((end) => signed(end)).join(' to ')})` : '';
    const how = one.paired ? `${n} equal ${n === 1 ? 'seed' : 'seeds'}` : 'means, no equal seeds';
    return `- ${one.a} against ${one.b}: ${signed(mean)}${range}, ${how}${words[verdictOn(one)]}`;
  });
  const legend = notes.length > 0 ? ['', 'Differences, positive where the first is better:', '', ...notes] : [];
  const better = direction === 'maximize' ? 'higher is better' : 'lower is better';
  const said = assumedWords(assumed);
  return [`**${title}**${scored}: ${metricLabel}, ${better}${selfScored ? ', self-scored' : ''}`, '', ...table, ...(said ? ['', said] : []), ...legend, ''].join('\n');
}
