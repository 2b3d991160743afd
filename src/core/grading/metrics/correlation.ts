import * as z from 'zod';
import type { Column } from '../csv';
import { splitList } from '../labels';
import { UndefinedScore, defineMetric } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { averageRanks } from '../ranks';
import { numberList } from '../tokens';
import { eachAnswer, eachSubmitted, meanOver, predictedNumbers, reportAnswer, reportSubmitted, truthColumn, truthNumbers } from '../values';

/**
 * Correlation of predictions and truth.
 * Reference: K. Pearson, 1895; C. Spearman, 1904; M. G. Kendall, 1938; scipy's `pearsonr` and
 * `spearmanr`, with which the values agree.
 */

const onConstant = z.union([z.literal('error'), z.number().min(-1).max(1)]).default('error');
type OnConstant = z.output<typeof onConstant>;

const constantPrediction = 'The predictions are constant, so that they correlate with nothing.';
const constantTruth = 'The truth of these rows is constant.';

/** Correlation from centred values; NaN when a side is constant. */
function pearsonOf(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  if (isConstant(a) || isConstant(b)) return NaN;
  const [x, y] = [centred(a), centred(b)];
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < n; i++) {
    ab += x[i]! * y[i]!;
    aa += x[i]! * x[i]!;
    bb += y[i]! * y[i]!;
  }
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa) / Math.sqrt(bb)));
}

/**
 * Deviations from the mean, scaled to about 1 so that squares neither overflow nor vanish. The
 * scales are powers of two, which round nothing; centring once more removes the rounding error
 * of the mean, which counts when values lie close together far from 0.
 */
function centred(values: Float64Array): Float64Array {
  const n = values.length;
  const scaled = scaledToOne(values);
  for (let pass = 0; pass < 2; pass++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += scaled[i]! / n;
    for (let i = 0; i < n; i++) scaled[i]! -= mean;
  }
  return scaledToOne(scaled);
}

function scaledToOne(values: Float64Array): Float64Array {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  // Two steps, since 2^exponent itself may not be a double where the values are.
  const exponent = -Math.floor(Math.log2(largest));
  const half = 2 ** Math.floor(exponent / 2);
  const rest = 2 ** (exponent - Math.floor(exponent / 2));
  return values.map((value) => value * half * rest);
}

const isConstant = (values: Float64Array): boolean => values.every((value) => value === values[0]);
const pick = (values: Float64Array, units: Int32Array): Float64Array => Float64Array.from(units, (unit) => values[unit]!);

/** Correlation or what stands for it when a side is constant. */
function correlate(truth: Float64Array, predicted: Float64Array, ranked: boolean, constant: OnConstant, coversTruth: boolean): number {
  if (isConstant(truth) && !(coversTruth && constant !== 'error')) throw new UndefinedScore('bad_answers', constantTruth);
  if (isConstant(truth) || isConstant(predicted)) {
    if (constant === 'error') throw new UndefinedScore('undefined_score', constantPrediction);
    return constant;
  }
  return ranked ? pearsonOf(averageRanks(truth), averageRanks(predicted)) : pearsonOf(truth, predicted);
}

/** Of several truths one that is constant is told first: a constant prediction elsewhere is not to blame. */
function refuseConstantTruth(truths: readonly (Float64Array | null)[], constant: OnConstant): void {
  if (constant === 'error' && truths.some((truth) => truth !== null && isConstant(truth))) throw new UndefinedScore('bad_answers', constantTruth);
}

function oneColumn(input: ScoringInput): { truth: Float64Array; predicted: Float64Array } {
  const target = input.targets[0]!;
  return { truth: truthNumbers(input, truthColumn(target)), predicted: predictedNumbers(input, target.submission) };
}

export const pearson: Metric = defineMetric({
  name: 'pearson',
  direction: 'maximize',
  params: { on_constant: onConstant },
  numeric: true,
  oneColumn: true,
  range: [-1, 1],
  label: () => 'Pearson correlation',
  formula: 'Σ (y − ȳ)(p − p̄) / √( Σ (y − ȳ)² · Σ (p − p̄)² )',
  explanation: 'Linear correlation of predictions and truth; neither their unit nor a constant shift matters.',
  prepare(input, params) {
    const { truth, predicted } = oneColumn(input);
    return { score: (units) => correlate(pick(truth, units), pick(predicted, units), false, params.on_constant, false) };
  },
});

export const spearman: Metric = defineMetric({
  name: 'spearman',
  direction: 'maximize',
  params: { on_constant: onConstant },
  numeric: true,
  oneColumn: true,
  range: [-1, 1],
  label: () => 'Spearman correlation',
  formula: 'Pearson correlation of the ranks, ties averaged',
  explanation: 'Correlation of the order of predictions and truth; only the order counts.',
  prepare(input, params) {
    const { truth, predicted } = oneColumn(input);
    return { score: (units) => correlate(pick(truth, units), pick(predicted, units), true, params.on_constant, false) };
  },
});

