import * as z from 'zod';
import { BadParams, UndefinedScore, defineMetric, labelsSchema, requireOneColumn, requireSeveralColumns } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { labelText, truthLabels } from '../labels';
import type { LabelValue } from '../labels';
import {
  answersOffset, groupsOf, meanOver, predictedNumbers, probabilityBounds, reportAnswer, submittedOffset, truthBinary, truthColumn,
  truthNumbers,
} from '../values';

/**
 * Metrics of predicted probabilities.
 * Reference: I. J. Good, Rational Decisions, 1952 (logarithmic score); scikit-learn's `log_loss`.
 */

export const epsSchema = z.number().min(0).lt(0.5).default(1e-15);

/** What the logarithmic losses know of the rows: loss and class of each scored row. */
export interface ClassLosses {
  readonly losses: Float64Array;
  readonly classes: Int32Array;
  /** Number of classes. */
  readonly count: number;
}

export interface LogLossParams {
  readonly eps: number;
  readonly normalize: boolean;
  readonly sum_tol: number;
  readonly label_column?: string | undefined;
  readonly labels?: readonly LabelValue[] | undefined;
}

export const logLossShape = {
  eps: epsSchema,
  normalize: z.boolean().default(true),
  sum_tol: z.number().nonnegative().default(1e-6),
  label_column: z.string().optional(),
  labels: labelsSchema,
};

/** −ln q of the true class, with q clipped to [eps, 1 − eps]. */
export function clippedLoss(probability: number, eps: number): number {
  return -Math.log(Math.min(Math.max(probability, eps), 1 - eps));
}

/** Binary loss of the probability of 1; 1 − q is taken from the clipped q, in doubles. */
export function binaryLoss(truth: number, probability: number, eps: number): number {
  const q = Math.min(Math.max(probability, eps), 1 - eps);
  return truth === 1 ? -Math.log(q) : -Math.log(1 - q);
}

/** Reads truth and probabilities in any of the forms of `log_loss`. @throws BadParams */
export function readClassLosses(input: ScoringInput, params: LogLossParams): ClassLosses {
  if (input.targets.length === 1) return readBinaryLosses(input, params);
  const columns = input.targets.map((target) => predictedNumbers(input, target.submission, probabilityBounds));
  checkRowSums(input, columns, params);
  const classes = params.label_column === undefined ? classesFromColumns(input) : classesFromLabels(input, params);
  const losses = new Float64Array(input.rows);
  for (let row = 0; row < input.rows; row++) {
    const own = columns[classes[row]!]?.[row] ?? NaN;
    let sum = 1;
    if (params.normalize) {
      sum = 0;
      for (const column of columns) sum += column[row]!;
    }
    losses[row] = clippedLoss(own / sum, params.eps);
  }
  return { losses, classes, count: columns.length };
}

function readBinaryLosses(input: ScoringInput, params: LogLossParams): ClassLosses {
  if (params.label_column !== undefined) {
    throw new BadParams('label_column: needs several target columns, one per class; name them with --target.');
  }
  if (params.labels !== undefined) throw new BadParams('labels: needs label_column and several target columns.');
  const target = input.targets[0]!;
  const truth = truthBinary(input, truthColumn(target));
  const predicted = predictedNumbers(input, target.submission, probabilityBounds);
  return {
    losses: Float64Array.from(truth, (y, row) => binaryLoss(y, predicted[row]!, params.eps)),
    classes: Int32Array.from(truth),
    count: 2,
  };
}

/** Reports `row_sum`: a sum of 0 that cannot be normalised, or one too far from 1. */
export function checkRowSums(
  input: ScoringInput, columns: readonly Float64Array[], params: { normalize: boolean; sum_tol: number },
): void {
  for (let row = 0; row < input.rows; row++) {
    let sum = 0;
    for (const column of columns) sum += column[row]!;
    const bad = params.normalize ? sum === 0 : Math.abs(sum - 1) > params.sum_tol;
    if (!bad) continue;
    input.problems.add('row_sum', {
      offset: submittedOffset(input, row),
      example: String(sum),
      fix: params.normalize ? 'Give every row at least one probability above 0.' : undefined,
    });
  }
}

