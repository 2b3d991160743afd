import * as z from 'zod';
import { splitList } from '../labels';
import { onceEach } from '../matching';
import { defineMetric } from '../metric';
import type { Metric, Prepared, ScoringInput } from '../metric';
import { eachAnswer, eachSubmitted, meanOver, reportSubmitted, truthColumn } from '../values';

/**
 * Metrics of lists of recommendations, best first, against a set of right items. Only the first
 * k places count; a repeated item keeps its place but counts the first time only; a row without
 * right items scores 0.
 * Reference: K. Järvelin and J. Kekäläinen, 2002 (discounted gain); E. Voorhees, 1999 (reciprocal rank).
 */

const kSchema = z.int().positive();

/** Places (from 1) of the hits among the first k, and the number of right items. */
type RowScore = (hits: readonly number[], right: number) => number;

function readTruth(input: ScoringInput): ReadonlySet<string>[] {
  const column = truthColumn(input.targets[0]!);
  const truth: ReadonlySet<string>[] = Array.from({ length: input.rows }, () => new Set<string>());
  eachAnswer(input, column, (scored, _start, _end, row) => (truth[scored] = new Set(splitList(column.text(row)))));
  return truth;
}

function hitPlaces(items: readonly string[], truth: ReadonlySet<string>, k: number): number[] {
  const found = new Set<string>();
  const places: number[] = [];
  for (let i = 0; i < Math.min(k, items.length); i++) {
    const item = items[i]!;
    if (!truth.has(item) || found.has(item)) continue;
    found.add(item);
    places.push(i + 1);
  }
  return places;
}

function scoreLists(input: ScoringInput, k: number, score: RowScore): Prepared {
  const truth = readTruth(input);
  const values = new Float64Array(input.rows);
  const { submission } = input.targets[0]!;
  eachSubmitted(input, submission, (scored, _start, _end, row) => {
    if (scored < 0 || truth[scored]!.size === 0) return;
    values[scored] = score(hitPlaces(splitList(submission.text(row)), truth[scored]!, k), truth[scored]!.size);
  });
  return { score: (units) => meanOver(values, units) };
}

export const mapAtK: Metric = defineMetric({
  name: 'map_at_k',
  direction: 'maximize',
  params: { k: kSchema },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: (params) => `MAP@${params.k}`,
  formula: ({ k }) => `mean of Σ over hits of (hits so far / place) / min(${k}, right items)`,
  explanation: ({ k }) => `Mean average precision of the first ${k} places: right items count more the higher they stand.`,
  prepare: (input, { k }) =>
    scoreLists(input, k, (hits, right) => hits.reduce((sum, place, i) => sum + (i + 1) / place, 0) / Math.min(k, right)),
});

export const mrrAtK: Metric = defineMetric({
  name: 'mrr_at_k',
  direction: 'maximize',
  params: { k: kSchema },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: (params) => `MRR@${params.k}`,
  formula: 'mean of 1 / place of the first hit, 0 without one',
  explanation: ({ k }) => `Mean reciprocal rank: how high the first right item stands among the first ${k}.`,
  prepare: (input, { k }) => scoreLists(input, k, (hits) => (hits.length === 0 ? 0 : 1 / hits[0]!)),
});

const gain = (places: readonly number[]): number => places.reduce((sum, place) => sum + 1 / Math.log2(place + 1), 0);

export const ndcgAtK: Metric = defineMetric({
  name: 'ndcg_at_k',
  direction: 'maximize',
  params: { k: kSchema, long: z.boolean().default(false) },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: (params) => `NDCG@${params.k}`,
  formula: ({ k }) => `mean of Σ over hits of 1/log₂(place + 1), divided by that sum for the best list of min(${k}, right items)`,
  explanation: ({ k, long }) =>
    `Normalised discounted cumulative gain of the first ${k} places.${long ? ' The submission has one item per row; the rows of an id, in file order, are its list.' : ''}`,
  idRule: (params) => ({ ...onceEach, submissionRepeats: params.long }),
  prepare(input, { k, long }) {
    const ideal = (right: number): number => gain(Array.from({ length: Math.min(k, right) }, (_, i) => i + 1));
    const score: RowScore = (hits, right) => gain(hits) / ideal(right);
    return long ? scoreLong(input, k, score) : scoreLists(input, k, score);
  },
});

function scoreLong(input: ScoringInput, k: number, score: RowScore): Prepared {
  const truth = readTruth(input);
  const lists: string[][] = Array.from({ length: input.rows }, () => []);
  const { submission } = input.targets[0]!;
  eachSubmitted(input, submission, (scored, _start, _end, row) => {
    const items = splitList(submission.text(row));
    if (items.length !== 1) {
      reportSubmitted(input, 'bad_list', submission, row, { fix: 'Write one item in each row.' });
    } else if (scored >= 0) {
      lists[scored]!.push(items[0]!);
      if (lists[scored]!.length === k + 1) reportSubmitted(input, 'too_many', submission, row, { fix: `Write at most ${k} rows for each id.` });
    }
  });
  const values = Float64Array.from(lists, (list, row) => (truth[row]!.size === 0 ? 0 : score(hitPlaces(list, truth[row]!, k), truth[row]!.size)));
  return { score: (units) => meanOver(values, units) };
}
