import { describe, expect, it } from 'vitest';
import { findInCatalogue, parseSize, searchCatalogue } from '../../../../src/core/competition/catalogueSearch';
import { sizeText } from '../../../../src/core/competition/words';
import { knownProblems } from '../../../../src/core/competition/import/knownProblems';
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

  it('clips and refuses as the grader of a benchmark does, where a parameter can say it', () => {
    const params = (id: string, benchmark: 'mleDojo' | 'mleBench') => {
      const entry = catalogue.competitions.find((one) => one.id === id);
      return entry === undefined ? undefined : layoutHints(entry, benchmark).params;
    };
    const machine = 2.220446049250313e-16;
    for (const id of ['bioresponse', 'kobe-bryant-shot-selection', 'lmsys-chatbot-arena', 'quora-question-pairs', 'statoil-iceberg-classifier-challenge']) expect(params(id, 'mleDojo'), id).toMatchObject({ eps: machine });
    for (const id of ['dog-breed-identification', 'leaf-classification', 'lmsys-chatbot-arena', 'spooky-author-identification']) expect(params(id, 'mleBench'), id).toMatchObject({ eps: machine, normalize: false });
    for (const id of ['dogs-vs-cats-redux-kernels-edition', 'statoil-iceberg-classifier-challenge']) expect(params(id, 'mleBench'), id).toMatchObject({ eps: machine });
    expect(params('dogs-vs-cats-redux-kernels-edition', 'mleDojo')).not.toHaveProperty('eps');
    for (const id of ['aerial-cactus-identification', 'mlsp-2013-birds', 'ranzcr-clip-catheter-line-classification', 'seti-breakthrough-listen']) expect(params(id, 'mleBench'), id).toMatchObject({ range: [0, 1] });
    expect(params('petfinder-pawpularity-score', 'mleBench')).toMatchObject({ range: [1, 100] });
  });

  it('knows the columns of files in which the id does not come first or more is asked than scored', () => {
    const hints = (id: string) => {
      const entry = catalogue.competitions.find((one) => one.id === id);
      return entry === undefined ? undefined : layoutHints(entry, 'mleDojo');
    };
    expect(hints('detecting-insults-in-social-commentary')).toMatchObject({ id: ['Comment'], target: ['Insult'] });
    expect(hints('facial-keypoints-detection')).toMatchObject({ target: ['Location'] });
    expect(catalogue.competitions.filter(({ title }) => /^['"].*['"]$/.test(title))).toEqual([]);
  });

  it('warns of graders that no parameter can follow', () => {
    const flagged = (benchmark: 'mle-dojo' | 'mle-bench', ids: readonly string[]) => ids.filter((id) => knownProblems(benchmark, id).some(({ code }) => code === 'grader_differs'));
    const dojo = ['lmsys-chatbot-arena', 'llm-classification-finetuning', 'jigsaw-toxic-comment-classification-challenge', 'facebook-recruiting-iv-human-or-bot', 'porto-seguro-safe-driver-prediction', 'imet-2020-fgvc7', 'prudential-life-insurance-assessment'];
    expect(flagged('mle-dojo', dojo)).toEqual(dojo);
    const bench = ['aptos2019-blindness-detection', 'new-york-city-taxi-fare-prediction', 'smartphone-decimeter-2022', 'stanford-covid-vaccine', 'bms-molecular-translation'];
    expect(flagged('mle-bench', bench)).toEqual(bench);
  });

  it('finds by words, kind, metric, medals and size', () => {
    expect(searchCatalogue(catalogue, { search: 'INSULTS social' }).map(({ id }) => id)).toEqual(['detecting-insults-in-social-commentary']);
    // As pages and rows call it.
    expect(searchCatalogue(catalogue, { search: 'macro F1 mle-bench' }).length).toBeGreaterThan(0);
    for (const item of searchCatalogue(catalogue, { search: 'macro F1 mle-bench' })) expect(item).toMatchObject({ metricLabel: expect.stringMatching(/macro F1/i), benchmarks: expect.arrayContaining(['mle-bench']) });
    expect(searchCatalogue(catalogue, { search: 'unlearning' }).map(({ title }) => title)).toEqual(['Machine unlearning']);
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
