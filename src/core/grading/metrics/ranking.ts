import { defineMetric, UndefinedScore } from '../metric';
import type { Metric } from '../metric';
import { predictedNumbers, truthBinary, truthColumn } from '../values';

/**
 * Metrics of the order of predictions.
 * Reference: J. A. Hanley and B. J. McNeil, 1982 (area under the ROC curve as the probability
 * that a positive is ranked above a negative); scikit-learn's `roc_auc_score`.
 */

/**
 * Area under the ROC curve of the chosen units: (pairs with the positive above the negative +
 * ½ ties) / (positives × negatives). O(n log n); only values are sorted, no index.
 *
 * @returns NaN when there is one class only
 */
export function rocAuc(truth: Uint8Array, predicted: Float64Array, units: Int32Array): number {
  let positives = 0;
  for (let i = 0; i < units.length; i++) positives += truth[units[i]!]!;
  const negatives = units.length - positives;
  if (positives === 0 || negatives === 0) return NaN;
  const high = new Float64Array(positives);
  const low = new Float64Array(negatives);
  let h = 0;
  let l = 0;
  for (let i = 0; i < units.length; i++) {
    const unit = units[i]!;
    if (truth[unit] === 1) high[h++] = predicted[unit]!;
    else low[l++] = predicted[unit]!;
  }
  high.sort();
  low.sort();
  let below = 0;
  let notAbove = 0;
  let wins = 0;
  for (let i = 0; i < positives; i++) {
    const value = high[i]!;
    while (below < negatives && low[below]! < value) below++;
    if (notAbove < below) notAbove = below;
    while (notAbove < negatives && low[notAbove]! <= value) notAbove++;
    wins += (below + notAbove) / 2;
  }
  return wins / positives / negatives;
}

export const oneClass = 'The answers of these rows hold one class only, so that no pair can be ranked.';

export const rocAucMetric: Metric = defineMetric({
  name: 'roc_auc',
  direction: 'maximize',
  params: {},
  numeric: true,
  oneColumn: true,
  range: [0, 1],
  label: () => 'ROC AUC',
  formula: '( #{positive above negative} + ½ · #{ties} ) / (positives · negatives)',
  explanation:
    'Area under the ROC curve: the probability that a random positive row gets a higher prediction than a random negative one. Only the order of the predictions counts; 0.5 is guessing, 1 perfect.',
  prepare(input) {
    const target = input.targets[0]!;
    const truth = truthBinary(input, truthColumn(target));
    const predicted = predictedNumbers(input, target.submission);
    return {
      score(units) {
        const score = rocAuc(truth, predicted, units);
        if (Number.isNaN(score)) throw new UndefinedScore('bad_answers', oneClass);
        return score;
      },
    };
  },
});
