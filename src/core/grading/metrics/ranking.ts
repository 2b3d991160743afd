import * as z from 'zod';
import type { Column } from '../csv';
import { UndefinedScore, defineMetric, requireSeveralColumns, restrictRows } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { numberProblem, parseNumber } from '../numbers';
import { averageRanks } from '../ranks';
import { sortNumbers } from '../sortNumbers';
import { eachAnswer, predictedNumbers, reportAnswer, truthBinary, truthColumn, truthNumbers } from '../values';

/**
 * Metrics of the order of predictions.
 * Reference: J. A. Hanley and B. J. McNeil, 1982 (area under the ROC curve as the probability
 * that a positive is ranked above a negative); scikit-learn's `roc_auc_score`.
 */

/**
 * Area under the ROC curve of the chosen units: (pairs with the positive above the negative +
 * ½ ties) / (positives × negatives). Only values are sorted, no index.
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
  sortNumbers(high);
  sortNumbers(low);
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

export const rocAucColumnwise: Metric = defineMetric({
  name: 'roc_auc_columnwise',
  direction: 'maximize',
  params: {
    ignore_value: z.number().optional(),
    on_single_class: z.union([z.enum(['error', 'skip']), z.number()]).default('error'),
  },
  numeric: true,
  range: [0, 1],
  label: () => 'mean ROC AUC',
  formula: '(1/C) · Σ over columns of ROC AUC',
  explanation: 'The area under the ROC curve of each target column, averaged over the columns. Only the order of the predictions within a column counts.',
  prepare(whole, params) {
    const kept = params.ignore_value === undefined ? null : rowsNotIgnored(whole, params.ignore_value);
    const input = kept === null ? whole : restrictRows(whole, kept);
    const columns = input.targets.map((target) => ({
      truth: truthBinary(input, truthColumn(target)),
      predicted: predictedNumbers(input, target.submission),
    }));
    return {
      ...(kept === null ? {} : { unitRows: kept, rows: kept.length }),
      score(units) {
        let sum = 0;
        let count = 0;
        for (const { truth, predicted } of columns) {
          let value = rocAuc(truth, predicted, units);
          if (Number.isNaN(value)) {
            if (params.on_single_class === 'error') throw new UndefinedScore('bad_answers', oneClass);
            if (params.on_single_class === 'skip') continue;
            value = params.on_single_class;
          }
          sum += value;
          count++;
        }
        if (count === 0) throw new UndefinedScore('bad_answers', oneClass);
        return sum / count;
      },
    };
  },
});

/** Scored rows whose truth differs from `value` in at least one target column. */
function rowsNotIgnored(input: ScoringInput, value: number): Int32Array {
  const keep = new Uint8Array(input.rows);
  for (const target of input.targets) {
    const column = truthColumn(target);
    eachAnswer(input, column, (scored, start, end) => {
      if (parseNumber(column.view, start, end) !== value) keep[scored] = 1;
    });
  }
  const kept = Int32Array.from(keep.keys()).filter((scored) => keep[scored] === 1);
  if (kept.length === 0) throw new UndefinedScore('bad_answers', 'Every row of the answers is marked as not scored.');
  return kept;
}

/** Numbers of positives and negatives at each distinct prediction, from the highest down. */
function tally(truth: Uint8Array, predicted: Float64Array, units: Int32Array): { positives: number; negatives: number; groups: [number, number][] } {
  const high = Float64Array.from(units.filter((unit) => truth[unit] === 1), (unit) => predicted[unit]!);
  const low = Float64Array.from(units.filter((unit) => truth[unit] === 0), (unit) => predicted[unit]!);
  sortNumbers(high).reverse();
  sortNumbers(low).reverse();
  const groups: [number, number][] = [];
  let h = 0;
  let l = 0;
  while (h < high.length || l < low.length) {
    const value = Math.max(high[h] ?? -Infinity, low[l] ?? -Infinity);
    const [fromH, fromL] = [h, l];
    while (h < high.length && high[h] === value) h++;
    while (l < low.length && low[l] === value) l++;
    groups.push([h - fromH, l - fromL]);
  }
  return { positives: high.length, negatives: low.length, groups };
}

