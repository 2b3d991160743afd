import type { Direction } from '../competition/manifest';
import { readCsv } from './csv';
import { absent } from './csvScanner';
import { parseNumber } from './numbers';
import { ProblemList } from './problems';
import { boardThresholds, isBetter, medalPlaces } from './standings';
import type { Medal } from './standings';

export type BoardFindingCode =
  | 'lfs_pointer' | 'empty' | 'no_score_column' | 'not_numeric'
  | 'all_zero' | 'constant' | 'truncated' | 'opposite_order' | 'unsorted' | 'sentinel' | 'out_of_range' | 'crowded';

/** Something wrong with a board. With an error the board is not used. */
export interface BoardFinding {
  readonly code: BoardFindingCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: string;
}

export interface Board {
  /** In file order. Empty when a finding is an error. */
  readonly scores: readonly number[];
  readonly findings: readonly BoardFinding[];
}

/** What is known of the competition that a board belongs to. */
export interface BoardContext {
  readonly direction: Direction;
  /** Number of teams that took part, when known. */
  readonly teams?: number;
  /** Lowest and highest possible score of the metric. */
  readonly range?: readonly [number, number];
}

const lfsStart = 'version https://git-lfs.github.com/spec/';

/** Whether a file is only what git-LFS keeps in its place. */
export const isLfsPointer = (bytes: Uint8Array): boolean => new TextDecoder().decode(bytes.subarray(0, lfsStart.length)) === lfsStart;

/** Reads a board file, a CSV with a column `score`, and checks its health. */
export function readBoardScores(bytes: Uint8Array, context: BoardContext): Board {
  if (isLfsPointer(bytes)) {
    return unusable('lfs_pointer', 'The board is a git-LFS pointer, not the board itself.', 'Run "git lfs pull" in the checkout it comes from.');
  }
  const table = readCsv(bytes, () => ['score'], new ProblemList());
  if (table === null) {
    const blank = new TextDecoder().decode(bytes).trim() === '';
    return blank
      ? unusable('empty', 'The board is empty.', 'Fetch the board again.')
      : unusable('no_score_column', 'The board is no CSV file with a column "score".', 'Save it as a CSV file with commas.');
  }
  const column = table.columns.get('score');
  if (column === undefined) {
    return unusable('no_score_column', 'The board has no column "score".', 'Name the column with the scores "score", once.');
  }
  if (table.rows === 0) return unusable('empty', 'The board has no entries.', 'Fetch the board again.');
  const scores: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    const start = column.start(row);
    const score = start === absent ? NaN : parseNumber(column.view, start, column.end(row));
    if (!Number.isFinite(score)) {
      return unusable('not_numeric', `Entry ${row + 1} of the board has no finite number as its score.`, 'Remove entries without a score.');
    }
    scores.push(score);
  }
  return { scores, findings: checkBoard(scores, context) };
}

function unusable(code: BoardFindingCode, message: string, fix: string): Board {
  return { scores: [], findings: [{ code, severity: 'error', message, fix }] };
}

/** The warnings of a board with at least one entry. */
export function checkBoard(scores: readonly number[], context: BoardContext): BoardFinding[] {
  const findings: BoardFinding[] = [];
  const warn = (code: BoardFindingCode, message: string, fix: string): void => {
    findings.push({ code, severity: 'warning', message, fix });
  };
  const allZero = scores.every((score) => score === 0);
  const constant = !allZero && scores.length > 1 && scores.every((score) => score === scores[0]);
  if (allZero) warn('all_zero', 'Every score of the board is 0, so that a rank would mean nothing.', 'Use the other board of the competition.');
  if (constant) warn('constant', 'All scores of the board are equal, so that a rank would mean nothing.', 'Use the other board of the competition.');
  if (context.teams !== undefined && scores.length < 0.9 * context.teams) {
    warn('truncated', `The board has ${scores.length} of ${context.teams} teams; ranks and medals are too good.`, 'Fetch the whole board.');
  }
  warnOrder(scores, context.direction, warn);
  const sentinel = scores.find(isSentinel);
  if (sentinel !== undefined) {
    warn('sentinel', `The board holds ${sentinel}, which looks like a mark for "no score".`, 'Remove these entries.');
  }
  const [low, high] = context.range ?? [-Infinity, Infinity];
  const outside = scores.find((score) => score < low || score > high);
  if (outside !== undefined) {
    warn('out_of_range', `The board holds ${outside}, outside the metric's range [${low}, ${high}].`, 'Check that board and metric use the same unit, for example percent or fraction.');
  }
  if (!allZero && !constant && isCrowded(scores, context.direction)) {
    warn('crowded', 'Two medals with different places have the same threshold.', 'Read medals on this board with care.');
  }
  return findings;
}

function warnOrder(
  scores: readonly number[], direction: Direction,
  warn: (code: BoardFindingCode, message: string, fix: string) => void,
): void {
  let bestFirst = true;
  let worstFirst = true;
  for (let i = 1; i < scores.length; i++) {
    if (isBetter(scores[i]!, scores[i - 1]!, direction)) bestFirst = false;
    else if (isBetter(scores[i - 1]!, scores[i]!, direction)) worstFirst = false;
  }
  if (bestFirst) return;
  if (worstFirst) warn('opposite_order', 'The board is sorted worst first for the declared direction.', 'Check the direction of the metric.');
  else warn('unsorted', 'The board is not sorted; it was sorted before use.', 'Nothing needs to be done.');
}

/** 9999, 99999, 999999 … */
function isSentinel(score: number): boolean {
  return score >= 9999 && /^9{4,}$/.test(String(score));
}

function isCrowded(scores: readonly number[], direction: Direction): boolean {
  const places = medalPlaces(scores.length);
  const thresholds = boardThresholds(scores, direction);
  const pairs: readonly (readonly [Medal, Medal])[] = [['gold', 'silver'], ['silver', 'bronze'], ['gold', 'bronze']];
  return pairs.some(([a, b]) => places[a] !== places[b] && thresholds[a] === thresholds[b]);
}

/** Whether ranks on the board mean something. */
export function ranksMean(findings: readonly BoardFinding[]): boolean {
  return !findings.some((finding) => finding.code === 'all_zero' || finding.code === 'constant');
}
