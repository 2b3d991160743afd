import { isBetter } from '../grading/standings';
import { randomNumbers } from '../random';
import { playersOf, type TaskResults } from './playerResults';

/** Points per factor of ten in the odds, and the mean of all ratings (as chess and MLE-Dojo have them). */
const scale = 400;
const meanRating = 1000;

export type EloResult =
  | {
      readonly ok: true;
      readonly ratings: ReadonlyMap<string, number>;
      /** 2.5 % and 97.5 % over resampled tasks; null when too few resamples have a solution. */
      readonly intervals: ReadonlyMap<string, readonly [number, number]> | null;
      /** Resamples with a finite solution, of `resamples`. */
      readonly solved: number;
    }
  /** Some players never lost, even half, to the rest, or never met them: no finite ratings exist. */
  | { readonly ok: false; readonly reason: 'not_identifiable' | 'too_few_players' };

/** Tasks drawn again so often for the intervals. */
export const resamples = 200;

/**
 * Elo ratings by the Bradley–Terry model (R. A. Bradley, M. E. Terry, 1952). Each task is one
 * battle per pair of players that took part: the better result wins, equal ones are half a win
 * each, a valid one beats none, two without one do not meet. P(a beats b) =
 * 1 / (1 + 10^((R_b − R_a) / 400)); the ratings maximise the likelihood, half wins weighing ½ each
 * way, without regularisation, and have the mean 1000. Margins do not count, and ratings of
 * different sets of players do not compare.
 */
export function elo(tasks: readonly TaskResults[], seed = 0): EloResult {
  const players = playersOf(tasks);
  if (players.length < 2) return { ok: false, reason: 'too_few_players' };
  const battles = tasks.map((task) => battlesOf(task, players));
  const point = ratingsOf(sum(battles, players.length));
  if (!point) return { ok: false, reason: 'not_identifiable' };
  const drawn = resampled(battles, players.length, seed);
  const named = <T>(value: (player: number) => T): Map<string, T> => new Map(players.map((player, at) => [player, value(at)]));
  return {
    ok: true,
    ratings: named((at) => point[at]!),
    intervals: drawn.length < resamples / 2 ? null : named((at) => percentiles(drawn.map((ratings) => ratings[at]!))),
    solved: drawn.length,
  };
}

/** wins[i · n + j]: how often i beat j, halves included. */
type Wins = Float64Array;

function battlesOf({ scores, direction }: TaskResults, players: readonly string[]): Wins {
  const n = players.length;
  const wins = new Float64Array(n * n);
  players.forEach((a, i) => {
    players.forEach((b, j) => {
      if (i === j || !scores.has(a) || !scores.has(b)) return;
      const [mine, other] = [scores.get(a) ?? null, scores.get(b) ?? null];
      if (mine === null) return;
      if (other === null || isBetter(mine, other, direction)) wins[i * n + j] = 1;
      else if (mine === other) wins[i * n + j] = 0.5;
    });
  });
  return wins;
}

function sum(battles: readonly Wins[], n: number): Wins {
  const total = new Float64Array(n * n);
  for (const wins of battles) wins.forEach((value, at) => (total[at] = total[at]! + value));
  return total;
}

/** Ratings by Newton's method on the concave log-likelihood; null when it has no finite maximum. */
function ratingsOf(wins: Wins): Float64Array | null {
  const n = Math.sqrt(wins.length);
  if (!isConnected(wins, n)) return null;
  let strengths = new Float64Array(n);
  let likelihood = logLikelihood(wins, strengths);
  for (let round = 0; round < 100; round++) {
    const step = newtonStep(wins, strengths);
    let length = 1;
    let next = moved(strengths, step, length);
    while (logLikelihood(wins, next) < likelihood && length > 1e-10) next = moved(strengths, step, (length /= 2));
    strengths = next;
    likelihood = logLikelihood(wins, strengths);
    if (step.every((change) => Math.abs(change * length) < 1e-12)) break;
  }
  const centre = strengths.reduce((total, value) => total + value, 0) / n;
  return strengths.map((value) => meanRating + ((value - centre) * scale) / Math.LN10);
}

const moved = (from: Float64Array, step: Float64Array, length: number): Float64Array<ArrayBuffer> => Float64Array.from(from, (value, at) => value + length * step[at]!);

/** ln σ(x), without overflow. */
const logSigmoid = (x: number): number => (x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x)));

function logLikelihood(wins: Wins, strengths: Float64Array): number {
  const n = strengths.length;
  let total = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (wins[i * n + j]! > 0) total += wins[i * n + j]! * logSigmoid(strengths[i]! - strengths[j]!);
  return total;
}

/** Solves (−H + 1·1ᵀ) step = gradient; the added term fixes the mean, which the likelihood leaves free. */
function newtonStep(wins: Wins, strengths: Float64Array): Float64Array {
  const n = strengths.length;
  const matrix = Array.from({ length: n }, () => new Float64Array(n + 1).fill(1, 0, n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const met = wins[i * n + j]! + wins[j * n + i]!;
      if (i === j || met === 0) continue;
      const p = 1 / (1 + Math.exp(strengths[j]! - strengths[i]!));
      matrix[i]![n]! += wins[i * n + j]! - met * p;
      matrix[i]![i]! += met * p * (1 - p);
      matrix[i]![j]! -= met * p * (1 - p);
    }
  }
  return solve(matrix);
}

/** Gaussian elimination with pivoting; each row holds its right side as the last value. */
function solve(rows: Float64Array[]): Float64Array {
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let row = column + 1; row < n; row++) {
      const factor = rows[row]![column]! / rows[column]![column]!;
      for (let k = column; k <= n; k++) rows[row]![k]! -= factor * rows[column]![k]!;
    }
  }
  const solution = new Float64Array(n);
  for (let row = n - 1; row >= 0; row--) {
    let value = rows[row]![n]!;
    for (let k = row + 1; k < n; k++) value -= rows[row]![k]! * solution[k]!;
    solution[row] = value / rows[row]![row]!;
  }
  return solution;
}

/** Whether every player can be reached from every other along "won, at least half, against". */
function isConnected(wins: Wins, n: number): boolean {
  const reaches = (edge: (from: number, to: number) => boolean): boolean => {
    const seen = new Set([0]);
    for (const from of seen) for (let to = 0; to < n; to++) if (edge(from, to)) seen.add(to);
    return seen.size === n;
  };
  return reaches((from, to) => wins[from * n + to]! > 0) && reaches((from, to) => wins[to * n + from]! > 0);
}

/** Ratings over tasks drawn with replacement; draws without a finite solution are left out. */
function resampled(battles: readonly Wins[], n: number, seed: number): Float64Array[] {
  const random = randomNumbers(seed);
  const solved: Float64Array[] = [];
  for (let draw = 0; draw < resamples; draw++) {
    const ratings = ratingsOf(sum(battles.map(() => battles[Math.floor(random() * battles.length)]!), n));
    if (ratings) solved.push(ratings);
  }
  return solved;
}

function percentiles(values: readonly number[]): readonly [number, number] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => {
    const position = share * (sorted.length - 1);
    const low = Math.floor(position);
    return sorted[low]! + (position - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
  };
  return [at(0.025), at(0.975)];
}