/** The true class of each row from columns that hold exactly one 1. */
function classesFromColumns(input: ScoringInput): Int32Array {
  if (input.targets.some((target) => target.answers === null)) throw new BadParams('label_column: must be given.');
  const classes = new Int32Array(input.rows).fill(-1);
  const ones = new Int32Array(input.rows);
  input.targets.forEach((target, k) => {
    const truth = truthBinary(input, truthColumn(target));
    truth.forEach((value, row) => {
      if (value !== 1) return;
      classes[row] = k;
      ones[row]!++;
    });
  });
  ones.forEach((count, row) => {
    if (count === 1) return;
    input.answersProblems.add('bad_label', {
      offset: answersOffset(input, row),
      message: 'rows do not have exactly one class set to 1.',
    });
  });
  return classes;
}

/** The true class of each row from a column that names it. */
function classesFromLabels(input: ScoringInput, params: LogLossParams): Int32Array {
  const labels = params.labels ?? input.targets.map((target) => target.name);
  if (labels.length !== input.targets.length) {
    throw new BadParams(`labels: ${labels.length} labels for ${input.targets.length} target columns.`);
  }
  const { truth, space } = truthLabels(input, input.answersColumn(params.label_column!), labels);
  const columnOfClass = new Map(labels.map((label, k) => [space.classOfText(labelText(label), false), k]));
  if (columnOfClass.size !== labels.length) throw new BadParams('labels: two labels are equal.');
  return truth.map((found) => columnOfClass.get(found) ?? -1);
}

export const logLoss: Metric = defineMetric({
  name: 'log_loss',
  direction: 'minimize',
  params: logLossShape,
  check: (params) =>
    params.labels !== undefined && params.label_column === undefined ? 'labels: needs label_column' : undefined,
  numeric: true,
  range: [0, Infinity],
  label: () => 'log loss',
  formula: (params) =>
    `−(1/n) · Σ ln q, q = probability of the true class${params.normalize ? ', rows divided by their sum' : ''}, clipped to [${params.eps}, 1 − ${params.eps}]`,
  explanation:
    'The mean negative logarithm of the probability given to the true class. Confident mistakes cost most; 0 is perfect, ln K is what equal probabilities for K classes score.',
  answersColumns: (params) => [params.label_column],
  truthInTargets: (params) => params.label_column === undefined,
  prepare(input, params) {
    const { losses } = readClassLosses(input, params);
    return { score: (units) => meanOver(losses, units) };
  },
});

export const logLossBalanced: Metric = defineMetric({
  name: 'log_loss_balanced',
  direction: 'minimize',
  params: logLossShape,
  check: (params) =>
    params.labels !== undefined && params.label_column === undefined ? 'labels: needs label_column' : undefined,
  numeric: true,
  range: [0, Infinity],
  label: () => 'balanced log loss',
  formula: '−(1/K) · Σₖ (1/nₖ) · Σ over rows of class k of ln q',
  explanation: 'Log loss averaged within every class first and then over the classes, so that rare classes count as much as frequent ones.',
  answersColumns: (params) => [params.label_column],
  truthInTargets: (params) => params.label_column === undefined,
  prepare(input, params) {
    const { losses, classes, count } = readClassLosses(input, params);
    return {
      score(units) {
        const sums = new Float64Array(count);
        const rows = new Float64Array(count);
        for (let i = 0; i < units.length; i++) {
          const unit = units[i]!;
          sums[classes[unit]!]! += losses[unit]!;
          rows[classes[unit]!]!++;
        }
        if (rows.includes(0)) throw new UndefinedScore('bad_answers', 'A class has no row in the answers.');
        return sums.reduce((total, sum, k) => total + sum / rows[k]!, 0) / count;
      },
    };
  },
});

const weightsSchema = z.array(z.number().nonnegative()).min(1).optional();

interface ColumnWeights {
  readonly negative: readonly number[];
  readonly positive: readonly number[];
}

