import type { Catalogue } from './catalogue';
import { findInCatalogue, type CatalogueItem } from './catalogueSearch';
import { sizeText, type BenchmarkName } from './words';

/** Ways to get a competition of the catalogue, as its page tells them. Pure. */
export interface Way {
  readonly from: 'kaggle' | BenchmarkName;
  readonly title: string;
  /** In order; commands and paths in backticks. */
  readonly steps: readonly string[];
  /** How its scores compare and what to know of the benchmark's own grader. */
  readonly note: string;
}

/** One sentence on the size of what would be loaded, before anything is. */
export function downloadWords({ dataBytes, url }: Pick<CatalogueItem, 'dataBytes' | 'url'>): string {
  if (dataBytes !== null) return `Kaggle's download is ${sizeText(dataBytes)}; unpacked and prepared it takes about twice as much.`;
  return url === null ? 'The size of its data is not known: its checkout prepares it.' : 'The size of its download is not known: its data page says.';
}

/** Every way there is, the one with the least work first. */
export function waysTo(catalogue: Catalogue, id: string): Way[] {
  const item = findInCatalogue(catalogue, id);
  const entry = catalogue.competitions.find((candidate) => candidate.id === item?.id);
  if (item === undefined) return [];
  if (entry === undefined) return [{ from: 'mlrc-bench', title: 'MLRC-Bench', steps: ['Prepare the task with a checkout: its `scripts/prepare.py`.', 'Import it: choose the checkout.'], note: 'Its own code evaluates in a sandbox: a dev phase for players, a hidden test phase after the run.' }];
  const { mleBench, mleDojo } = entry;
  return [
    {
      from: 'kaggle',
      title: 'Kaggle',
      steps: ['Accept the rules with a Kaggle account.', 'Podium downloads the data and cuts a local test set from the training data; the cut is shown.'],
      note: 'Scores of the local test set are not those of Kaggle.',
    },
    ...(mleBench === undefined
      ? []
      : [
          {
            from: 'mle-bench' as const,
            title: 'MLE-bench',
            steps: [`Prepare the data with a checkout: \`mlebench prepare -c ${entry.id}\`.`, 'Import it: choose the checkout and its data folder.'],
            note: [`In its split “${mleBench.split}”.`, gradedBy(mleBench), ...(mleBench.medals ? ['Medals by the rule of MLE-bench.'] : [])].join(' '),
          },
        ]),
    ...(mleDojo === undefined
      ? []
      : [
          {
            from: 'mle-dojo' as const,
            title: 'MLE-Dojo',
            steps: [`Prepare the data with a checkout: \`prepare/${mleDojo.source === 'dsbench' ? 'dsbench' : 'mle'}.py\`.`, 'Import it: choose the checkout and the prepared data.'],
            note: `${gradedBy(mleDojo)} Its test set is a cut of the training data, ranked on the original boards.`,
          },
        ]),
  ];
}

const gradedBy = ({ native, why }: { readonly native: boolean; readonly why?: string | undefined }): string =>
  native ? 'Graded natively.' : `Graded by its own grader in Python, in a sandbox${why === undefined ? '' : `: ${why.replace(/\.$/, '')}`}.`;
