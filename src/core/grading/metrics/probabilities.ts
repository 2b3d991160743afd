import { z } from 'zod';
import { BadParams, defineMetric, labelsSchema } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { labelText, truthLabels } from '../labels';
import type { LabelValue } from '../labels';
import {
  answersOffset, meanOver, predictedNumbers, probabilityBounds, submittedOffset, truthBinary, truthColumn,
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