export const logLossWeightedColumns: Metric = defineMetric({
  name: 'log_loss_weighted_columns',
  direction: 'minimize',
  params: {
    eps: epsSchema,
    negative_weights: weightsSchema,
    positive_weights: weightsSchema,
    unit_column: z.string().optional(),
    component_column: z.string().optional(),
    components: z.array(z.string()).min(1).optional(),
  },
  check({ unit_column: unit, component_column: component, components }) {
    const given = [unit, component, components].filter((value) => value !== undefined).length;
    return given === 0 || given === 3 ? undefined : 'unit_column, component_column and components: give all three or none';
  },
  numeric: true,
  range: [0, Infinity],
  label: () => 'weighted log loss',
  formula: 'mean over units of Σⱼ wⱼℓⱼ / Σⱼ wⱼ, ℓⱼ the binary log loss, wⱼ by column and truth',
  explanation: 'Binary log loss of several findings per unit, each with its own weight for a positive and a negative truth.',
  answersColumns: (params) => [params.unit_column, params.component_column],
  prepare(input, params) {
    const components = params.components?.length ?? input.targets.length;
    const weights: ColumnWeights = {
      negative: params.negative_weights ?? Array<number>(components).fill(1),
      positive: params.positive_weights ?? Array<number>(components).fill(1),
    };
    for (const [side, list] of Object.entries(weights)) {
      if (list.length !== components) throw new BadParams(`${side}_weights: ${list.length} weights for ${components} components.`);
    }
    const losses = input.targets.map((target) => {
      const truth = truthBinary(input, truthColumn(target));
      const predicted = predictedNumbers(input, target.submission, probabilityBounds);
      return { truth, loss: Float64Array.from(truth, (y, row) => binaryLoss(y, predicted[row]!, params.eps)) };
    });
    const cells = params.unit_column === undefined ? wideCells(input, losses) : longCells(input, losses, params);
    const values = Float64Array.from(cells.units, (unit) => weightedMean(unit, weights));
    return { ...(cells.rows === null ? {} : { unitRows: cells.rows }), score: (units) => weightedUnitsMean(values, units) };
  },
});

/** Loss and truth of one component of a unit; components in the order of the weights. */
type UnitCells = readonly { readonly truth: number; readonly loss: number }[];
interface Losses {
  readonly truth: Uint8Array;
  readonly loss: Float64Array;
}

function wideCells(input: ScoringInput, losses: readonly Losses[]): { units: UnitCells[]; rows: null } {
  return { units: Array.from({ length: input.rows }, (_, row) => losses.map((l) => ({ truth: l.truth[row]!, loss: l.loss[row]! }))), rows: null };
}

function longCells(
  input: ScoringInput, losses: readonly Losses[],
  params: { unit_column?: string | undefined; component_column?: string | undefined; components?: readonly string[] | undefined },
): { units: UnitCells[]; rows: Int32Array } {
  requireOneColumn('unit_column', input);
  const [only] = losses;
  const components = params.components ?? [];
  const units = groupsOf(input, input.answersColumn(params.unit_column!));
  const parts = groupsOf(input, input.answersColumn(params.component_column!));
  const place = parts.names.map((name) => components.indexOf(name));
  const rows = new Int32Array(units.names.length).fill(-1);
  const cells: ({ truth: number; loss: number } | undefined)[][] = units.names.map(() => components.map(() => undefined));
  for (let row = 0; row < input.rows; row++) {
    const unit = units.groups[row]!;
    const component = place[parts.groups[row]!]!;
    if (rows[unit]! < 0) rows[unit] = row;
    if (component < 0 || cells[unit]![component] !== undefined) throw new UndefinedScore('bad_answers', 'A unit has a component that is unknown or occurs twice.');
    cells[unit]![component] = { truth: only!.truth[row]!, loss: only!.loss[row]! };
  }
  return {
    rows,
    units: cells.map((unit) =>
      unit.map((cell) => {
        if (cell === undefined) throw new UndefinedScore('bad_answers', 'A unit lacks a component.');
        return cell;
      }),
    ),
  };
}

function weightedMean(unit: UnitCells, weights: ColumnWeights): number {
  let sum = 0;
  let total = 0;
  unit.forEach(({ truth, loss }, k) => {
    const weight = (truth === 1 ? weights.positive : weights.negative)[k]!;
    // A loss without weight does not count, were it infinite.
    if (weight > 0) sum += weight * loss;
    total += weight;
  });
  return sum / total;
}

/** The mean; NaN marks a unit whose weights sum to 0. An infinite loss (`eps` = 0) is the prediction's. */
function weightedUnitsMean(values: Float64Array, units: Int32Array): number {
  const mean = meanOver(values, units);
  if (Number.isNaN(mean)) throw new UndefinedScore('bad_answers', 'The weights of a unit sum to 0.');
  return mean;
}