export const rocAucWeightedSegments: Metric = defineMetric({
  name: 'roc_auc_weighted_segments',
  direction: 'maximize',
  params: {
    tpr_thresholds: z.array(z.number()).min(2).default([0, 0.4, 1]),
    weights: z.array(z.number().nonnegative()).min(1).default([2, 1]),
  },
  check({ tpr_thresholds: t, weights }) {
    if (t.length !== weights.length + 1) return 'weights: there must be one per segment, one fewer than tpr_thresholds';
    if (t[0] !== 0 || t[t.length - 1] !== 1 || t.some((value, i) => i > 0 && value <= t[i - 1]!)) return 'tpr_thresholds: must rise from 0 to 1';
    return weights.some((weight) => weight > 0) ? undefined : 'weights: one must be above 0';
  },
  numeric: true,
  oneColumn: true,
  range: [0, 1],
  label: () => 'weighted ROC AUC',
  formula: 'Σₖ wₖ · ∫ (1 − FPR(u)) du over [tₖ, tₖ₊₁] / Σₖ wₖ(tₖ₊₁ − tₖ)',
  explanation: 'Area beside the ROC curve in which parts of the true-positive rate count with different weights. 1 is perfect.',
  prepare(input, { tpr_thresholds: thresholds, weights }) {
    const target = input.targets[0]!;
    const truth = truthBinary(input, truthColumn(target));
    const predicted = predictedNumbers(input, target.submission);
    const total = weights.reduce((sum, weight, k) => sum + weight * (thresholds[k + 1]! - thresholds[k]!), 0);
    return {
      score(units) {
        const { positives, negatives, groups } = tally(truth, predicted, units);
        if (positives === 0 || negatives === 0) throw new UndefinedScore('bad_answers', oneClass);
        let area = 0;
        let [h, l] = [0, 0];
        for (const [addH, addL] of groups) {
          const [u0, f0] = [h / positives, l / negatives];
          h += addH;
          l += addL;
          const [u1, f1] = [h / positives, l / negatives];
          if (addH === 0) continue;
          for (let k = 0; k < weights.length; k++) {
            const from = Math.max(u0, thresholds[k]!);
            const to = Math.min(u1, thresholds[k + 1]!);
            if (to <= from) continue;
            const middle = f0 + ((f1 - f0) * ((from + to) / 2 - u0)) / (u1 - u0);
            area += weights[k]! * (to - from) * (1 - middle);
          }
        }
        return area / total;
      },
    };
  },
});

/** D. Borkan et al., Nuanced metrics for measuring unintended bias, 2019. */
export const rocAucBiasWeighted: Metric = defineMetric({
  name: 'roc_auc_bias_weighted',
  direction: 'maximize',
  params: {
    identity_columns: z.array(z.string()).min(1),
    threshold: z.number().default(0.5),
    power: z.number().refine((power) => power !== 0, { message: 'must not be 0' }).default(-5),
    overall_weight: z.number().min(0).max(1).default(0.25),
  },
  numeric: true,
  oneColumn: true,
  range: [0, 1],
  label: () => 'bias-weighted ROC AUC',
  formula: (params) =>
    `w·AUC + (1 − w)/3 · Σ of the power means (power ${params.power}) of subgroup, BPSN and BNSP AUC, w = ${params.overall_weight}`,
  explanation: 'ROC AUC over all rows, joined with the areas within and across groups of people, so that a model that fails one group scores low.',
  answersColumns: (params) => params.identity_columns,
  prepare(input, params) {
    const target = input.targets[0]!;
    const truth = Uint8Array.from(truthNumbers(input, truthColumn(target)), (y) => (y >= params.threshold ? 1 : 0));
    const predicted = predictedNumbers(input, target.submission);
    const identities = params.identity_columns.map((name) => identityFlags(input, input.answersColumn(name), params.threshold));
    const groups: ((unit: number, identity: Uint8Array) => boolean)[] = [
      (unit, identity) => identity[unit] === 1,
      (unit, identity) => identity[unit] !== truth[unit],
      (unit, identity) => identity[unit] === truth[unit],
    ];
    return {
      score(units) {
        const overall = rocAuc(truth, predicted, units);
        if (Number.isNaN(overall)) throw new UndefinedScore('bad_answers', oneClass);
        let sum = 0;
        for (const belongs of groups) {
          const areas = identities
            .map((identity) => rocAuc(truth, predicted, units.filter((unit) => belongs(unit, identity))))
            .filter((area) => !Number.isNaN(area));
          if (areas.length === 0) throw new UndefinedScore('bad_answers', 'No identity group holds both classes.');
          sum += powerMean(areas, params.power);
        }
        return params.overall_weight * overall + ((1 - params.overall_weight) / 3) * sum;
      },
    };
  },
});

function identityFlags(input: ScoringInput, column: Column, threshold: number): Uint8Array {
  const flags = new Uint8Array(input.rows);
  eachAnswer(input, column, (scored, start, end, row) => {
    const value = start === end ? 0 : parseNumber(column.view, start, end);
    if (Number.isFinite(value)) flags[scored] = value >= threshold ? 1 : 0;
    else reportAnswer(input, numberProblem(column.view, start, end, value), column, row);
  });
  return flags;
}

