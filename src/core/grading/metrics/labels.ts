import * as z from 'zod';
import { BadParams, UndefinedScore, defineMetric, labelsSchema, requireOneColumn } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { readLabels } from '../labels';
import type { LabelValue } from '../labels';
import { numberProblem, parseNumber } from '../numbers';
import { eachAnswer, eachSubmitted, groupsOf, reportAnswer, reportSubmitted, truthColumn } from '../values';

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

export const balancedAccuracy: Metric = defineMetric({
  name: 'balanced_accuracy',
  direction: 'maximize',
  params: { labels: labelsSchema, adjusted: z.boolean().default(false) },
  numeric: false,
  oneColumn: true,
  range: (params) => (params.adjusted ? [-1, 1] : [0, 1]),
  label: (params) => (params.adjusted ? 'adjusted balanced accuracy' : 'balanced accuracy'),
  formula: (params) => `b = (1/K) · Σₖ (right rows of class k / rows of class k)${params.adjusted ? '; (b − 1/K) / (1 − 1/K)' : ''}`,
  explanation: 'The share of rows predicted right, taken for every class that occurs and averaged, so that rare classes count as much as frequent ones.',
  prepare(input, params) {
    const target = input.targets[0]!;
    const { truth, predicted, space } = readLabels(input, truthColumn(target), target.submission, params.labels);
    return {
      score(units) {
        const counts = countClasses(truth, predicted, space.size, units);
        let sum = 0;
        let classes = 0;
        for (let k = 0; k < space.size; k++) {
          if (counts.inTruth[k] === 0) continue;
          sum += counts.right[k]! / counts.inTruth[k]!;
          classes++;
        }
        const mean = sum / classes;
        if (!params.adjusted) return mean;
        if (classes < 2) throw new UndefinedScore('bad_answers', 'The answers of these rows hold one class only, so that the score cannot be adjusted for chance.');
        return (mean - 1 / classes) / (1 - 1 / classes);
      },
    };
  },
});

export const top1Error: Metric = defineMetric({
  name: 'top1_error',
  direction: 'minimize',
  params: { labels: labelsSchema, first_of_list: z.boolean().default(false) },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: () => 'top-1 error',
  formula: '1 − (1/n) · #{ p = y }',
  explanation: (params) =>
    `The share of rows whose predicted label is wrong.${params.first_of_list ? ' Of a list of labels the first counts.' : ''}`,
  prepare(input, params) {
    const target = input.targets[0]!;
    const { truth, predicted } = readLabels(input, truthColumn(target), target.submission, params.labels, params.first_of_list);
    return {
      score(units) {
        let wrong = 0;
        for (let i = 0; i < units.length; i++) if (truth[units[i]!] !== predicted[units[i]!]) wrong++;
        return wrong / units.length;
      },
    };
  },
});

/** B. W. Matthews, 1975; J. Gorodkin, 2004, for more than two classes. */
export const matthewsCorrcoef: Metric = defineMetric({
  name: 'matthews_corrcoef',
  direction: 'maximize',
  params: { labels: labelsSchema },
  numeric: false,
  oneColumn: true,
  range: [-1, 1],
  label: () => 'Matthews correlation',
  formula: '(c·n − Σₖ tₖqₖ) / √( (n² − Σₖ qₖ²)(n² − Σₖ tₖ²) )',
  explanation: 'The correlation between true and predicted labels: 1 is perfect, 0 no better than chance, −1 total disagreement. A constant prediction scores 0.',
  prepare(input, params) {
    const target = input.targets[0]!;
    const { truth, predicted, space } = readLabels(input, truthColumn(target), target.submission, params.labels);
    return {
      score(units) {
        const { right, inTruth, inPrediction } = countClasses(truth, predicted, space.size, units);
        const n = units.length;
        let correct = 0;
        let both = 0;
        let truths = 0;
        let predictions = 0;
        for (let k = 0; k < space.size; k++) {
          correct += right[k]!;
          both += inTruth[k]! * inPrediction[k]!;
          truths += inTruth[k]! ** 2;
          predictions += inPrediction[k]! ** 2;
        }
        const denominator = Math.sqrt(n * n - predictions) * Math.sqrt(n * n - truths);
        return denominator === 0 ? 0 : (correct * n - both) / denominator;
      },
    };
  },
});

