import type { Catalogue } from '../../core/competition/catalogue';
import { findInCatalogue } from '../../core/competition/catalogueSearch';
import { downloadWords, waysTo, type Way } from '../../core/competition/catalogueWays';
import { benchmarkWords, modalityWords } from '../../core/competition/words';
import { describeMetric, MetricError } from '../../core/grading/describe';
import type { CataloguePage } from '../../protocol/catalogue';

/** What this window has beside the catalogue. */
export interface CatalogueContext {
  /** Ids of competitions that can be played here. */
  readonly here: ReadonlySet<string>;
  /** What the button of each way says; a way that is not in it has none. */
  readonly actions: ReadonlyMap<Way['from'], string>;
}

/** Content of the page of a competition of the catalogue: pure. Undefined when the catalogue has none of this id. */
export function cataloguePage(catalogue: Catalogue, id: string, { here, actions }: CatalogueContext): CataloguePage | undefined {
  const item = findInCatalogue(catalogue, id);
  if (item === undefined) return undefined;
  const entry = catalogue.competitions.find((candidate) => candidate.id === item.id);
  return {
    id: item.id,
    title: item.title,
    facts: [
      modalityWords[item.modality],
      ...(item.host === null ? [] : [item.host]),
      ...(item.teams === null ? [] : [`${item.teams.toLocaleString('en')} teams`]),
      ...(item.medals ? ['awarded medals'] : []),
      item.benchmarks.map((name) => benchmarkWords[name]).join(', '),
    ],
    url: item.url,
    rulesUrl: item.rulesUrl,
    download: downloadWords(item),
    metric: metricOf(item.metricLabel, item.direction, entry),
    // A way that this window cannot go is no way; what a person does by hand is told without a button.
    ways: waysTo(catalogue, item.id)
      .filter(({ from }) => from !== 'kaggle' || actions.has(from))
      .map((way) => ({ ...way, steps: [...way.steps], action: actions.get(way.from) ?? null })),
    medals: entry?.mleBench?.medals ?? null,
    imported: here.has(item.id.toLowerCase()),
  };
}

function metricOf(label: string, direction: CataloguePage['metric']['direction'], entry: Catalogue['competitions'][number] | undefined): CataloguePage['metric'] {
  const named = { label, direction, formula: null, explanation: '', range: '' };
  if (entry === undefined) return named;
  try {
    const { formula, explanation, range } = describeMetric(entry.metric, entry.params);
    return { label, direction, formula, explanation, range };
  } catch (error) {
    if (MetricError.is(error)) return named;
    throw error;
  }
}
