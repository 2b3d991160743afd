import * as z from 'zod';
import { MetricError, metricLabel } from '../grading/describe';
import type { Catalogue, CatalogueEntry, MlrcTask } from './catalogue';
import { modalitySchema, type Direction, type Modality } from './manifest';
import { benchmarks, benchmarkWords, modalityWords, sizeText, type BenchmarkName } from './words';

/** Search in the catalogue, and what is needed to get a competition. Pure. */

/** A competition of the catalogue as lists show it. */
export interface CatalogueItem {
  readonly id: string;
  readonly title: string;
  readonly host: string | null;
  readonly modality: Modality;
  readonly metric: string;
  /** What people call the metric. */
  readonly metricLabel: string;
  readonly direction: Direction | null;
  readonly benchmarks: readonly BenchmarkName[];
  readonly teams: number | null;
  readonly dataBytes: number | null;
  /** It awards medals on Kaggle. */
  readonly medals: boolean;
  readonly url: string | null;
  readonly rulesUrl: string | null;
  /** What to do to play it, in order. */
  readonly needs: readonly string[];
}

export const catalogueFilterSchema = z.object({
  /** Words that must all occur in id, title, host, tags, metric or benchmarks, in any case. */
  search: z.string().optional(),
  modality: modalitySchema.optional(),
  metric: z.string().optional(),
  benchmark: z.enum(benchmarks).optional(),
  medals: z.boolean().optional(),
  /** In bytes; competitions of unknown size are left out then. */
  maxSize: z.number().optional(),
});
export type CatalogueFilter = Readonly<z.output<typeof catalogueFilterSchema>>;

/** A filter in words, as a view shows it; empty when it lets everything through. */
export function filterWords({ search, modality, metric, benchmark, medals, maxSize }: CatalogueFilter): string {
  return [
    ...(search?.trim() ? [`“${search.trim()}”`] : []),
    ...(modality ? [modalityWords[modality]] : []),
    ...(metric ? [metric.replaceAll('_', ' ')] : []),
    ...(maxSize === undefined ? [] : [`at most ${sizeText(maxSize)}`]),
    ...(benchmark ? [benchmarkWords[benchmark]] : []),
    ...(medals ? ['with medals'] : []),
  ].join(', ');
}

/** The items that fit, by title. */
export function searchCatalogue(catalogue: Catalogue, filter: CatalogueFilter): CatalogueItem[] {
  const words = (filter.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const all = [
    ...catalogue.competitions.map((entry) => found(kaggleItem(entry), entry.tags)),
    ...catalogue.mlrcBench.map((task) => found(mlrcItem(task), [])),
  ];
  return all
    .filter(({ item, text }) => fits(item, filter) && words.every((word) => text.includes(word)))
    .map(({ item }) => item)
    .sort((a, b) => a.title.localeCompare(b.title, 'en'));
}

/** The item of an id, in any case. */
export function findInCatalogue(catalogue: Catalogue, id: string): CatalogueItem | undefined {
  return searchCatalogue(catalogue, {}).find((item) => item.id.toLowerCase() === id.toLowerCase());
}

/** An item with the text that is searched: what its row and its page call it. */
function found(item: CatalogueItem, tags: readonly string[]): { item: CatalogueItem; text: string } {
  const { id, title, host, metric, metricLabel: label, benchmarks: from } = item;
  return { item, text: [id, title, host ?? '', metric, label, ...from.map((name) => benchmarkWords[name]), ...tags].join('\n').toLowerCase() };
}

function fits(item: CatalogueItem, { modality, metric, benchmark, medals, maxSize }: CatalogueFilter): boolean {
  return (
    (modality === undefined || item.modality === modality) &&
    (metric === undefined || item.metric === metric) &&
    (benchmark === undefined || item.benchmarks.includes(benchmark)) &&
    (medals !== true || item.medals) &&
    (maxSize === undefined || (item.dataBytes !== null && item.dataBytes <= maxSize))
  );
}

function kaggleItem(entry: CatalogueEntry): CatalogueItem {
  const { id, title, host, modality, metric, params, direction, teams, dataBytes, url, rulesUrl, mleBench, mleDojo } = entry;
  return {
    id, title, host, modality, metric, metricLabel: labelOf(metric, params), direction, teams, dataBytes, url, rulesUrl,
    benchmarks: [...(mleBench ? ['mle-bench' as const] : []), ...(mleDojo ? ['mle-dojo' as const] : [])],
    medals: mleBench?.awardsMedals ?? false,
    needs: [
      `Accept the rules at ${rulesUrl} with a Kaggle account.`,
      `From Kaggle: podium import kaggle ${id}; it cuts a local test set from the training data.`,
      ...(dataBytes === null ? [] : [`Kaggle's download is ${sizeText(dataBytes)}; check that the disk has room for it twice.`]),
      ...(mleBench ? [`With a checkout of MLE-bench: mlebench prepare -c ${id}, then podium import mle-bench <checkout> --data <its data folder> --out competitions --only ${id}`] : []),
      ...(mleDojo ? [`With a checkout of MLE-Dojo: its prepare script, then podium import mle-dojo <checkout> --data <prepared> --out competitions --only ${id}`] : []),
    ],
  };
}

/** Some metrics want parameters that only a benchmark has: those are called by their name alone. */
function labelOf(metric: string, params: CatalogueEntry['params']): string {
  try {
    return metricLabel(metric, params);
  } catch (error) {
    if (MetricError.is(error)) return metric.replaceAll('_', ' ');
    throw error;
  }
}

function mlrcItem(task: MlrcTask): CatalogueItem {
  return {
    id: task.id, title: titleOf(task.id), host: task.source, modality: 'other', metric: task.metric, metricLabel: task.metric, direction: null, teams: null, dataBytes: null, medals: false,
    url: null, rulesUrl: null, benchmarks: ['mlrc-bench'], needs: [
      `With a checkout of MLRC-Bench: podium import mlrc-bench <checkout> --out competitions --only ${task.id}`,
      'Its own code evaluates in a sandbox: a dev phase for players, a hidden test phase after the run.',
    ],
  };
}

function titleOf(id: string): string {
  const words = id.replaceAll(/[-_]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Bytes of `500MB`, `2 gb`, `1.5TB` or a plain number; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*(b|kb|mb|gb|tb)?\s*$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Number(number) * 1000 ** ['b', 'kb', 'mb', 'gb', 'tb'].indexOf((unit ?? 'b').toLowerCase());
}
