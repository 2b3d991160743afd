import type { CsvTable } from '../grading/csv';
import { encodeText } from '../grading/bytes';
import { grade } from '../grading/grade';
import { randomNumbers } from '../random';
import type { BoardEntry, Manifest } from './manifest';

/**
 * How much of a score is chance: the standard error over the public rows, before anybody has
 * played. It depends on how good a submission is (a perfect one has none), so a submission of
 * middling quality is made up from the answers: as good as the median of the board when there is
 * one. Only the error leaves this file.
 */

export interface NoiseInput {
  readonly manifest: Manifest;
  readonly answers: CsvTable;
  /** The answers file. */
  readonly bytes: Uint8Array;
  /** One text per answers row, as the label. */
  readonly truth: readonly string[];
  readonly board: readonly BoardEntry[];
}

/** Predictions of the target columns for one answers row; `level` is 0 for perfect, 1 for guessing. */
type Guess = (row: number, level: number) => (string | number)[];

const seed = 1_618_033;
/** Steps towards the board's median: within half a percent of the way is close enough. */
const bisections = 8;
/** Without a board: a submission that is right about two thirds of the way. */
const usualLevel = 1 / 3;

/** The standard error of a middling score over the public rows; undefined where none can be had. */
export function noiseOf(input: NoiseInput): { se: number; rows: number } | undefined {
  const { manifest, bytes, board } = input;
  const { id, target } = manifest.submission;
  // Without the split into public and private rows no standard error is computed, which is what costs.
  const score = (guess: Guess, level: number, usageColumn?: null): ReturnType<typeof grade> => {
    const submission = submissionOf(input, guess, level);
    return grade({ answers: bytes, submission, metric: manifest.metric.name, params: manifest.metric.params, id, target, usageColumn });
  };
  const guess = guesses(input).find((candidate) => score(candidate, usualLevel, null).valid);
  if (guess === undefined) return undefined;
  const wanted = median(board.map((entry) => entry.score));
  let level = usualLevel;
  if (wanted !== undefined) {
    let [low, high] = [0, 1];
    for (let step = 0; step < bisections; step++) {
      level = (low + high) / 2;
      const { score: reached, direction } = score(guess, level, null);
      if (reached === null) return undefined;
      if (direction === 'maximize' ? reached > wanted : reached < wanted) low = level;
      else high = level;
    }
  }
  const usage = input.answers.columns.get('Usage');
  const rows = input.truth.filter((_, row) => usage?.text(row) === 'Public').length;
  const se = score(guess, level).public?.se ?? null;
  return se === null || se === 0 ? undefined : { se, rows };
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Ways to make up predictions, the most fitting first; the first that the metric accepts is used. */
function guesses({ manifest, answers, truth }: NoiseInput): Guess[] {
  const { target } = manifest.submission;
  const rows = truth.length;
  const random = randomNumbers(seed);
  const other = Array.from({ length: rows }, () => Math.floor(random() * rows));
  const chance = Array.from({ length: rows }, () => random());
  const normal = Array.from({ length: rows * target.length }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  const columns = target.map((name) => answers.columns.get(name));
  const cell = (column: number, row: number): string => columns[column]?.text(row) ?? '';
  const present = columns.every((column) => column !== undefined);

  /** Between the truth and another row's truth. */
  const blended: Guess = (row, level) => target.map((_, column) => (1 - level) * Number(cell(column, row)) + level * Number(cell(column, other[row] ?? 0)));
  /** Another row's label in a share of the rows. */
  const swapped: Guess = (row, level) => target.map((_, column) => cell(column, (chance[row] ?? 1) < level ? (other[row] ?? 0) : row));
  /** Probabilities from noise and, the more the better the level, the truth. */
  const logit = (row: number, column: number, level: number, isTrue: boolean): number => 2 * (normal[row * target.length + column] ?? 0) + (isTrue ? 10 * (1 - level) : 0);
  const oneOfMany: Guess = (row, level) => {
    const odds = target.map((name, column) => Math.exp(logit(row, column, level, truth[row] === name || Number(cell(column, row)) === 1)));
    const sum = odds.reduce((total, value) => total + value, 0);
    return odds.map((value) => value / sum);
  };
  const yesOrNo: Guess = (row, level) => target.map((_, column) => 1 / (1 + Math.exp(5 * (1 - level) - logit(row, column, level, Number(cell(column, row)) === 1))));

  if (manifest.task === 'regression') return present ? [blended] : [];
  if (manifest.task === 'multilabel') return present ? [yesOrNo, swapped] : [];
  if (target.length > 1) return [oneOfMany];
  return present ? (manifest.task === 'binary' ? [yesOrNo, swapped] : [swapped]) : [];
}

function submissionOf({ manifest, answers, truth }: NoiseInput, guess: Guess, level: number): Uint8Array {
  const { id, target } = manifest.submission;
  const quoted = (value: string | number): string => (typeof value === 'number' ? String(value) : `"${value.replaceAll('"', '""')}"`);
  const lines = truth.map((_, row) => [...id.map((name) => answers.columns.get(name)?.text(row) ?? ''), ...guess(row, level)].map(quoted).join(','));
  return encodeText([[...id, ...target].map(quoted).join(','), ...lines].join('\n'));
}
