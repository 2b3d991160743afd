import type { Direction } from '../competition/manifest';
import type { Claim } from '../environment/observation';

/** A difference that is positive when the candidate is better, in the metric's own unit. */
export interface Comparison {
  readonly gain: number;
  /** Standard error of `gain`; null when the folds give no estimate. */
  readonly se: number | null;
  /** Number of folds that were compared; 0 when the claims share none. */
  readonly folds: number;
}

export type Verdict = 'better' | 'within_noise' | 'worse';

/** Without an error estimate a gain must exceed this share of the score to count. */
const relativeThreshold = 1e-4;

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n − 1). NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** `candidate − incumbent`, signed so that positive is better. */
export function signedGain(candidate: number, incumbent: number, direction: Direction): number {
  return direction === 'maximize' ? candidate - incumbent : incumbent - candidate;
}

/**
 * Compares two claims. When both have the same number (≥ 3) of folds, those are the same rows
 * for every script of a run, so the difference is taken fold by fold: what makes a fold hard
 * cancels out. SE = sd of the differences / √(independent folds).
 *
 * @param repeats how often the cross-validation was repeated. Repeats score the same rows again
 *   and add no independent evidence, so they shrink the spread but not the error.
 */
export function compareClaims(candidate: Claim, incumbent: Claim, direction: Direction, repeats = 1): Comparison {
  const folds = candidate.folds.length;
  if (folds >= 3 && folds === incumbent.folds.length) {
    const differences = candidate.folds.map((score, fold) => signedGain(score, incumbent.folds[fold] ?? NaN, direction));
    return { gain: mean(differences), se: standardDeviation(differences) / Math.sqrt(folds / repeats), folds };
  }
  const gain = signedGain(candidate.value, incumbent.value, direction);
  if (candidate.se === null || incumbent.se === null) return { gain, se: null, folds: 0 };
  return { gain, se: Math.hypot(candidate.se, incumbent.se), folds: 0 };
}

/**
 * The rule by which a candidate replaces the incumbent: gain above one standard error (and above
 * zero, for folds that agree exactly). Anything smaller either way is a tie.
 */
export function judge(comparison: Comparison, incumbentScore: number): Verdict {
  const threshold = comparison.se ?? relativeThreshold * Math.max(Math.abs(incumbentScore), Number.MIN_VALUE);
  if (comparison.gain > threshold && comparison.gain > 0) return 'better';
  return comparison.gain < -threshold ? 'worse' : 'within_noise';
}

/** How many standard errors the gain is; null without an estimate or when the folds agree exactly. */
export function standardErrors(comparison: Comparison): number | null {
  return comparison.se === null || comparison.se === 0 ? null : comparison.gain / comparison.se;
}