/** J. Cohen, 1968. The distance is taken between the rating values themselves. */
export const quadraticWeightedKappa: Metric = defineMetric({
  name: 'quadratic_weighted_kappa',
  direction: 'maximize',
  params: { labels: z.array(z.int()).min(1).optional() },
  numeric: false,
  oneColumn: true,
  range: [-1, 1],
  label: () => 'quadratic weighted kappa',
  formula: '1 − Σ wᵢⱼOᵢⱼ / Σ wᵢⱼEᵢⱼ, wᵢⱼ = (i − j)²',
  explanation: 'Agreement between true and predicted ratings beyond chance; the cost of a mistake grows with the square of its distance. 1 is perfect, 0 chance.',
  prepare(input, params) {
    const target = input.targets[0]!;
    const allowed = params.labels === undefined ? null : new Set(params.labels);
    const isRating = (value: number): boolean => Number.isInteger(value) && (allowed === null || allowed.has(value));
    const column = truthColumn(target);
    const truth = new Float64Array(input.rows);
    eachAnswer(input, column, (scored, start, end, row) => {
      const value = parseNumber(column.view, start, end);
      if (isRating(value)) truth[scored] = value;
      else reportAnswer(input, Number.isFinite(value) ? 'bad_label' : numberProblem(column.view, start, end, value), column, row);
    });
    const predicted = new Float64Array(input.rows);
    const { submission } = target;
    eachSubmitted(input, submission, (scored, start, end, row) => {
      const value = parseNumber(submission.view, start, end);
      if (!isRating(value)) {
        const code = Number.isFinite(value) ? 'bad_label' : numberProblem(submission.view, start, end, value);
        reportSubmitted(input, code, submission, row, { fix: 'Write whole numbers from the scale of the ratings.' });
      } else if (scored >= 0) predicted[scored] = value;
    });
    return {
      score(units) {
        const n = units.length;
        // Differences do not change when both sides move; small numbers keep the sums exact.
        const shift = truth[units[0]!]!;
        let disagreement = 0;
        let squares = 0;
        let truths = 0;
        let predictions = 0;
        let constant = true;
        for (let i = 0; i < n; i++) {
          const y = truth[units[i]!]! - shift;
          const p = predicted[units[i]!]! - shift;
          if (y !== 0) constant = false;
          disagreement += (y - p) * (y - p);
          squares += y * y + p * p;
          truths += y;
          predictions += p;
        }
        if (constant) throw new UndefinedScore('bad_answers', 'The answers of these rows hold one rating only.');
        return 1 - disagreement / (squares - (2 * truths * predictions) / n);
      },
    };
  },
});

interface Component {
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  readonly size: number;
  /** Null: all rows belong to it. */
  readonly member: ((row: number) => boolean) | null;
}

export const macroRecallWeighted: Metric = defineMetric({
  name: 'macro_recall_weighted',
  direction: 'maximize',
  params: {
    weights: z.array(z.number().nonnegative()).min(1).optional(),
    labels: labelsSchema,
    component_column: z.string().optional(),
    components: z.array(z.string()).min(1).optional(),
  },
  check: (params) =>
    (params.component_column === undefined) !== (params.components === undefined)
      ? 'component_column and components: give both or neither'
      : undefined,
  numeric: false,
  range: [0, 1],
  label: () => 'weighted macro recall',
  formula: 'Σⱼ wⱼ·Rⱼ / Σⱼ wⱼ, Rⱼ = mean recall over the labels of component j',
  explanation: 'For each component the recall of every label is averaged; the components are then averaged with their weights.',
  answersColumns: (params) => [params.component_column],
  prepare(input, params) {
    const components = params.component_column === undefined
      ? input.targets.map((target): Component => {
          const { truth, predicted, space } = readLabels(input, truthColumn(target), target.submission, params.labels);
          return { truth, predicted, size: space.size, member: null };
        })
      : longComponents(input, params.component_column, params.components ?? [], params.labels);
    const weights = params.weights ?? components.map(() => 1);
    if (weights.length !== components.length) throw new BadParams(`weights: ${weights.length} weights for ${components.length} components.`);
    const total = weights.reduce((a, b) => a + b, 0);
    if (total === 0) throw new BadParams('weights: their sum is 0.');
    return { score: (units) => components.reduce((sum, component, k) => sum + weights[k]! * meanRecall(component, units), 0) / total };
  },
});

function longComponents(
  input: ScoringInput, columnName: string, components: readonly string[], labels: readonly LabelValue[] | undefined,
): Component[] {
  requireOneColumn('component_column', input);
  const target = input.targets[0]!;
  const { truth, predicted, space } = readLabels(input, truthColumn(target), target.submission, labels);
  const { groups, names } = groupsOf(input, input.answersColumn(columnName));
  if (names.some((name) => !components.includes(name)) || components.some((name) => !names.includes(name))) {
    throw new BadParams(`components: must name every value of the answers column "${columnName}" and no other.`);
  }
  return components.map((name) => {
    const group = names.indexOf(name);
    return { truth, predicted, size: space.size, member: (row) => groups[row] === group };
  });
}

function meanRecall({ truth, predicted, size, member }: Component, units: Int32Array): number {
  const counts = countClasses(truth, predicted, size, member === null ? units : units.filter(member));
  let sum = 0;
  let labels = 0;
  for (let k = 0; k < size; k++) {
    if (counts.inTruth[k] === 0 && counts.inPrediction[k] === 0) continue;
    sum += counts.inTruth[k] === 0 ? 0 : counts.right[k]! / counts.inTruth[k]!;
    labels++;
  }
  if (labels === 0) throw new UndefinedScore('bad_answers', 'A component has no row.');
  return sum / labels;
}

function countClasses(truth: Int32Array, predicted: Int32Array, size: number, units: Int32Array) {
  const right = new Float64Array(size);
  const inTruth = new Float64Array(size);
  const inPrediction = new Float64Array(size);
  for (let i = 0; i < units.length; i++) {
    const t = truth[units[i]!]!;
    const p = predicted[units[i]!]!;
    inTruth[t]!++;
    inPrediction[p]!++;
    if (t === p) right[t]!++;
  }
  return { right, inTruth, inPrediction };
}
