import * as z from 'zod';
import { UndefinedScore, defineMetric } from '../metric';
import type { Metric, Prepared, ScoringInput } from '../metric';
import { sortNumbers } from '../sortNumbers';
import { eachAnswer, groupsOf, meanOver, predictedNumbers, reportAnswer, truthColumn, truthNumbers } from '../values';
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

export const rmslePooled: Metric = defineMetric({
  name: 'rmsle_pooled',
  direction: 'minimize',
  params: {},
  numeric: true,
  range: [0, Infinity],
  label: () => 'pooled RMSLE',
  formula: '√( mean over all cells of (ln(1 + p) − ln(1 + y))² )',
  explanation: 'Root mean squared logarithmic error over the cells of all target columns together.',
  prepare: (input) => pooled(readLogPairs(input), squared, Math.sqrt),
});

/** Mean over the columns of each column's own score. */
function columnwise(pairs: readonly Pair[], loss: (y: number, p: number) => number, finish: (mean: number) => number): Prepared {
  const columns = pairs.map((pair) => pooled([pair], loss, finish));
  return { score: (units) => columns.reduce((sum, column) => sum + column.score(units), 0) / columns.length };
}

export const rmsleColumnwise: Metric = defineMetric({
  name: 'rmsle_columnwise',
  direction: 'minimize',
  params: {},
  numeric: true,
  range: [0, Infinity],
  label: () => 'mean columnwise RMSLE',
  formula: '(1/C) · Σ over columns of RMSLE',
  explanation: 'The root mean squared logarithmic error of each target column, averaged over the columns.',
  prepare: (input) => columnwise(readLogPairs(input), squared, Math.sqrt),
});

export const mcrmse: Metric = defineMetric({
  name: 'mcrmse',
  direction: 'minimize',
  params: {},
  numeric: true,
  range: [0, Infinity],
  label: () => 'MCRMSE',
  formula: '(1/C) · Σ over columns of √( (1/n) · Σ (y − p)² )',
  explanation: 'The root mean squared error of each target column, averaged over the columns.',
  prepare: (input) => columnwise(readPairs(input), squared, Math.sqrt),
});

export const medae: Metric = defineMetric({
  name: 'medae',
  direction: 'minimize',
  params: {},
  numeric: true,
  oneColumn: true,
  range: [0, Infinity],
  label: () => 'median absolute error',
  formula: 'median of |y − p|',
  explanation: 'Half of the errors are smaller. Outliers have no influence.',
  prepare(input) {
    const { truth, predicted } = readPairs(input)[0]!;
    const errors = truth.map((y, row) => Math.abs(y - predicted[row]!));
    return {
      score(units) {
        const sorted = sortNumbers(Float64Array.from(units, (unit) => errors[unit]!));
        const middle = sorted.length >> 1;
        return finite(sorted.length % 2 === 1 ? sorted[middle]! : sorted[middle - 1]! + (sorted[middle]! - sorted[middle - 1]!) / 2);
      },
    };
  },
});

/** Mean over the units whose value is not NaN, which marks a row that is left out. */
function meanOfPresent(values: Float64Array, units: Int32Array, none: string): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < units.length; i++) {
    const value = values[units[i]!]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  if (count === 0) throw new UndefinedScore('bad_answers', none);
  return sum / count;
}

const allZero = 'The truth of all these rows is 0, so that there is no relative error.';

export const mape: Metric = defineMetric({
  name: 'mape',
  direction: 'minimize',
  params: { zero: z.enum(['error', 'skip']).default('error') },
  numeric: true,
  oneColumn: true,
  range: [0, Infinity],
  label: () => 'MAPE',
  formula: '(1/n) · Σ |y − p| / |y|',
  explanation: 'Mean absolute error relative to the truth, as a fraction: 0.1 means 10 % off on average.',
  prepare(input, params) {
    const column = truthColumn(input.targets[0]!);
    const { truth, predicted } = readPairs(input)[0]!;
    const values = truth.map((y, row) => {
      if (y === 0 && params.zero === 'error') {
        reportAnswer(input, 'out_of_range', column, input.answersRows[row]!, 'the truth is 0, where no relative error exists.');
      }
      return y === 0 ? NaN : Math.abs(y - predicted[row]!) / Math.abs(y);
    });
    return { score: (units) => finite(meanOfPresent(values, units, allZero)) };
  },
});

export const smape: Metric = defineMetric({
  name: 'smape',
  direction: 'minimize',
  params: { scale: z.number().positive().default(200) },
  numeric: true,
  oneColumn: true,
  range: (params) => [0, params.scale],
  label: () => 'SMAPE',
  formula: (params) => `(${params.scale}/n) · Σ |y − p| / (|y| + |p|), 0 where both are 0`,
  explanation: 'Absolute error relative to the size of truth and prediction together.',
  prepare(input, { scale }) {
    const { truth, predicted } = readPairs(input)[0]!;
    const values = truth.map((y, row) => {
      const p = predicted[row]!;
      // Relative to the larger one, so that huge numbers do not overflow and tiny ones do not vanish.
      const larger = Math.max(Math.abs(y), Math.abs(p));
      return larger === 0 ? 0 : (scale * Math.abs(y / larger - p / larger)) / (Math.abs(y / larger) + Math.abs(p / larger));
    });
    return { score: (units) => finite(meanOver(values, units)) };
  },
});