export const spearmanColumnwise: Metric = defineMetric({
  name: 'spearman_columnwise',
  direction: 'maximize',
  params: { on_constant: onConstant },
  numeric: true,
  range: [-1, 1],
  label: () => 'mean columnwise Spearman',
  formula: '(1/C) · Σ over columns of the Spearman correlation',
  explanation: 'Correlation of the order of predictions and truth in each target column, averaged over the columns.',
  prepare(input, params) {
    const columns = input.targets.map((target) => ({
      truth: truthNumbers(input, truthColumn(target)),
      predicted: predictedNumbers(input, target.submission),
    }));
    return {
      score(units) {
        const pairs = columns.map(({ truth, predicted }) => [pick(truth, units), pick(predicted, units)] as const);
        refuseConstantTruth(pairs.map(([truth]) => truth), params.on_constant);
        return pairs.reduce((sum, [truth, predicted]) => sum + correlate(truth, predicted, true, params.on_constant, true), 0) / pairs.length;
      },
    };
  },
});

export const spearmanLists: Metric = defineMetric({
  name: 'spearman_lists',
  direction: 'maximize',
  params: { on_constant: onConstant },
  numeric: false,
  oneColumn: true,
  range: [-1, 1],
  label: () => 'mean Spearman of lists',
  formula: '(1/n) · Σ over rows of the Spearman correlation of the two lists',
  explanation: 'Every cell is a list of numbers; the order of its numbers is compared with that of the true list.',
  prepare(input, params) {
    const target = input.targets[0]!;
    const column = truthColumn(target);
    const truth: (Float64Array | null)[] = Array<Float64Array | null>(input.rows).fill(null);
    eachAnswer(input, column, (scored, _start, _end, row) => {
      const list = numberList(column.text(row));
      if ('code' in list) reportAnswer(input, list.code, column, row);
      else if (list.value.length < 2) reportAnswer(input, 'bad_list', column, row, 'lists have fewer than two numbers.');
      else truth[scored] = list.value;
    });
    const predicted: (Float64Array | null)[] = Array<Float64Array | null>(input.rows).fill(null);
    eachSubmitted(input, target.submission, (scored, _start, _end, row) => {
      const list = numberList(target.submission.text(row));
      const own = scored >= 0 ? truth[scored] : null;
      if ('code' in list) reportSubmitted(input, list.code, target.submission, row);
      else if (own && list.value.length !== own.length) {
        reportSubmitted(input, 'bad_list', target.submission, row, { fix: 'Write as many numbers as the row asks for.' });
      } else if (own) predicted[scored] = list.value;
    });
    // Only now, when every cell was checked: a constant list ends the scoring.
    refuseConstantTruth(truth, params.on_constant);
    const values = Float64Array.from(truth, (own, row) => {
      const list = predicted[row] ?? null;
      return own === null || list === null ? NaN : correlate(own, list, true, params.on_constant, true);
    });
    return { score: (units) => meanOver(values, units) };
  },
});

export const kendallTauOrder: Metric = defineMetric({
  name: 'kendall_tau_order',
  direction: 'maximize',
  params: {},
  numeric: false,
  oneColumn: true,
  range: [-1, 1],
  label: () => 'Kendall tau of orders',
  formula: '1 − 4 · Σ inversions / Σ m(m − 1), m items per row',
  explanation: 'How many swaps of neighbours lead from the predicted order of the items to the true one: 1 is the same order, −1 the reverse.',
  prepare(input) {
    const target = input.targets[0]!;
    const orders = readOrders(input, truthColumn(target));
    const inversions = new Float64Array(input.rows);
    eachSubmitted(input, target.submission, (scored, _start, _end, row) => {
      const items = splitList(target.submission.text(row));
      const order = scored >= 0 ? orders[scored] : null;
      if (!order) return;
      const places = items.map((item) => order.get(item) ?? -1);
      if (items.length !== order.size || places.includes(-1) || new Set(places).size !== places.length) {
        reportSubmitted(input, 'bad_list', target.submission, row, { fix: 'List the same items as the row has, each once.' });
      } else inversions[scored] = countInversions(Int32Array.from(places));
    });
    return {
      score(units) {
        let swaps = 0;
        let pairs = 0;
        for (let i = 0; i < units.length; i++) {
          const m = orders[units[i]!]?.size ?? 0;
          swaps += inversions[units[i]!]!;
          pairs += m * (m - 1);
        }
        if (pairs === 0) throw new UndefinedScore('bad_answers', 'No row of the answers has two items to order.');
        return 1 - (4 * swaps) / pairs;
      },
    };
  },
});

/** Item → place for each scored row; null for a broken cell. */
function readOrders(input: ScoringInput, column: Column): (ReadonlyMap<string, number> | null)[] {
  const orders: (ReadonlyMap<string, number> | null)[] = Array<ReadonlyMap<string, number> | null>(input.rows).fill(null);
  eachAnswer(input, column, (scored, _start, _end, row) => {
    const items = splitList(column.text(row));
    const order = new Map(items.map((item, place) => [item, place]));
    if (order.size !== items.length) reportAnswer(input, 'bad_list', column, row);
    else orders[scored] = order;
  });
  return orders;
}

/** Pairs in the wrong order, by merge sort; sorts `values`. */
function countInversions(values: Int32Array): number {
  const n = values.length;
  const buffer = new Int32Array(n);
  let count = 0;
  for (let width = 1; width < n; width *= 2) {
    for (let from = 0; from < n; from += 2 * width) {
      const middle = Math.min(from + width, n);
      const to = Math.min(from + 2 * width, n);
      let [a, b] = [from, middle];
      for (let k = from; k < to; k++) {
        if (b >= to || (a < middle && values[a]! <= values[b]!)) buffer[k] = values[a++]!;
        else {
          buffer[k] = values[b++]!;
          count += middle - a;
        }
      }
    }
    values.set(buffer);
  }
  return count;
}
