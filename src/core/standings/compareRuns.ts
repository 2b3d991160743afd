import type { BoardKind } from '../competition/boardPart';
import type { BoardEntry, Direction } from '../competition/manifest';
import { averageHumanRank, referenceStanding, standing, type GapClosed, type HumanRank, type Medal, type Standing } from '../grading/standings';
import type { FeedbackGiven } from '../run/feedback';
import { elo, type EloResult } from './elo';
import { performanceProfile, type PerformanceProfile } from './performanceProfile';
import { playersOf, type TaskResults } from './playerResults';
import { ratesOverSeeds, type Rates } from './rates';
import { spreadOf, type Spread } from './spread';

/** What of a run a comparison needs. */
export interface RunResult {
  readonly runId: string;
  /** "Run 7" of its workspace. */
  readonly number: number;
  readonly competition: string;
  readonly title: string;
  readonly metricLabel: string;
  readonly direction: Direction;
  readonly player: string;
  readonly seed: number;
  readonly ended: boolean;
  /** Null: no sandbox was ever there. */
  readonly isolation: 'container' | 'bubblewrap' | 'none' | null;
  /** The player grades itself: there are no hidden answers. */
  readonly selfScored: boolean;
  /** sha256 of what judges an own evaluation: runs by different rulers do not compare. */
  readonly ruler?: string;
  /** sha256 of all that its scores depend on; absent where no run of this kind has it noted. */
  readonly scoring?: string;
  /** The run is from before `scoring` was noted: it was taken from the oldest run that notes it. */
  readonly scoringAssumed?: boolean;
  /** How much the player was told of test scores. */
  readonly feedback: FeedbackGiven;
  /** Of the final attempt, over the private rows where there are some, else over the public ones. Null: no valid result. */
  readonly score: number | null;
  /** On what decides, between a baseline and a human score; null where these are not known. */
  readonly gap?: GapClosed | null;
  /** The board over the same rows as `score`; empty for none, or for one whose ranks mean nothing. */
  readonly board: readonly BoardEntry[];
  /** Reference solutions are no people: a position among them, no medal and no HumanRank. */
  readonly boardOf: BoardKind;
  /** The score over the other rows with its board, where there are both: HumanRank is a mean over boards. */
  readonly other?: { readonly score: number; readonly board: readonly BoardEntry[] } | null;
}

export type LeftOutReason = 'not_ended' | 'not_isolated' | 'self_scored';

/** What is left out unless it is asked for. */
export interface ComparisonOptions {
  readonly unisolated?: boolean;
  readonly selfScored?: boolean;
}

export interface RunPlace {
  readonly rank: number;
  /** Entries of the board with the very same score. */
  readonly tied: number;
  readonly teams: number;
  readonly percentile: number;
  readonly medal: Medal | null;
  /** What comes next and how far it is: a medal, or among reference solutions an entry. */
  readonly next: { readonly medal: Medal; readonly distance: number } | { readonly medal: null; readonly entry: string; readonly distance: number } | null;
  readonly aboveMedian: boolean | null;
  /** Both forms, each a mean over the boards that exist. */
  readonly humanRank: HumanRank | null;
}

export interface ComparedRun {
  readonly runId: string;
  readonly number: number;
  readonly seed: number;
  readonly score: number | null;
  readonly place: RunPlace | null;
  /** Percent of the gap between baseline and human that it closed; null without a score, or where there is no gap. */
  readonly gapClosed: number | null;
  readonly feedback: FeedbackGiven;
  readonly isolation: RunResult['isolation'];
}

/** One player's runs of one competition. */
export interface PlayerRuns {
  readonly player: string;
  readonly runs: readonly ComparedRun[];
  /** Over the valid runs; null for none. */
  readonly score: Spread | null;
  /** Best of the runs; says how many it was chosen from. */
  readonly best: { readonly score: number; readonly of: number } | null;
  /** Percent of the gap closed, over the valid runs: mean and error, since a maximum would hide the variance. */
  readonly gapClosed: Spread | null;
}