export const rmspe: Metric = defineMetric({
  name: 'rmspe',
  direction: 'minimize',
  params: {},
  numeric: true,
  oneColumn: true,
  range: [0, Infinity],
  label: () => 'RMSPE',
  formula: '√( mean of ((y − p)/y)² over rows with y ≠ 0 )',
  explanation: 'Root mean squared error relative to the truth, as a fraction. Rows whose truth is 0 do not count.',
  prepare(input) {
    const { truth, predicted } = readPairs(input)[0]!;
    const values = truth.map((y, row) => (y === 0 ? NaN : ((y - predicted[row]!) / y) ** 2));
    return { score: (units) => finite(Math.sqrt(meanOfPresent(values, units, allZero))) };
  },
});

export const weightedMae: Metric = defineMetric({
  name: 'weighted_mae',
  direction: 'minimize',
  params: {
    weight_column: z.string(),
    weight_values: z.record(z.string(), z.number().nonnegative()).optional(),
    divide_by: z.enum(['weights', 'rows']).default('weights'),
  },
  numeric: true,
  oneColumn: true,
  range: [0, Infinity],
  label: () => 'weighted MAE',
  formula: (params) => (params.divide_by === 'weights' ? 'Σ w·|y − p| / Σ w' : '(1/n) · Σ w·|y − p|'),
  explanation: 'Mean absolute error in which some rows count more than others.',
  answersColumns: (params) => [params.weight_column],
  prepare(input, params) {
    const { truth, predicted } = readPairs(input)[0]!;
    const weights = readWeights(input, params.weight_column, params.weight_values);
    return {
      score(units) {
        let sum = 0;
        let divisor = params.divide_by === 'rows' ? units.length : 0;
        for (let i = 0; i < units.length; i++) {
          const unit = units[i]!;
          sum += weights[unit]! * Math.abs(truth[unit]! - predicted[unit]!);
          if (params.divide_by === 'weights') divisor += weights[unit]!;
        }
        if (divisor === 0) throw new UndefinedScore('bad_answers', 'The weights of these rows sum to 0.');
        return finite(sum / divisor);
      },
    };
  },
});

function readWeights(input: ScoringInput, name: string, values: Readonly<Record<string, number>> | undefined): Float64Array {
  const column = input.answersColumn(name);
  if (values !== undefined) {
    const weights = new Float64Array(input.rows);
    eachAnswer(input, column, (scored, _start, _end, row) => {
      const text = column.text(row);
      const weight = Object.hasOwn(values, text) ? values[text] : undefined;
      if (weight === undefined) reportAnswer(input, 'bad_label', column, row);
      else weights[scored] = weight;
    });
    return weights;
  }
  const weights = truthNumbers(input, column);
  weights.forEach((weight, scored) => {
    if (weight < 0) reportAnswer(input, 'out_of_range', column, input.answersRows[scored]!);
  });
  return weights;
}

export const logMaeGrouped: Metric = defineMetric({
  name: 'log_mae_grouped',
  direction: 'minimize',
  params: { group_column: z.string(), floor: z.number().positive().default(1e-9) },
  numeric: true,
  oneColumn: true,
  range: (params) => [Math.log(params.floor), Infinity],
  label: () => 'grouped log MAE',
  formula: (params) => `mean over groups of ln(max(MAE of the group, ${params.floor}))`,
  explanation: 'The logarithm of the mean absolute error of each group, averaged, so that a relative gain in any group counts the same.',
  answersColumns: (params) => [params.group_column],
  prepare(input, params) {
    const { truth, predicted } = readPairs(input)[0]!;
    const { groups, names } = groupsOf(input, input.answersColumn(params.group_column));
    return {
      score(units) {
        const sums = new Float64Array(names.length);
        const rows = new Float64Array(names.length);
        for (let i = 0; i < units.length; i++) {
          const unit = units[i]!;
          sums[groups[unit]!]! += Math.abs(truth[unit]! - predicted[unit]!);
          rows[groups[unit]!]!++;
        }
        let total = 0;
        let count = 0;
        for (let k = 0; k < sums.length; k++) {
          if (rows[k] === 0) continue;
          total += Math.log(Math.max(sums[k]! / rows[k]!, params.floor));
          count++;
        }
        return finite(total / count);
      },
    };
  },
});

export const r2: Metric = defineMetric({
  name: 'r2',
  direction: 'maximize',
  params: {},
  numeric: true,
  range: [-Infinity, 1],
  label: () => 'R²',
  formula: '1 − Σ (y − p)² / Σ (y − ȳ)²',
  explanation: 'The share of the variance that the predictions explain: 1 is perfect, 0 is as good as the mean, below 0 is worse. Several columns are averaged.',
  prepare(input) {
    const pairs = readPairs(input);
    return {
      score(units) {
        let sum = 0;
        for (const { truth, predicted } of pairs) {
          if (units.every((unit) => truth[unit] === truth[units[0]!])) throw new UndefinedScore('bad_answers', 'The truth of these rows is constant.');
          const mean = meanOver(truth, units);
          const unit = powerOfTwoNear(units.reduce((largest, at) => Math.max(largest, Math.abs(truth[at]! - mean)), 0));
          let residual = 0;
          let total = 0;
          let off = 0;
          for (let i = 0; i < units.length; i++) {
            const y = truth[units[i]!]!;
            residual += ((y - predicted[units[i]!]!) / unit) ** 2;
            total += ((y - mean) / unit) ** 2;
            off += (y - mean) / unit;
          }
          // What the rounding of the mean added to the squares.
          total -= (off * off) / units.length;
          sum += 1 - residual / total;
        }
        return finite(sum / pairs.length);
      },
    };
  },
});

/** In this unit squares neither overflow nor vanish, and dividing by it rounds nothing. */
const powerOfTwoNear = (largest: number): number => 2 ** Math.max(-1000, Math.floor(Math.log2(largest)));
