import * as z from 'zod';
import { defineMetric, labelSchema, labelsSchema, BadParams, requireOneColumn } from '../metric';
import type { Metric, Prepared, ScoringInput } from '../metric';
import { labelText, readLabelLists, readLabels } from '../labels';
import type { LabelColumn, LabelSets, LabelValue } from '../labels';
import { meanOver, predictedBinary, truthBinary, truthColumn } from '../values';

/**
 * F scores: the weighted harmonic mean of precision and recall,
 * F = (1+β²)·TP / ((1+β²)·TP + β²·FN + FP).
 * Reference: C. J. van Rijsbergen, Information Retrieval, 1979; scikit-learn's `f1_score` and
 * `fbeta_score`, with which the values agree.
 */

const shape = {
  average: z.enum(['binary', 'micro', 'macro', 'weighted', 'samples']).default('binary'),
  labels: labelsSchema,
  pos_label: labelSchema.default(1),
  zero_division: z.number().min(0).max(1).default(0),
  list: z.boolean().default(false),
};
const betaShape = { ...shape, beta: z.number().positive().default(1) };

interface FParams {
  readonly average: 'binary' | 'micro' | 'macro' | 'weighted' | 'samples';
  readonly labels?: readonly LabelValue[] | undefined;
  readonly pos_label: LabelValue;
  readonly zero_division: number;
  readonly list: boolean;
}

const averageLabel = (params: FParams, name: string): string =>
  params.average === 'binary' ? name : `${params.average} ${name}`;

const averageText: Record<FParams['average'], string> = {
  binary: 'counted for the positive label',
  micro: 'with the counts summed over all labels',
  macro: 'computed for every label on its own and averaged, so that rare labels count as much as frequent ones',
  weighted: 'computed for every label and averaged by how often the label occurs',
  samples: 'computed for every row on its own and averaged',
};

const averageFormula: Record<FParams['average'], (f: string) => string> = {
  binary: (f) => `F = ${f}`,
  micro: (f) => `F = ${f}, TP, FN, FP summed over labels`,
  macro: (f) => `(1/K) · Σₖ Fₖ, Fₖ = ${f}`,
  weighted: (f) => `Σₖ nₖ·Fₖ / Σₖ nₖ, Fₖ = ${f}`,
  samples: (f) => `(1/n) · Σᵢ Fᵢ, Fᵢ = ${f}`,
};

function checkAverage(params: FParams): string | undefined {
  return params.list && params.average === 'binary'
    ? 'average: "binary" needs one column of single labels; choose micro, macro, weighted or samples for lists'
    : undefined;
}

export const f1: Metric = defineMetric({
  name: 'f1',
  direction: 'maximize',
  params: shape,
  check: checkAverage,
  numeric: false,
  range: [0, 1],
  label: (params) => averageLabel(params, 'F1'),
  formula: (params) => averageFormula[params.average]('2·TP / (2·TP + FN + FP)'),
  explanation: (params) =>
    `The harmonic mean of precision and recall, ${averageText[params.average]}. 1 is perfect; a label that is never predicted right contributes 0.`,
  prepare: (input, params) => prepareF(input, params, 1),
});

export const fbeta: Metric = defineMetric({
  name: 'fbeta',
  direction: 'maximize',
  params: betaShape,
  check: checkAverage,
  numeric: false,
  range: [0, 1],
  label: (params) => averageLabel(params, `F${params.beta}`),
  formula: (params) => averageFormula[params.average](`(1+β²)·TP / ((1+β²)·TP + β²·FN + FP), β = ${params.beta}`),
  explanation: (params) =>
    `The weighted harmonic mean of precision and recall, where recall counts ${params.beta} times as much, ${averageText[params.average]}.`,
  prepare: (input, params) => prepareF(input, params, params.beta),
});

