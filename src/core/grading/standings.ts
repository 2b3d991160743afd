import type { BoardEntry, Direction } from '../competition/manifest';

/**
 * Where a score stands on a board. A board is a list of scores in the metric's direction;
 * "better" is strict and compares doubles as they were read.
 */

export type Medal = 'gold' | 'silver' | 'bronze';
const medals: readonly Medal[] = ['gold', 'silver', 'bronze'];

export interface Thresholds {
  readonly gold: number;
  readonly silver: number;
  readonly bronze: number;
  readonly median: number;
}

export interface Standing {
  /** Entries of the board, N. */
  readonly teams: number;
  /** 1 + entries strictly better; worse than all gives N + 1. Null without a score. */
  readonly rank: number | null;
  readonly tied: number | null;
  /** 100 · (entries strictly worse + ½ tied) / N. */
  readonly percentile: number | null;
  readonly medal: Medal | null;
  /** The medal above the present one and how far its threshold is. */
  readonly next: { readonly medal: Medal; readonly distance: number } | null;
  readonly aboveMedian: boolean;
  readonly thresholds: Thresholds;
  readonly humanRank: HumanRank | null;
}

/** Both published forms; always name the form beside a figure. */
export interface HumanRank {
  /** (N − p + 1) / N: what MLE-Dojo's code computes. */
  readonly code: number;
  /** 1 − p / N, not below 0: the formula of its paper. */
  readonly paper: number;
}

/** Whether `a` is strictly better than `b`. */
export function isBetter(a: number, b: number, direction: Direction): boolean {
  return direction === 'maximize' ? a > b : a < b;
}

/** A copy, best first. */
export function sortBestFirst(scores: readonly number[], direction: Direction): Float64Array {
  const sorted = Float64Array.from(scores).sort();
  return direction === 'maximize' ? sorted.reverse() : sorted;
}

/** 1-based places whose scores are the medal thresholds on a board of `n` entries (Kaggle's progression system). */
export function medalPlaces(n: number): Record<Medal, number> {
  const share = (fraction: number): number => Math.floor(fraction * n);
  if (n < 100) return { gold: Math.max(1, share(0.1)), silver: Math.max(1, share(0.2)), bronze: Math.max(1, share(0.4)) };
  if (n < 250) return { gold: 10, silver: share(0.2), bronze: share(0.4) };
  if (n < 1000) return { gold: 10 + share(0.002), silver: 50, bronze: 100 };
  return { gold: 10 + share(0.002), silver: share(0.05), bronze: share(0.1) };
}

/** Thresholds of a board with at least one entry. The median of an even board is the mean of the two middle scores. */
export function boardThresholds(scores: readonly number[], direction: Direction): Thresholds {
  const sorted = sortBestFirst(scores, direction);
  const n = sorted.length;
  const places = medalPlaces(n);
  const middle = Math.floor(n / 2);
  return {
    gold: sorted[places.gold - 1]!,
    silver: sorted[places.silver - 1]!,
    bronze: sorted[places.bronze - 1]!,
    median: n % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
  };
}

/** The best medal that the score has; as good as the threshold is enough. */
export function medalOf(score: number, thresholds: Thresholds, direction: Direction): Medal | null {
  return medals.find((medal) => !isBetter(thresholds[medal], score, direction)) ?? null;
}

function nextMedal(score: number, medal: Medal | null, thresholds: Thresholds): Standing['next'] {
  const above = medals[(medal === null ? medals.length : medals.indexOf(medal)) - 1];
  return above === undefined ? null : { medal: above, distance: Math.abs(thresholds[above] - score) };
}

/**
 * The standing of a score on a board of people.
 *
 * @param score null or not finite: no rank, no medal, not above the median
 * @param board at least one score, in any order
 */
export function standing(score: number | null, board: readonly number[], direction: Direction): Standing {
  const teams = board.length;
  const thresholds = boardThresholds(board, direction);
  if (score === null || !Number.isFinite(score)) {
    return { teams, rank: null, tied: null, percentile: null, medal: null, next: null, aboveMedian: false, thresholds, humanRank: null };
  }
  const { rank, tied, percentile } = place(score, board, direction);
  const medal = medalOf(score, thresholds, direction);
  return {
    teams,
    rank,
    tied,
    percentile,
    medal,
    next: nextMedal(score, medal, thresholds),
    aboveMedian: isBetter(score, thresholds.median, direction),
    thresholds,
    humanRank: humanRank(rank, teams),
  };
}

