import { median, nice, ticks } from 'd3-array';
import type { AttemptView, Direction } from '../../../src/protocol/panel';

/** Rules of the score chart's axes. All pure. */

export interface Domain {
  readonly low: number;
  readonly high: number;
  /** Only the constant baseline is known: the first real score makes a new domain. */
  readonly provisional: boolean;
}

/** About as many intervals has the score axis. */
export const scoreIntervals = 4;

function scoresOf(attempt: AttemptView): number[] {
  return [attempt.public?.score, attempt.claim?.value].filter((value): value is number => value != null && Number.isFinite(value));
}

/**
 * Range of the valid scores without the constant baseline and without scores that lie far out on the
 * worse side (three times the spread of the better half); padded by a typical standard error.
 * Grows from `before` in nice steps, never shrinks. Null while there is no score.
 */
export function scoreDomain(attempts: readonly AttemptView[], direction: Direction, before: Domain | null): Domain | null {
  const scored = attempts.filter((attempt) => attempt.status === 'valid' && scoresOf(attempt).length > 0);
  const real = scored.filter((attempt) => attempt.operator !== 'baseline');
  const used = real.length > 0 ? real : scored;
  if (used.length === 0) return before;
  const sign = direction === 'maximize' ? 1 : -1;
  const judged = used.flatMap(scoresOf).map((value) => sign * value).sort((a, b) => b - a);
  const best = judged[0] ?? 0;
  const half = judged[Math.floor((judged.length - 1) / 2)] ?? best;
  const typicalError = median(used, (attempt) => attempt.public?.se ?? attempt.claim?.se) ?? 0;
  const reach = Math.max(best - half, typicalError, Math.abs(best) * 1e-6);
  const kept = judged.length >= 6 ? judged.filter((value) => value >= half - 3 * reach) : judged;
  const worst = kept.at(-1) ?? best;
  const pad = Math.max((best - worst) * 0.12, typicalError * 0.8, Math.abs(best) * 0.005, 1e-6);
  const [low, high] = sign > 0 ? [worst - pad, best + pad] : [-best - pad, -worst + pad];
  const provisional = real.length === 0;
  const fresh = before === null || (before.provisional && !provisional);
  if (!fresh && low >= before.low && high <= before.high) return before;
  const [from, to] = fresh ? [low, high] : [Math.min(low, before.low), Math.max(high, before.high)];
  const [start, stop] = nice(from, to, scoreIntervals);
  return { low: start, high: stop, provisional };
}

export function scoreTicks(domain: Domain): number[] {
  return ticks(domain.low, domain.high, scoreIntervals);
}

/** Of durations, which no calendar's ticks suit. Seconds. */
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Ticks from 0 to the end of the time axis, at most `most` intervals. Seconds. */
export function timeTicks(elapsed: number, most: number): number[] {
  const shown = Math.max(elapsed, 10);
  const step = timeSteps.find((candidate) => shown / candidate <= most) ?? Math.ceil(shown / most / 86_400) * 86_400;
  return Array.from({ length: Math.ceil(shown / step) + 1 }, (_, n) => n * step);
}

/** Where a value has no place in the plot. */
export function sideOf(value: number, domain: Domain): 'inside' | 'below' | 'above' {
  if (value < domain.low) return 'below';
  return value > domain.high ? 'above' : 'inside';
}
