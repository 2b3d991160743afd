import type { Modality } from './manifest';

/** What people call the kinds of data. */
export const modalityWords: Readonly<Record<Modality, string>> = { tabular: 'Tabular', text: 'Text', image: 'Images', time: 'Time series', other: 'Other data' };

export const benchmarks = ['mle-bench', 'mle-dojo', 'mlrc-bench'] as const;
export type BenchmarkName = (typeof benchmarks)[number];
export const benchmarkWords: Readonly<Record<BenchmarkName, string>> = { 'mle-bench': 'MLE-bench', 'mle-dojo': 'MLE-Dojo', 'mlrc-bench': 'MLRC-Bench' };

/** `1.5 GB`, in powers of ten, as download pages say it. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
