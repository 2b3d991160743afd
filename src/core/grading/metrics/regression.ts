import { defineMetric, UndefinedScore } from '../metric';
import type { Metric, Prepared, ScoringInput } from '../metric';
import { predictedNumbers, reportAnswer, truthColumn, truthNumbers } from '../values';
import type { Bounds } from '../values';

/**
 * Errors of numeric predictions, e = y − p. Several columns are pooled unless the metric says
 * otherwise. Values agree with scikit-learn's `mean_squared_error`, `mean_absolute_error` and
 * `mean_squared_log_error`.
 */

interface Pair {
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
}

function readPairs(input: ScoringInput, bounds?: Bounds): Pair[] {
  return input.targets.map((target) => ({
    truth: truthNumbers(input, truthColumn(target)),
    predicted: predictedNumbers(input, target.submission, bounds),
  }));
}

/** Mean over all units and columns of `loss(y, p)`, then `finish`. */
function pooled(pairs: readonly Pair[], loss: (y: number, p: number) => number, finish = (mean: number) => mean): Prepared {
  return {
    score(units) {
      let sum = 0;
      for (const { truth, predicted } of pairs) {
        for (let i = 0; i < units.length; i++) sum += loss(truth[units[i]!]!, predicted[units[i]!]!);
      }
      return finite(finish(sum / (units.length * pairs.length)));
    },
  };
}

/** Errors near the largest double overflow when squared: then there is no score. */
function finite(score: number): number {
  if (!Number.isFinite(score)) {
    throw new UndefinedScore('undefined_score', 'The predictions are so large that the score overflows.');
  }
  return score;
}

const squared = (y: number, p: number): number => (y - p) * (y - p);
const absolute = (y: number, p: number): number => Math.abs(y - p);

export const rmse: Metric = defineMetric({
  name: 'rmse',
  direction: 'minimize',
  params: {},
  numeric: true,
  range: [0, Infinity],
  label: () => 'RMSE',
  formula: '√( (1/n) · Σ (y − p)² )',
  explanation: 'Root mean squared error, in the unit of the target. Large errors weigh more than small ones; 0 is perfect.',
  prepare: (input) => pooled(readPairs(input), squared, Math.sqrt),
});

export const mse: Metric = defineMetric({
  name: 'mse',
  direction: 'minimize',
  params: {},
  numeric: true,
  range: [0, Infinity],
  label: () => 'MSE',
  formula: '(1/n) · Σ (y − p)²',
  explanation: 'Mean squared error. Large errors weigh more than small ones; 0 is perfect.',
  prepare: (input) => pooled(readPairs(input), squared),
});

export const mae: Metric = defineMetric({
  name: 'mae',
  direction: 'minimize',
  params: {},
  numeric: true,
  range: [0, Infinity],
  label: () => 'MAE',
  formula: '(1/n) · Σ |y − p|',
  explanation: 'Mean absolute error, in the unit of the target; 0 is perfect.',
  prepare: (input) => pooled(readPairs(input), absolute),
});

const notNegative: Bounds = {
  low: 0,
  high: Infinity,
  fix: 'Clip negative predictions at 0; the logarithm of a negative count has no meaning here.',
};

/** Pairs with ln(1 + x) taken; negative truth is a fault of the answers. */
function readLogPairs(input: ScoringInput): Pair[] {
  return input.targets.map((target) => {
    const column = truthColumn(target);
    const truth = truthNumbers(input, column);
    truth.forEach((value, scored) => {
      if (value < 0) reportAnswer(input, 'out_of_range', column, input.answersRows[scored]!);
    });
    return { truth: truth.map(Math.log1p), predicted: predictedNumbers(input, target.submission, notNegative).map(Math.log1p) };
  });
}

export const rmsle: Metric = defineMetric({
  name: 'rmsle',
  direction: 'minimize',
  params: {},
  numeric: true,
  oneColumn: true,
  range: [0, Infinity],
  label: () => 'RMSLE',
  formula: '√( (1/n) · Σ (ln(1 + p) − ln(1 + y))² )',
  explanation: 'Root mean squared logarithmic error: relative rather than absolute errors count. Predictions must not be negative.',
  prepare: (input) => pooled(readLogPairs(input), squared, Math.sqrt),
});