/** `a` minus `b`, positive = `a` is better, in the metric's unit. */
export interface PlayerDifference {
  readonly a: string;
  readonly b: string;
  /** Over runs with equal seeds where there are some; else the difference of the means. */
  readonly paired: boolean;
  readonly difference: Spread;
}

export interface CompetitionComparison {
  readonly competition: string;
  readonly title: string;
  readonly metricLabel: string;
  readonly direction: Direction;
  readonly boardOf: BoardKind | null;
  readonly selfScored: boolean;
  /** Other runs of the competition were scored by a later version of it: their scores do not compare with these. */
  readonly earlier: boolean;
  /** Numbers of its runs that do not say what scored them, in order; see `assumedVersion.ts`. */
  readonly assumed: readonly number[];
  /** Best mean first; players without a valid run last. */
  readonly players: readonly PlayerRuns[];
  readonly differences: readonly PlayerDifference[];
}

export interface Comparison {
  readonly competitions: readonly CompetitionComparison[];
  /** Over competitions with a board of people, by player. */
  readonly rates: ReadonlyMap<string, Rates>;
  /** Both compare players over competitions: null for fewer than two players. */
  readonly profile: PerformanceProfile | null;
  readonly elo: EloResult | null;
  readonly leftOut: readonly { readonly runId: string; readonly why: LeftOutReason }[];
}

/**
 * Compares runs by competition and by player. A player's result on a competition is the mean of its
 * valid runs. Runs by different versions of what scores them stand apart, the newest first, and over
 * several competitions the newest version counts.
 */
export function compareRuns(runs: readonly RunResult[], options: ComparisonOptions = {}): Comparison {
  const leftOut: { runId: string; why: LeftOutReason }[] = [];
  const kept = runs.filter((run) => {
    const why = whyLeftOut(run, options);
    if (why) leftOut.push({ runId: run.runId, why });
    return why === null;
  });
  const competitions = [...groupBy(kept, (run) => run.competition).values()].flatMap((own) => versionsOf(own).map((version, at) => compareCompetition(version, at > 0)));
  const newest = competitions.filter(({ earlier }) => !earlier);
  // Over several competitions only what the player could not print itself counts.
  const tasks = newest.filter(({ selfScored }) => !selfScored).map(taskResults);
  const several = playersOf(tasks).length > 1;
  return {
    competitions,
    rates: ratesByPlayer(newest),
    profile: several ? performanceProfile(tasks) : null,
    elo: several ? elo(tasks) : null,
    leftOut,
  };
}

function whyLeftOut(run: RunResult, options: ComparisonOptions): LeftOutReason | null {
  if (!run.ended) return 'not_ended';
  if (run.isolation === 'none' && !options.unisolated) return 'not_isolated';
  return run.selfScored && !options.selfScored ? 'self_scored' : null;
}

/** Runs of a competition by what scored them, the version with the newest run first. */
function versionsOf(runs: readonly RunResult[]): RunResult[][] {
  const versions = [...groupBy(runs, ({ ruler = '', direction, metricLabel, scoring = '' }) => JSON.stringify([ruler, direction, metricLabel, scoring])).values()];
  const last = (own: readonly RunResult[]): number => Math.max(...own.map(({ number }) => number));
  return versions.sort((a, b) => last(b) - last(a));
}

function compareCompetition(runs: readonly RunResult[], earlier: boolean): CompetitionComparison {
  const { competition, title, metricLabel, direction, selfScored } = runs[0]!;
  const withBoard = runs.find((run) => run.board.length > 0);
  const sign = direction === 'maximize' ? 1 : -1;
  const rank = ({ score }: PlayerRuns): number => (score === null ? -Infinity : sign * score.mean);
  const players = [...groupBy(runs, (run) => run.player).entries()].map(([player, own]) => playerRuns(player, own)).sort((a, b) => rank(b) - rank(a) || 0);
  const differences = players.flatMap((a, at) => players.slice(at + 1).flatMap((b) => differenceOf(a, b, sign) ?? []));
  const assumed = runs.flatMap(({ scoringAssumed, number }) => (scoringAssumed ? number : [])).sort((a, b) => a - b);
  return { competition, title, metricLabel, direction, boardOf: withBoard?.boardOf ?? null, selfScored, earlier, assumed, players, differences };
}

