import * as vscode from 'vscode';
import { filterWords, searchCatalogue, type CatalogueFilter, type CatalogueItem } from '../../core/competition/catalogueSearch';
import type { Catalogue } from '../../core/competition/catalogue';
import { modalitySchema } from '../../core/competition/manifest';
import { benchmarks, benchmarkWords, modalityWords, sizeText } from '../../core/competition/words';
import { onlyStep, quickStep, type StepItem } from '../platform/quickSteps';
import { count } from '../views/format';

/** A facet of the filter: its values, in words. */
interface Facet {
  readonly label: string;
  readonly now: (filter: CatalogueFilter) => string | undefined;
  /** The filter without this facet. */
  readonly without: (filter: CatalogueFilter) => CatalogueFilter;
  readonly values: (items: readonly CatalogueItem[]) => readonly { readonly label: string; readonly detail?: string; readonly add: CatalogueFilter }[];
}

const sizes = [1e7, 1e8, 1e9, 1e10, 1e11];

const facets: readonly Facet[] = [
  {
    label: 'Kind of data',
    now: ({ modality }) => modality && modalityWords[modality],
    without: ({ modality: _, ...rest }) => rest,
    values: () => modalitySchema.options.map((modality) => ({ label: modalityWords[modality], add: { modality } })),
  },
  {
    label: 'Metric',
    now: ({ metric }) => metric?.replaceAll('_', ' '),
    without: ({ metric: _, ...rest }) => rest,
    values: metricValues,
  },
  {
    label: 'Size of the download',
    now: ({ maxSize }) => (maxSize === undefined ? undefined : `at most ${sizeText(maxSize)}`),
    without: ({ maxSize: _, ...rest }) => rest,
    values: () => sizes.map((maxSize) => ({ label: `At most ${sizeText(maxSize)}`, add: { maxSize } })),
  },
  {
    label: 'Benchmark',
    now: ({ benchmark }) => benchmark && benchmarkWords[benchmark],
    without: ({ benchmark: _, ...rest }) => rest,
    values: () => benchmarks.map((benchmark) => ({ label: benchmarkWords[benchmark], add: { benchmark } })),
  },
  {
    label: 'Medals',
    now: ({ medals }) => (medals ? 'with medals' : undefined),
    without: ({ medals: _, ...rest }) => rest,
    values: () => [{ label: 'With medals', add: { medals: true } }],
  },
];

/** The most used first; what a metric is called on pages is told where that is another word. */
function metricValues(items: readonly CatalogueItem[]): ReturnType<Facet['values']> {
  const labels = new Map<string, string[]>();
  for (const { metric, metricLabel } of items) labels.set(metric, [...(labels.get(metric) ?? []), metricLabel]);
  return [...labels]
    .sort(([a, many], [b, few]) => few.length - many.length || a.localeCompare(b, 'en'))
    .map(([metric, called]) => {
      const label = metric.replaceAll('_', ' ');
      const others = [...new Set(called)].filter((name) => name.toLowerCase() !== label.toLowerCase());
      return { label, ...(others.length > 0 ? { detail: others.join(', ') } : {}), add: { metric } };
    });
}

/**
 * Asks for a filter: words are typed, facets are rows that ask for their value. Each row says how
 * many competitions are left. Undefined when the person leaves it.
 */
export async function pickCatalogueFilter(catalogue: Catalogue, start: CatalogueFilter): Promise<CatalogueFilter | undefined> {
  for (let filter = start; ; ) {
    const picked = await pickFacet(catalogue, filter);
    if (picked === undefined) return undefined;
    ({ filter } = picked);
    if (picked.facet === undefined) return filter;
    filter = (await pickValue(catalogue, filter, picked.facet)) ?? filter;
  }
}

/** The words as typed, and the facet to be asked for next; none when the filter is as it should be. */
function pickFacet(catalogue: Catalogue, start: CatalogueFilter): Promise<{ filter: CatalogueFilter; facet?: Facet } | undefined> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly what: Facet | 'show' | 'none' | 'clear' }>();
    const now = (): CatalogueFilter => ({ ...start, search: pick.value.trim() || undefined });
    const show = (): void => {
      const found = searchCatalogue(catalogue, now()).length;
      const first = found > 0 ? { label: `$(check) Show ${count(found, 'competition')}`, description: filterWords(now()) || 'no filter' } : { label: '$(circle-slash) No competition fits', description: `${filterWords(now())}: type other words, or take a part of the filter away` };
      // What is typed searches the catalogue, so every row stays.
      pick.items = [
        { what: found > 0 ? 'show' : 'none', alwaysShow: true, ...first },
        ...facets.map((facet) => ({ what: facet, label: facet.label, description: facet.now(now()) ?? 'any', alwaysShow: true })),
        ...(filterWords(now()) === '' ? [] : [{ what: 'clear' as const, label: '$(clear-all) Clear filter', alwaysShow: true }]),
      ];
    };
    pick.title = 'Filter the catalogue';
    pick.placeholder = 'Words in title, host, tags, metric or benchmark';
    pick.value = start.search ?? '';
    pick.ignoreFocusOut = true;
    show();
    pick.onDidChangeValue(show);
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (!item) return;
      const { what } = item;
      if (what === 'none') return;
      resolve(what === 'clear' ? { filter: {} } : what === 'show' ? { filter: now() } : { filter: now(), facet: what });
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/** The filter with another value of a facet; undefined for the way back. */
async function pickValue(catalogue: Catalogue, filter: CatalogueFilter, facet: Facet): Promise<CatalogueFilter | undefined> {
  const rest = facet.without(filter);
  const others = searchCatalogue(catalogue, rest);
  const values = facet.values(others).map((value) => ({ ...value, left: searchCatalogue(catalogue, { ...rest, ...value.add }).length }));
  const items: StepItem<CatalogueFilter>[] = [
    { label: 'Any', description: count(others.length, 'competition'), value: rest },
    ...values.filter(({ left }) => left > 0).map(({ label, detail, add, left }) => ({ label, description: [count(left, 'competition'), detail].filter(Boolean).join('; '), value: { ...rest, ...add } })),
  ];
  const active = items.find(({ value }) => facet.now(value) === facet.now(filter))?.value;
  const result = await quickStep({ title: 'Filter the catalogue', placeholder: facet.label, items, ...(active ? { active } : {}) }, { ...onlyStep, back: true });
  return result.kind === 'ok' ? result.value : undefined;
}