function prepareF(input: ScoringInput, params: FParams, beta: number): Prepared {
  const f = fFunction(beta, params.zero_division);
  if (params.list) {
    requireOneColumn('list', input);
    const target = input.targets[0]!;
    const { truth, predicted, size } = readLabelLists(input, truthColumn(target), target.submission, params.labels);
    return scoreSets(truth, predicted, size, params.labels?.length ?? null, params, f);
  }
  if (input.targets.length > 1) return prepareColumns(input, params, f);
  if (params.average === 'samples') {
    throw new BadParams('average: "samples" needs label lists (list: true) or several binary columns.');
  }
  const target = input.targets[0]!;
  const column = readLabels(input, truthColumn(target), target.submission, params.labels);
  return params.average === 'binary' ? prepareBinary(column, params, f) : prepareClasses(column, params, f);
}

type F = (truePositives: number, falseNegatives: number, falsePositives: number) => number;

function fFunction(beta: number, zeroDivision: number): F {
  const b2 = beta * beta;
  return (tp, fn, fp) => {
    const denominator = (1 + b2) * tp + b2 * fn + fp;
    return denominator === 0 ? zeroDivision : ((1 + b2) * tp) / denominator;
  };
}

function prepareBinary(column: LabelColumn, params: FParams, f: F): Prepared {
  const { truth, predicted, space } = column;
  const inTruth = new Set(truth);
  inTruth.delete(-1);
  if (inTruth.size > 2) {
    throw new BadParams(`average: "binary" needs at most two labels, but the answers hold ${inTruth.size}; choose micro, macro or weighted.`);
  }
  const positive = space.classOfText(labelText(params.pos_label), false);
  if (positive < 0 || (space.kind !== 'binary' && !inTruth.has(positive))) {
    throw new BadParams(
      space.kind === 'binary'
        ? 'pos_label: must be 0 or 1 for a column of zeros and ones.'
        : 'pos_label: this label does not occur in the answers; name the positive label.',
    );
  }
  return {
    score(units) {
      let tp = 0;
      let fn = 0;
      let fp = 0;
      for (let i = 0; i < units.length; i++) {
        const t = truth[units[i]!] === positive;
        const p = predicted[units[i]!] === positive;
        if (t && p) tp++;
        else if (t) fn++;
        else if (p) fp++;
      }
      return f(tp, fn, fp);
    },
  };
}

/** Counts per label: right, in the truth, predicted. */
interface Counts {
  readonly right: Float64Array;
  readonly inTruth: Float64Array;
  readonly inPrediction: Float64Array;
}

const emptyCounts = (size: number): Counts => ({
  right: new Float64Array(size),
  inTruth: new Float64Array(size),
  inPrediction: new Float64Array(size),
});

/** `all`: every label counts in macro; otherwise those that occur in truth or prediction. */
function averageCounts({ right, inTruth, inPrediction }: Counts, all: boolean, params: FParams, f: F): number {
  let tp = 0;
  let fn = 0;
  let fp = 0;
  let sum = 0;
  let weighted = 0;
  let weight = 0;
  let labels = 0;
  for (let k = 0; k < right.length; k++) {
    if (!all && inTruth[k] === 0 && inPrediction[k] === 0) continue;
    const missed = inTruth[k]! - right[k]!;
    const wrong = inPrediction[k]! - right[k]!;
    tp += right[k]!;
    fn += missed;
    fp += wrong;
    const value = f(right[k]!, missed, wrong);
    sum += value;
    weighted += value * inTruth[k]!;
    weight += inTruth[k]!;
    labels++;
  }
  if (labels === 0) return params.zero_division;
  if (params.average === 'micro') return f(tp, fn, fp);
  return params.average === 'weighted' && weight > 0 ? weighted / weight : sum / labels;
}

