import { describe, expect, it } from 'vitest';
import { chooseArm, expectedGain } from '../../../src/core/agent/bandit';
import { compareClaims, judge, standardErrors } from '../../../src/core/agent/noise';
import type { Claim } from '../../../src/core/environment/observation';

const claim = (folds: number[], se: number | null = 0.1): Claim => ({
  value: folds.reduce((sum, value) => sum + value, 0) / folds.length,
  se,
  folds,
  source: 'line',
});

describe('comparison of claims', () => {
  it('takes the difference fold by fold, so that hard folds cancel out', () => {
    const comparison = compareClaims(claim([0.61, 0.72, 0.86, 0.94]), claim([0.6, 0.7, 0.85, 0.92]), 'maximize');
    expect(comparison.gain).toBeCloseTo(0.015, 12);
    // Differences 0.01, 0.02, 0.01, 0.02: sd 0.005774, over √4.
    expect(comparison.se).toBeCloseTo(0.0028868, 6);
    expect(comparison.folds).toBe(4);
    expect(judge(comparison, 0.7675)).toBe('better');
  });

  it('is positive for the better one when the metric is to be minimised', () => {
    const comparison = compareClaims(claim([1, 2, 3]), claim([1.5, 2.6, 3.4]), 'minimize');
    expect(comparison.gain).toBeCloseTo(0.5, 12);
    expect(judge(comparison, 2.5)).toBe('better');
    expect(judge(compareClaims(claim([1.5, 2.6, 3.4]), claim([1, 2, 3]), 'minimize'), 2)).toBe('worse');
  });

  it('calls a gain below one standard error a tie', () => {
    const comparison = compareClaims(claim([0.5, 0.9, 0.7]), claim([0.6, 0.7, 0.7]), 'maximize');
    expect(comparison.gain).toBeGreaterThan(0);
    expect(judge(comparison, 0.66)).toBe('within_noise');
  });

  it('does not take repeats of the same rows for more evidence', () => {
    const once = compareClaims(claim([1, 2, 4]), claim([0, 0, 0]), 'maximize');
    const twice = compareClaims(claim([1, 2, 4, 1, 2, 4]), claim([0, 0, 0, 0, 0, 0]), 'maximize', 2);
    expect(twice.se).toBeGreaterThan(0.8 * (once.se ?? 0));
  });

  it('combines the errors of claims with different folds, and says so when there is none', () => {
    expect(compareClaims(claim([1, 2, 3], 0.3), claim([1, 2, 3, 4], 0.4), 'maximize')).toMatchObject({ se: 0.5, folds: 0 });
    const unknown = compareClaims(claim([1], null), claim([1.00001], null), 'minimize');
    expect(unknown.se).toBeNull();
    expect(standardErrors(unknown)).toBeNull();
    expect(judge(unknown, 1)).toBe('within_noise');
    expect(judge(compareClaims(claim([0.9], null), claim([1], null), 'minimize'), 1)).toBe('better');
  });

  it('does not count equal scores as a gain', () => {
    expect(judge(compareClaims(claim([0, 0, 0]), claim([0, 0, 0]), 'maximize'), 0)).toBe('within_noise');
  });

  it('replaces an equal incumbent far less often than half the time', () => {
    // Five folds of noise from a fixed linear congruential sequence.
    let state = 12345;
    const noise = (): number => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648 - 0.5;
    const folds = (): number[] => Array.from({ length: 5 }, noise);
    let accepted = 0;
    let naive = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const comparison = compareClaims(claim(folds()), claim(folds()), 'maximize');
      if (judge(comparison, 0) === 'better') accepted += 1;
      if (comparison.gain > 0) naive += 1;
    }
    expect(accepted / 2000).toBeLessThan(0.25);
    expect(naive / 2000).toBeGreaterThan(0.4);
  });
});

describe('choice of the next change', () => {
  const arms = [
    { id: 'slow', priorGain: 0.02, seconds: 98 },
    { id: 'quick', priorGain: 0.02, seconds: 2 },
    { id: 'weak', priorGain: 0.001, seconds: 2 },
  ];

  it('takes expected gain per root second', () => {
    expect(chooseArm(arms, [])?.id).toBe('quick');
    expect(chooseArm([{ id: 'slow', priorGain: 0.5, seconds: 98 }, ...arms.slice(1)], [])?.id).toBe('slow');
  });

  it('learns from what was tried, and never counts a loss below nothing', () => {
    expect(expectedGain({ id: 'quick', priorGain: 0.02, seconds: 1 }, [{ id: 'quick', gain: -5 }])).toBeCloseTo(0.015, 12);
    const failures = Array.from({ length: 60 }, () => ({ id: 'quick', gain: 0 }));
    expect(chooseArm(arms, failures)?.id).toBe('slow');
  });

  it('gives equal arms in the order in which they are listed', () => {
    const equal = ['b', 'a', 'c'].map((id) => ({ id, priorGain: 0.01, seconds: 1 }));
    expect(chooseArm(equal, [])?.id).toBe('b');
    expect(chooseArm([], [])).toBeUndefined();
  });
});
