import type { Direction } from '../competition/manifest';
import { boardThresholds, isBetter, medalOf, roundLikeMleBench, type Thresholds } from './standings';

/**
 * Grading reports with the fields of MLE-bench, in its order, so that its aggregation and other
 * programs read them. Field names are its own, hence the underscores.
 */
export interface MleBenchReport {
  readonly competition_id: string;
  readonly score: number | null;
  readonly gold_threshold: number | null;
  readonly silver_threshold: number | null;
  readonly bronze_threshold: number | null;
  readonly median_threshold: number | null;
  readonly any_medal: boolean;
  readonly gold_medal: boolean;
  readonly silver_medal: boolean;
  readonly bronze_medal: boolean;
  readonly above_median: boolean;
  readonly submission_exists: boolean;
  readonly valid_submission: boolean;
  readonly is_lower_better: boolean;
  readonly created_at: string;
  readonly submission_path: string;
}

export interface MleBenchSummary {
  readonly total_runs: number;
  readonly total_runs_with_submissions: number;
  readonly total_valid_submissions: number;
  readonly total_medals: number;
  readonly total_gold_medals: number;
  readonly total_silver_medals: number;
  readonly total_bronze_medals: number;
  readonly total_above_median: number;
  readonly competition_reports: readonly MleBenchReport[];
}

/** A graded submission to report on. */
export interface Graded {
  readonly competition: string;
  readonly path: string;
  readonly exists: boolean;
  /** Over all rows; null when the submission is not valid. */
  readonly score: number | null;
  readonly direction: Direction;
  /** Scores of the private board in file order; empty where there is none. */
  readonly board: readonly number[];
  /** Known without the board, where that is not at hand. */
  readonly thresholds: Thresholds | null;
  readonly at: Date;
}

/**
 * The report of one submission. Exact: the score as it is, the metric's direction. `compat`: the
 * score is rounded to five decimals first and the direction inferred from the first and last row
 * of the board, as MLE-bench does; an exact tie with a finer threshold can then lose its medal.
 */
export function mleBenchReport(graded: Graded, compat: boolean): MleBenchReport {
  const { board } = graded;
  const direction = compat && board.length > 0 ? inferredDirection(board) : graded.direction;
  const thresholds = board.length > 0 ? boardThresholds(board, direction) : graded.thresholds;
  const score = graded.score === null ? null : compat ? roundLikeMleBench(graded.score) : graded.score;
  const medal = score === null || thresholds === null ? null : medalOf(score, thresholds, direction);
  return {
    competition_id: graded.competition,
    score,
    gold_threshold: thresholds?.gold ?? null,
    silver_threshold: thresholds?.silver ?? null,
    bronze_threshold: thresholds?.bronze ?? null,
    median_threshold: thresholds?.median ?? null,
    any_medal: medal !== null,
    gold_medal: medal === 'gold',
    silver_medal: medal === 'silver',
    bronze_medal: medal === 'bronze',
    above_median: score !== null && thresholds !== null && isBetter(score, thresholds.median, direction),
    submission_exists: graded.exists,
    valid_submission: score !== null,
    is_lower_better: direction === 'minimize',
    created_at: graded.at.toISOString().replace('Z', ''),
    submission_path: graded.path,
  };
}

function inferredDirection(board: readonly number[]): Direction {
  return board[0]! < board[board.length - 1]! ? 'minimize' : 'maximize';
}

export function mleBenchSummary(reports: readonly MleBenchReport[]): MleBenchSummary {
  const count = (field: 'submission_exists' | 'valid_submission' | 'any_medal' | 'gold_medal' | 'silver_medal' | 'bronze_medal' | 'above_median'): number =>
    reports.filter((report) => report[field]).length;
  return {
    total_runs: reports.length,
    total_runs_with_submissions: count('submission_exists'),
    total_valid_submissions: count('valid_submission'),
    total_medals: count('any_medal'),
    total_gold_medals: count('gold_medal'),
    total_silver_medals: count('silver_medal'),
    total_bronze_medals: count('bronze_medal'),
    total_above_median: count('above_median'),
    competition_reports: reports,
  };
}

/** `2026-01-31T23-59-59-UTC_grading_report.json`, as MLE-bench names it. */
export function reportFileName(at: Date): string {
  return `${at.toISOString().slice(0, 19).replaceAll(':', '-')}-UTC_grading_report.json`;
}