export function humanRank(rank: number, teams: number): HumanRank {
  return { code: (teams - rank + 1) / teams, paper: Math.max(0, 1 - rank / teams) };
}

/** HumanRank over the boards that exist (private, public): each form averaged; null without any. */
export function averageHumanRank(ranks: readonly (HumanRank | null)[]): HumanRank | null {
  const known = ranks.filter((rank) => rank !== null);
  if (known.length === 0) return null;
  const mean = (form: keyof HumanRank): number => known.reduce((sum, rank) => sum + rank[form], 0) / known.length;
  return { code: mean('code'), paper: mean('paper') };
}

function place(score: number, board: readonly number[], direction: Direction): { rank: number; tied: number; percentile: number } {
  let better = 0;
  let tied = 0;
  for (const entry of board) {
    if (isBetter(entry, score, direction)) better++;
    else if (entry === score) tied++;
  }
  const worse = board.length - better - tied;
  return { rank: better + 1, tied, percentile: (100 * (worse + tied / 2)) / board.length };
}

/** A position among reference solutions, which are no people: no medal, no HumanRank. */
export interface ReferenceStanding {
  readonly reference: true;
  readonly rank: number;
  readonly tied: number;
  readonly teams: number;
  readonly percentile: number;
  readonly medal: null;
  /** The closest better entry; null when there is none. */
  readonly next: { readonly medal: null; readonly entry: string; readonly distance: number } | null;
}

/** @param board at least one entry */
export function referenceStanding(score: number, board: readonly BoardEntry[], direction: Direction): ReferenceStanding {
  const { rank, tied, percentile } = place(score, board.map((entry) => entry.score), direction);
  let next: BoardEntry | null = null;
  for (const entry of board) {
    if (!isBetter(entry.score, score, direction)) continue;
    if (next === null || isBetter(next.score, entry.score, direction)) next = entry;
  }
  return {
    reference: true,
    rank,
    tied,
    teams: board.length,
    percentile,
    medal: null,
    next: next === null ? null : { medal: null, entry: next.name, distance: Math.abs(next.score - score) },
  };
}

/** What MLE-bench reports for the same score. */
export interface MleBenchResult {
  readonly medal: Medal | null;
  readonly aboveMedian: boolean;
}

/**
 * MLE-bench's own result: the score is rounded to five decimals first (half to even on
 * score · 10⁵), and the direction is inferred from the first and last row of the file.
 *
 * @param board scores in file order
 */
export function mleBenchResult(score: number | null, board: readonly number[]): MleBenchResult {
  if (score === null || !Number.isFinite(score)) return { medal: null, aboveMedian: false };
  const direction: Direction = board[0]! < board[board.length - 1]! ? 'minimize' : 'maximize';
  const thresholds = boardThresholds(board, direction);
  const rounded = roundLikeMleBench(score);
  return { medal: medalOf(rounded, thresholds, direction), aboveMedian: isBetter(rounded, thresholds.median, direction) };
}

/** To five decimals, half to even on score · 10⁵. */
export function roundLikeMleBench(score: number): number {
  return roundHalfEven(score * 1e5) / 1e5;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Share of the way from a baseline to a human score, or why there is none. */
export type GapClosed =
  | { readonly ok: true; readonly percent: number }
  | { readonly ok: false; readonly reason: 'no_score' | 'no_gap' | 'human_not_better' };

/**
 * 100 · (agent − baseline) / (human − baseline), the same for both directions; may be below 0 or
 * above 100 (MLRC-Bench's measure).
 */
export function gapClosed(agent: number | null, baseline: number | null, human: number | null, direction: Direction): GapClosed {
  if (!isScore(agent) || !isScore(baseline) || !isScore(human)) return { ok: false, reason: 'no_score' };
  if (human === baseline) return { ok: false, reason: 'no_gap' };
  if (isBetter(baseline, human, direction)) return { ok: false, reason: 'human_not_better' };
  return { ok: true, percent: (100 * (agent - baseline)) / (human - baseline) };
}

function isScore(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}