function playerRuns(player: string, runs: readonly RunResult[]): PlayerRuns {
  const scores = runs.flatMap((run) => run.score ?? []);
  const { direction } = runs[0]!;
  return {
    player,
    runs: runs.map((run) => ({ runId: run.runId, number: run.number, seed: run.seed, score: run.score, place: placeOf(run), gapClosed: run.gap?.ok ? run.gap.percent : null, feedback: run.feedback, isolation: run.isolation })),
    score: spreadOf(scores),
    best: scores.length === 0 ? null : { score: direction === 'maximize' ? Math.max(...scores) : Math.min(...scores), of: runs.length },
    gapClosed: spreadOf(runs.flatMap(({ gap }) => (gap?.ok ? gap.percent : []))),
  };
}

function placeOf({ score, board, boardOf, direction, other }: RunResult): RunPlace | null {
  if (score === null || board.length === 0) return null;
  if (boardOf === 'reference') {
    const { rank, tied, teams, percentile, next } = referenceStanding(score, board, direction);
    return { rank, tied, teams, percentile, medal: null, next, aboveMedian: null, humanRank: null };
  }
  const among = (value: number, entries: readonly BoardEntry[]): Standing => standing(value, entries.map((entry) => entry.score), direction);
  const { rank, tied, teams, percentile, medal, next, aboveMedian, humanRank } = among(score, board);
  if (rank === null || tied === null || percentile === null) return null;
  return { rank, tied, teams, percentile, medal, next, aboveMedian, humanRank: averageHumanRank([humanRank, other ? among(other.score, other.board).humanRank : null]) };
}

/** Runs with equal seeds are paired, the first with the first: what makes a seed hard cancels out. */
function differenceOf(a: PlayerRuns, b: PlayerRuns, sign: number): PlayerDifference | null {
  if (!a.score || !b.score) return null;
  const bySeed = groupBy(b.runs.filter((run) => run.score !== null), (run) => run.seed);
  const pairs: number[] = [];
  for (const run of a.runs) {
    if (run.score === null) continue;
    const other = bySeed.get(run.seed)?.shift();
    if (other && other.score !== null) pairs.push(sign * (run.score - other.score));
  }
  const paired = spreadOf(pairs);
  if (paired) return { a: a.player, b: b.player, paired: true, difference: paired };
  const mean = sign * (a.score.mean - b.score.mean);
  const sem = Math.hypot(a.score.sem, b.score.sem);
  return { a: a.player, b: b.player, paired: false, difference: { n: Math.min(a.score.n, b.score.n), mean, sem, interval: [mean - 1.96 * sem, mean + 1.96 * sem] } };
}

function taskResults({ competition, direction, players }: CompetitionComparison): TaskResults {
  return { task: competition, direction, scores: new Map(players.map(({ player, score }) => [player, score?.mean ?? null])) };
}

function ratesByPlayer(competitions: readonly CompetitionComparison[]): Map<string, Rates> {
  const tasks = new Map<string, { valid: boolean; medal: Medal | null; aboveMedian: boolean }[][]>();
  for (const { boardOf, players } of competitions) {
    if (boardOf !== 'people') continue;
    for (const { player, runs } of players) {
      const outcomes = runs.map(({ score, place }) => ({ valid: score !== null, medal: place?.medal ?? null, aboveMedian: place?.aboveMedian ?? false }));
      tasks.set(player, [...(tasks.get(player) ?? []), outcomes]);
    }
  }
  return new Map([...tasks].flatMap(([player, own]) => {
    const rates = ratesOverSeeds(own);
    return rates ? [[player, rates] as const] : [];
  }));
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}
