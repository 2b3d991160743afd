/** A mean with what it is worth. */
export interface Spread {
  readonly n: number;
  readonly mean: number;
  /** Standard error of the mean, n − 1 in the variance; 0 for one value, as MLE-bench has it. */
  readonly sem: number;
  /** mean ± 1.96 · sem. */
  readonly interval: readonly [number, number];
}

/** Mean, standard error and 95 % interval of the values; null for none. */
export function spreadOf(values: readonly number[]): Spread | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = n < 2 ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const sem = Math.sqrt(variance / n);
  return { n, mean, sem, interval: [mean - 1.96 * sem, mean + 1.96 * sem] };
}
