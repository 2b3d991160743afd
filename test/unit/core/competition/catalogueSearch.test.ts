import { describe, expect, it } from 'vitest';
import { findInCatalogue, parseSize, searchCatalogue } from '../../../../src/core/competition/catalogueSearch';
import { sizeText } from '../../../../src/core/competition/words';
import { layoutHints } from '../../../../src/core/competition/import/layout';
import { bindMetric } from '../../../../src/core/grading/describe';
import { catalogue as read } from '../../node/importers/fixtures';

const catalogue = await read();

describe('the catalogue', () => {
  it('has every competition of the benchmarks', () => {
    const count = (benchmark: 'mle-bench' | 'mle-dojo' | 'mlrc-bench') => searchCatalogue(catalogue, { benchmark }).length;
    expect([count('mle-bench'), count('mle-dojo'), count('mlrc-bench'), searchCatalogue(catalogue, {}).length]).toEqual([82, 202, 7, 216]);
  });

  it('names metrics and parameters that exist, and their direction', () => {
    for (const entry of catalogue.competitions) {
      for (const benchmark of ['mleDojo', 'mleBench'] as const) {
        if (!entry[benchmark]?.native) continue;
        const { metric, params } = layoutHints(entry, benchmark);
        expect(bindMetric(metric, params).direction, entry.id).toBe(entry.direction);
      }
    }
  });

  it('finds by words, kind, metric, medals and size', () => {
    expect(searchCatalogue(catalogue, { search: 'INSULTS social' }).map(({ id }) => id)).toEqual(['detecting-insults-in-social-commentary']);
    expect(searchCatalogue(catalogue, { modality: 'image', metric: 'kendall_tau_order' })).toEqual([]);
    for (const item of searchCatalogue(catalogue, { medals: true, maxSize: 1e7 })) expect(item).toMatchObject({ medals: true, benchmarks: expect.arrayContaining(['mle-bench']) });
    expect(searchCatalogue(catalogue, { maxSize: 1e7 }).length).toBeGreaterThan(5);
  });

  it('says what is needed', () => {
    const item = findInCatalogue(catalogue, 'ai4code');
    expect(item?.needs[0]).toContain('/rules');
    expect(item?.needs.join('\n')).toMatch(/mlebench prepare -c AI4Code/);
    expect(findInCatalogue(catalogue, 'nothing')).toBeUndefined();
  });

  it('reads and writes sizes', () => {
    expect(['500MB', '2 gb', '1.5TB', '12', '1kB'].map(parseSize)).toEqual([5e8, 2e9, 1.5e12, 12, 1000]);
    expect(['', 'many', '-1MB', '1 MiB'].map(parseSize)).toEqual([undefined, undefined, undefined, undefined]);
    expect([0, 999, 1234, 5.7e9].map(sizeText)).toEqual(['0 bytes', '999 bytes', '1.23 kB', '5.7 GB']);
  });
});
