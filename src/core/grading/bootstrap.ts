import { randomNumbers } from '../random';
import { UndefinedScore } from './metric';
import type { Prepared } from './metric';

/**
 * Standard error of a score over its units by the bootstrap: B. Efron, 1979. Large sets are
 * resampled with fewer draws m < n and the error scaled by √(m/n) (m out of n bootstrap,
 * P. J. Bickel, F. Götze, W. van Zwet, 1997), which bounds the cost at `resamples · largest`.
 */
const resamples = 200;
const largest = 5000;

/**
 * @param units the units that the score was computed over
 * @returns the standard error in the score's unit; null with fewer than two units or when most
 *   resamples have no score
 */
export function bootstrapError(prepared: Prepared, units: Int32Array, seed = 20_260_101): number | null {
  const n = units.length;
  if (n < 2) return null;
  const draws = Math.min(n, largest);
  const random = randomNumbers(seed);
  const drawn = new Int32Array(draws);
  const scores: number[] = [];
  for (let b = 0; b < resamples; b++) {
    for (let i = 0; i < draws; i++) drawn[i] = units[Math.floor(random() * n)]!;
    try {
      scores.push(prepared.score(drawn));
    } catch (error) {
      // A resample may lack a class, where the score is undefined; the others still tell the spread.
      if (!(error instanceof UndefinedScore)) throw error;
    }
  }
  if (scores.length < resamples / 2) return null;
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (scores.length - 1);
  const error = Math.sqrt(variance * (draws / n));
  if (!Number.isFinite(error)) return null;
  // Equal scores differ in their last bits when summed in another order: that is no spread.
  return error < 1e-13 * Math.max(1, Math.abs(mean)) ? 0 : error;
}
