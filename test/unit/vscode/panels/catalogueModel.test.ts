import { describe, expect, it } from 'vitest';
import { filterWords } from '../../../../src/core/competition/catalogueSearch';
import { cataloguePageSchema } from '../../../../src/protocol/catalogue';
import { cataloguePage } from '../../../../src/vscode/panels/catalogueModel';
import { catalogue as read } from '../../node/importers/fixtures';

const catalogue = await read();
const context = { here: new Set(['titanic']), actions: new Map([['mle-bench', 'Import from MLE-bench…'] as const]) };

describe('the page of a competition of the catalogue', () => {
  it('can be made of every one, and names the size before anything is loaded', () => {
    const ids = [...catalogue.competitions, ...catalogue.mlrcBench].map(({ id }) => id);
    for (const id of ids) {
      const page = cataloguePage(catalogue, id, context);
      expect(cataloguePageSchema.parse(page)).toEqual(page);
      expect(page?.ways.length, id).toBeGreaterThan(0);
      expect(page?.download, id).toMatch(/size|download is \d/);
    }
    expect(cataloguePage(catalogue, 'nothing', context)).toBeUndefined();
  });

  it('offers only ways that this window can go, and says what to do by hand', () => {
    const page = cataloguePage(catalogue, 'spooky-author-identification', context);
    expect(page?.ways.map(({ from, action }) => [from, action])).toEqual([['mle-bench', 'Import from MLE-bench…'], ['mle-dojo', null]]);
    expect(page?.ways[0]?.steps.join(' ')).toContain('`mlebench prepare -c spooky-author-identification`');
    const withKaggle = cataloguePage(catalogue, 'spooky-author-identification', { ...context, actions: new Map([['kaggle', 'Get from Kaggle…']]) });
    expect(withKaggle?.ways[0]).toMatchObject({ from: 'kaggle', action: 'Get from Kaggle…' });
  });

  it('tells metric, medals, and what its own grader is needed for', () => {
    const page = cataloguePage(catalogue, 'spooky-author-identification', context);
    expect(page).toMatchObject({ imported: false, rulesUrl: expect.stringContaining('/rules') as string, metric: { label: 'log loss', direction: 'minimize', range: '[0, ∞)' } });
    expect(page?.medals?.gold).toBeLessThan(page?.medals?.bronze ?? 0);
    const python = cataloguePage(catalogue, 'tensorflow2-question-answering', context);
    expect(python?.ways.find(({ from }) => from === 'mle-bench')?.note).toMatch(/own grader in Python, in a sandbox/);
    expect(cataloguePage(catalogue, 'llm-merging', context)).toMatchObject({ url: null, metric: { label: 'accuracy 0..1', formula: null } });
  });
});

describe('a filter in words', () => {
  it('names each part, and nothing when it lets everything through', () => {
    expect(filterWords({})).toBe('');
    expect(filterWords({ search: ' ', medals: false })).toBe('');
    expect(filterWords({ search: 'taxi', modality: 'image', metric: 'rmse', maxSize: 1e9, benchmark: 'mle-bench', medals: true })).toBe('“taxi”, Images, rmse, at most 1 GB, MLE-bench, with medals');
  });
});
