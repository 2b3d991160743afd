import type { AttemptView, Direction } from '../../../src/protocol/panel';

/** Rules of the score chart's axes. All pure. */

export interface Domain {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  /** Only the constant baseline is known: the first real score makes a new domain. */
  readonly provisional: boolean;
}

/** The smallest "nice" number (1, 2, 4, 5 × 10ⁿ) that is not below `raw`. */
export function niceStep(raw: number): number {
  if (!(raw > 0) || !Number.isFinite(raw)) return 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 4, 5, 10].find((nice) => nice * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function nice(low: number, high: number, provisional: boolean): Domain {
  const step = niceStep((high - low) / 4);
  return { low: Math.floor(low / step + 1e-9) * step, high: Math.ceil(high / step - 1e-9) * step, step, provisional };
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

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
  const typicalError = middle(used.flatMap((attempt) => attempt.public?.se ?? attempt.claim?.se ?? []));
  const reach = Math.max(best - half, typicalError, Math.abs(best) * 1e-6);
  const kept = judged.length >= 6 ? judged.filter((value) => value >= half - 3 * reach) : judged;
  const [worst, top] = [kept.at(-1) ?? best, best];
  const pad = Math.max((top - worst) * 0.12, typicalError * 0.8, Math.abs(top) * 0.005, 1e-6);
  const [low, high] = sign > 0 ? [worst - pad, top + pad] : [-top - pad, -worst + pad];
  const provisional = real.length === 0;
  if (!before || (before.provisional && !provisional)) return nice(low, high, provisional);
  if (low >= before.low && high <= before.high) return before;
  const grown = nice(Math.min(low, before.low), Math.max(high, before.high), provisional);
  // Rounding to a coarser step must not lose an edge.
  return { ...grown, low: Math.min(grown.low, before.low), high: Math.max(grown.high, before.high) };
}

export function scoreTicks(domain: Domain): number[] {
  const from = Math.ceil(domain.low / domain.step - 1e-6);
  const to = Math.floor(domain.high / domain.step + 1e-6);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => (from + n) * domain.step);
}

/** Decimals that tell neighbouring ticks apart. */
export function tickDecimals(step: number): number {
  return Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

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