function powerMean(values: readonly number[], power: number): number {
  if (power < 0 && values.includes(0)) return 0;
  return (values.reduce((sum, value) => sum + value ** power, 0) / values.length) ** (1 / power);
}

export const giniNormalized: Metric = defineMetric({
  name: 'gini_normalized',
  direction: 'maximize',
  params: {},
  numeric: true,
  oneColumn: true,
  range: [-1, 1],
  label: () => 'normalized Gini',
  formula: 'G(p) / G(y), G(s) = Σ yᵢ(n − rᵢ + 1) / Σ y − (n + 1)/2, rᵢ the rank of sᵢ from the highest',
  explanation: 'How well the predictions order the rows by their true amount; 0 is a random order, 1 the right one. Only the order of the predictions counts.',
  prepare(input) {
    const target = input.targets[0]!;
    const column = truthColumn(target);
    const truth = truthNumbers(input, column);
    truth.forEach((value, scored) => {
      if (value < 0) reportAnswer(input, 'out_of_range', column, input.answersRows[scored]!);
    });
    const predicted = predictedNumbers(input, target.submission);
    return {
      score(units) {
        const y = Float64Array.from(units, (unit) => truth[unit]!);
        if (y.every((value) => value === y[0])) throw new UndefinedScore('bad_answers', 'All true amounts of these rows are equal.');
        return gini(y, Float64Array.from(units, (unit) => predicted[unit]!)) / gini(y, y);
      },
    };
  },
});

/**
 * G without its factor 1/Σ y, which the ratio of two loses. Ranks centred at 0 have the sum 0, so any
 * amount may be taken off y: with one of them off, amounts close together far from 0 keep their digits.
 */
function gini(truth: Float64Array, by: Float64Array): number {
  const ranks = averageRanks(by);
  let weighted = 0;
  // averageRanks counts from the lowest, so it already is n − r + 1.
  for (let i = 0; i < truth.length; i++) weighted += (truth[i]! - truth[0]!) * (ranks[i]! - (truth.length + 1) / 2);
  return weighted;
}

export const averagePrecision: Metric = defineMetric({
  name: 'average_precision',
  direction: 'maximize',
  params: {},
  numeric: true,
  range: [0, 1],
  label: () => 'average precision',
  formula: 'Σₖ (Rₖ − Rₖ₋₁)·Pₖ over distinct predictions from high to low',
  explanation: 'Precision averaged over the steps of recall, without interpolation; several columns are averaged. Suits rare positives.',
  prepare(input) {
    const columns = input.targets.map((target) => ({
      truth: truthBinary(input, truthColumn(target)),
      predicted: predictedNumbers(input, target.submission),
    }));
    return {
      score(units) {
        let sum = 0;
        for (const { truth, predicted } of columns) {
          const { positives, groups } = tally(truth, predicted, units);
          if (positives === 0) throw new UndefinedScore('bad_answers', 'The answers of these rows hold no positive.');
          let [h, all] = [0, 0];
          for (const [addH, addL] of groups) {
            h += addH;
            all += addH + addL;
            sum += (addH / positives) * (h / all) / columns.length;
          }
        }
        return sum;
      },
    };
  },
});

export const lwlrap: Metric = defineMetric({
  name: 'lwlrap',
  direction: 'maximize',
  params: {},
  numeric: true,
  range: [0, 1],
  label: () => 'lwlrap',
  formula: 'mean over true labels of #{true labels ranked at least as high} / #{labels ranked at least as high}',
  explanation: 'Label-weighted label-ranking average precision: for every true label of a row, how pure the list of labels down to it is.',
  prepare(input) {
    requireSeveralColumns('lwlrap', input);
    const columns = input.targets.map((target) => ({
      truth: truthBinary(input, truthColumn(target)),
      predicted: predictedNumbers(input, target.submission),
    }));
    const sums = new Float64Array(input.rows);
    const counts = new Float64Array(input.rows);
    for (let row = 0; row < input.rows; row++) {
      for (const own of columns) {
        if (own.truth[row] !== 1) continue;
        let right = 0;
        let all = 0;
        for (const { truth, predicted } of columns) {
          if (!(predicted[row]! >= own.predicted[row]!)) continue;
          all++;
          right += truth[row]!;
        }
        sums[row]! += right / all;
        counts[row]!++;
      }
    }
    return {
      score(units) {
        let sum = 0;
        let count = 0;
        for (let i = 0; i < units.length; i++) {
          sum += sums[units[i]!]!;
          count += counts[units[i]!]!;
        }
        if (count === 0) throw new UndefinedScore('bad_answers', 'The answers of these rows hold no true label.');
        return sum / count;
      },
    };
  },
});
