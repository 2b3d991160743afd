import { defineMetric, labelsSchema } from '../metric';
import type { Metric } from '../metric';
import { readLabels } from '../labels';
import { truthColumn } from '../values';

/** Metrics of single labels. Values agree with scikit-learn's functions of the same names. */

export const accuracy: Metric = defineMetric({
  name: 'accuracy',
  direction: 'maximize',
  params: { labels: labelsSchema },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: () => 'accuracy',
  formula: '(1/n) · #{ p = y }',
  explanation: 'The share of rows whose predicted label is right.',
  prepare(input, params) {
    const target = input.targets[0]!;
    const { truth, predicted } = readLabels(input, truthColumn(target), target.submission, params.labels);
    return {
      score(units) {
        let right = 0;
        for (let i = 0; i < units.length; i++) if (truth[units[i]!] === predicted[units[i]!]) right++;
        return right / units.length;
      },
    };
  },
});