/** S. Kullback and R. A. Leibler, 1951. */
export const klDivergence: Metric = defineMetric({
  name: 'kl_divergence',
  direction: 'minimize',
  params: { normalize: z.boolean().default(false), sum_tol: z.number().nonnegative().default(1e-5), eps: epsSchema },
  numeric: true,
  range: [0, Infinity],
  label: () => 'KL divergence',
  formula: '(1/n) · Σ rows Σₖ tₖ · ln(tₖ / qₖ)',
  explanation: 'How far the predicted distribution of a row is from the true one, averaged over rows; 0 is perfect.',
  prepare(input, params) {
    requireSeveralColumns('kl_divergence', input);
    const truth = input.targets.map((target) => {
      const column = truthColumn(target);
      const values = truthNumbers(input, column);
      values.forEach((value, row) => {
        if (value < 0) reportAnswer(input, 'out_of_range', column, input.answersRows[row]!);
      });
      return values;
    });
    const predicted = input.targets.map((target) => predictedNumbers(input, target.submission, probabilityBounds));
    checkRowSums(input, predicted, params);
    const values = new Float64Array(input.rows);
    for (let row = 0; row < input.rows; row++) {
      const total = truth.reduce((sum, column) => sum + column[row]!, 0);
      if (total === 0) input.answersProblems.add('row_sum', { offset: answersOffset(input, row), message: 'rows have no weight at all.' });
      const sum = params.normalize ? predicted.reduce((part, column) => part + column[row]!, 0) : 1;
      for (let k = 0; k < truth.length; k++) {
        const t = truth[k]![row]! / total;
        const q = Math.min(Math.max(predicted[k]![row]! / sum, params.eps), 1 - params.eps);
        if (t > 0) values[row]! += t * Math.log(t / q);
      }
    }
    return { score: (units) => meanOver(values, units) };
  },
});

export const probabilisticF1: Metric = defineMetric({
  name: 'probabilistic_f1',
  direction: 'maximize',
  params: { beta: z.number().positive().default(1) },
  numeric: true,
  oneColumn: true,
  range: [0, 1],
  label: (params) => `probabilistic F${params.beta}`,
  formula: '(1+β²)PR / (β²P + R), P = T/(T + F), R = T/positives, T = Σ p over positives, F = Σ p over negatives',
  explanation: 'The F score with probabilities in place of decisions, so that no threshold needs to be chosen.',
  prepare(input, { beta }) {
    const target = input.targets[0]!;
    const truth = truthBinary(input, truthColumn(target));
    const predicted = predictedNumbers(input, target.submission, probabilityBounds);
    return {
      score(units) {
        let positives = 0;
        let hit = 0;
        let total = 0;
        for (let i = 0; i < units.length; i++) {
          const unit = units[i]!;
          positives += truth[unit]!;
          total += predicted[unit]!;
          if (truth[unit] === 1) hit += predicted[unit]!;
        }
        if (positives === 0) throw new UndefinedScore('bad_answers', 'The answers of these rows hold no positive.');
        if (hit === 0) return 0;
        const precision = hit / total;
        const recall = hit / positives;
        return ((1 + beta * beta) * precision * recall) / (beta * beta * precision + recall);
      },
    };
  },
});

export const laplaceLogLikelihood: Metric = defineMetric({
  name: 'laplace_log_likelihood',
  direction: 'maximize',
  params: {
    confidence_column: z.string().default('Confidence'),
    sigma_min: z.number().positive().default(70),
    error_max: z.number().positive().default(1000),
  },
  numeric: true,
  oneColumn: true,
  range: (params) => [-Infinity, -Math.log(Math.SQRT2 * params.sigma_min)],
  label: () => 'Laplace log likelihood',
  formula: (params) => `mean of −√2·Δ/σ − ln(√2·σ), σ = max(confidence, ${params.sigma_min}), Δ = min(|y − p|, ${params.error_max})`,
  explanation: 'Likelihood of the truth under the predicted value and its own uncertainty: being surely wrong costs most, being needlessly unsure costs too.',
  submissionColumns: (params) => [params.confidence_column],
  prepare(input, params) {
    const target = input.targets[0]!;
    const truth = truthNumbers(input, truthColumn(target));
    const predicted = predictedNumbers(input, target.submission);
    const confidence = predictedNumbers({ ...input, bounds: null }, input.submissionColumn(params.confidence_column));
    const values = truth.map((y, row) => {
      const sigma = Math.max(confidence[row]!, params.sigma_min);
      const error = Math.min(Math.abs(y - predicted[row]!), params.error_max);
      return (-Math.SQRT2 * error) / sigma - Math.log(Math.SQRT2 * sigma);
    });
    return { score: (units) => meanOver(values, units) };
  },
});