function prepareClasses(column: LabelColumn, params: FParams, f: F): Prepared {
  const { truth, predicted, space } = column;
  const closedSet = params.labels === undefined ? null : new Set(params.labels.map((l) => space.classOfText(labelText(l), false)));
  return {
    score(units) {
      const counts = emptyCounts(space.size);
      for (let i = 0; i < units.length; i++) {
        const t = truth[units[i]!]!;
        const p = predicted[units[i]!]!;
        counts.inTruth[t]!++;
        counts.inPrediction[p]!++;
        if (t === p) counts.right[t]!++;
      }
      if (closedSet === null) return averageCounts(counts, false, params, f);
      const pick = (values: Float64Array): Float64Array => values.filter((_, k) => closedSet.has(k));
      return averageCounts(
        { right: pick(counts.right), inTruth: pick(counts.inTruth), inPrediction: pick(counts.inPrediction) },
        true, params, f,
      );
    },
  };
}

function prepareColumns(input: ScoringInput, params: FParams, f: F): Prepared {
  if (params.average === 'binary') {
    throw new BadParams('average: "binary" needs one target column; choose micro, macro, weighted or samples.');
  }
  if (params.labels !== undefined) throw new BadParams('labels: with several target columns each column is a label; leave it out.');
  const columns = input.targets.map((target) => ({
    truth: truthBinary(input, truthColumn(target)),
    predicted: predictedBinary(input, target.submission),
  }));
  if (params.average === 'samples') {
    const values = new Float64Array(input.rows);
    for (let row = 0; row < input.rows; row++) {
      let tp = 0;
      let fn = 0;
      let fp = 0;
      for (const { truth, predicted } of columns) {
        if (truth[row] === 1 && predicted[row] === 1) tp++;
        else if (truth[row] === 1) fn++;
        else if (predicted[row] === 1) fp++;
      }
      values[row] = f(tp, fn, fp);
    }
    return { score: (units) => meanOver(values, units) };
  }
  return {
    score(units) {
      const counts = emptyCounts(columns.length);
      columns.forEach(({ truth, predicted }, k) => {
        for (let i = 0; i < units.length; i++) {
          const t = truth[units[i]!]!;
          const p = predicted[units[i]!]!;
          counts.inTruth[k]! += t;
          counts.inPrediction[k]! += p;
          counts.right[k]! += t & p;
        }
      });
      return averageCounts(counts, true, params, f);
    },
  };
}

function scoreSets(truth: LabelSets, predicted: LabelSets, size: number, closed: number | null, params: FParams, f: F): Prepared {
  const common = (row: number, visit: (label: number) => void): number => {
    let a = truth.offsets[row]!;
    let b = predicted.offsets[row]!;
    let found = 0;
    while (a < truth.offsets[row + 1]! && b < predicted.offsets[row + 1]!) {
      const x = truth.items[a]!;
      const y = predicted.items[b]!;
      if (x === y) {
        visit(x);
        found++;
      }
      if (x <= y) a++;
      if (y <= x) b++;
    }
    return found;
  };
  const length = (sets: LabelSets, row: number): number => sets.offsets[row + 1]! - sets.offsets[row]!;
  if (params.average === 'samples') {
    const rows = truth.offsets.length - 1;
    const values = Float64Array.from({ length: rows }, (_, row) => {
      const tp = common(row, () => undefined);
      return f(tp, length(truth, row) - tp, length(predicted, row) - tp);
    });
    return { score: (units) => meanOver(values, units) };
  }
  return {
    score(units) {
      const counts = emptyCounts(size);
      for (let i = 0; i < units.length; i++) {
        const row = units[i]!;
        for (let k = truth.offsets[row]!; k < truth.offsets[row + 1]!; k++) counts.inTruth[truth.items[k]!]!++;
        for (let k = predicted.offsets[row]!; k < predicted.offsets[row + 1]!; k++) counts.inPrediction[predicted.items[k]!]!++;
        common(row, (label) => counts.right[label]!++);
      }
      return averageCounts(counts, closed !== null, params, f);
    },
  };
}

