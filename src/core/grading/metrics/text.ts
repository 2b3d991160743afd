import * as z from 'zod';
import { splitList } from '../labels';
import { UndefinedScore, defineMetric } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { answerCells, submittedCells, tokenNumber } from '../tokens';
import type { Parsed } from '../tokens';
import { meanOver, truthColumn } from '../values';

/**
 * Metrics of texts and of places in texts. A cell is taken as it is, `NA` and `nan` included.
 * Reference: P. Jaccard, 1901; V. I. Levenshtein, 1966.
 */

function texts(input: ScoringInput): { truth: string[]; predicted: string[] } {
  const target = input.targets[0]!;
  const asIs = (value: string): Parsed<string> => ({ value });
  return { truth: answerCells(input, truthColumn(target), asIs, ''), predicted: submittedCells(input, target.submission, asIs, '') };
}

export const jaccardWords: Metric = defineMetric({
  name: 'jaccard_words',
  direction: 'maximize',
  params: { lowercase: z.boolean().default(true), both_empty: z.number().min(0).max(1).default(1) },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: () => 'word Jaccard',
  formula: '(1/n) · Σ |A ∩ B| / |A ∪ B| over sets of words',
  explanation: 'How many of the words of truth and prediction together occur in both, averaged over rows.',
  prepare(input, params) {
    const { truth, predicted } = texts(input);
    const words = (text: string): Set<string> => new Set(splitList(params.lowercase ? text.toLowerCase() : text));
    const values = Float64Array.from(truth, (text, row) => {
      const a = words(text);
      const b = words(predicted[row]!);
      let common = 0;
      for (const word of a) if (b.has(word)) common++;
      const union = a.size + b.size - common;
      return union === 0 ? params.both_empty : common / union;
    });
    return { score: (units) => meanOver(values, units) };
  },
});

/** Fewest insertions, deletions and replacements that turn one sequence into the other. */
export function editDistance<T>(a: readonly T[], b: readonly T[]): number {
  let from = 0;
  while (from < a.length && from < b.length && a[from] === b[from]) from++;
  let endA = a.length;
  let endB = b.length;
  while (endA > from && endB > from && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const row = Int32Array.from({ length: endB - from + 1 }, (_, j) => j);
  for (let i = from; i < endA; i++) {
    let diagonal = row[0]!;
    row[0] = i - from + 1;
    for (let j = 1; j < row.length; j++) {
      const above = row[j]!;
      row[j] = Math.min(above + 1, row[j - 1]! + 1, diagonal + (a[i] === b[from + j - 1] ? 0 : 1));
      diagonal = above;
    }
  }
  return row[row.length - 1]!;
}

export const levenshtein: Metric = defineMetric({
  name: 'levenshtein',
  direction: 'minimize',
  params: {},
  numeric: false,
  oneColumn: true,
  range: [0, Infinity],
  label: () => 'Levenshtein distance',
  formula: 'mean edit distance in characters (insert, delete, replace cost 1)',
  explanation: 'How many characters must be inserted, deleted or replaced to turn the prediction into the truth, averaged over rows.',
  prepare(input) {
    const { truth, predicted } = texts(input);
    // Array.from splits at code points, so that a character outside the basic plane counts once.
    const values = Float64Array.from(truth, (text, row) => editDistance(Array.from(text), Array.from(predicted[row]!)));
    return { score: (units) => meanOver(values, units) };
  },
});

export const levenshteinNormalized: Metric = defineMetric({
  name: 'levenshtein_normalized',
  direction: 'minimize',
  params: { unit: z.enum(['token', 'char']).default('token') },
  numeric: false,
  oneColumn: true,
  range: [0, Infinity],
  label: (params) => (params.unit === 'token' ? 'token error rate' : 'character error rate'),
  formula: 'Σ edit distances / Σ lengths of the truth',
  explanation: (params) => `Edits needed per ${params.unit === 'token' ? 'word' : 'character'} of the truth, over all rows together.`,
  prepare(input, params) {
    const { truth, predicted } = texts(input);
    const split = params.unit === 'token' ? splitList : (text: string): string[] => Array.from(text);
    const lengths = Float64Array.from(truth, (text) => split(text).length);
    const distances = Float64Array.from(truth, (text, row) => editDistance(split(text), split(predicted[row]!)));
    return {
      score(units) {
        const length = meanOver(lengths, units);
        if (length === 0) throw new UndefinedScore('bad_answers', 'The truth of these rows has no length at all.');
        return meanOver(distances, units) / length;
      },
    };
  },
});

type Interval = readonly [number, number];

/** Spans `start end` separated by `;` as disjoint rising intervals. */
function parseSpans(text: string): Parsed<readonly Interval[]> {
  if (text.trim() === '') return { value: [] };
  const spans: Interval[] = [];
  for (const part of text.split(';')) {
    const match = /^\s*(\d+)\s+(\d+)\s*$/u.exec(part);
    const [start, end] = [Number(match?.[1] ?? NaN), Number(match?.[2] ?? NaN)];
    if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start <= end)) return { code: 'bad_spans' };
    spans.push([start, end]);
  }
  spans.sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [start, end] of spans) {
    const last = merged[merged.length - 1];
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return { value: merged };
}

const covered = (spans: readonly Interval[]): number => spans.reduce((sum, [start, end]) => sum + end - start, 0);

function overlap(a: readonly Interval[], b: readonly Interval[]): number {
  let [i, j, sum] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    sum += Math.max(0, Math.min(a[i]![1], b[j]![1]) - Math.max(a[i]![0], b[j]![0]));
    if (a[i]![1] < b[j]![1]) i++;
    else j++;
  }
  return sum;
}

export const spanF1: Metric = defineMetric({
  name: 'span_f1',
  direction: 'maximize',
  params: {},
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: () => 'span F1',
  formula: '2·TP / (2·TP + FP + FN) over character positions of all rows',
  explanation: 'Overlap of predicted and true spans, counted in characters over all rows together.',
  prepare(input) {
    const target = input.targets[0]!;
    const truth = answerCells(input, truthColumn(target), parseSpans, []);
    const predicted = submittedCells(input, target.submission, parseSpans, []);
    const hits = Float64Array.from(truth, (spans, row) => overlap(spans, predicted[row]!));
    const sizes = Float64Array.from(truth, (spans, row) => covered(spans) + covered(predicted[row]!));
    return {
      score(units) {
        let hit = 0;
        let size = 0;
        for (let i = 0; i < units.length; i++) {
          hit += hits[units[i]!]!;
          size += sizes[units[i]!]!;
        }
        return size === 0 ? 1 : (2 * hit) / size;
      },
    };
  },
});

interface Labelled {
  readonly label: string;
  /** x, y and for boxes width, height. */
  readonly numbers: readonly number[];
}

/** Groups of a label and `count` numbers. */
function parseLabelled(count: number): (text: string) => Parsed<readonly Labelled[]> {
  return (text) => {
    const tokens = splitList(text);
    if (tokens.length % (count + 1) !== 0) return { code: 'bad_boxes' };
    const groups: Labelled[] = [];
    for (let i = 0; i < tokens.length; i += count + 1) {
      const numbers: number[] = [];
      for (const token of tokens.slice(i + 1, i + 1 + count)) {
        const number = tokenNumber(token);
        if ('code' in number) return number;
        numbers.push(number.value);
      }
      if ((numbers[2] ?? 0) < 0 || (numbers[3] ?? 0) < 0) return { code: 'bad_boxes' };
      groups.push({ label: tokens[i]!, numbers });
    }
    return { value: groups };
  };
}

export const pointBoxF1: Metric = defineMetric({
  name: 'point_box_f1',
  direction: 'maximize',
  params: {},
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: () => 'point-in-box F1',
  formula: '2·TP / (2·TP + FP + FN), TP = boxes with a point of their label inside',
  explanation: 'A predicted point is right when it lies inside a box of its label; each box takes one point.',
  prepare(input) {
    const target = input.targets[0]!;
    const boxes = answerCells<readonly Labelled[]>(input, truthColumn(target), parseLabelled(4), []);
    const points = submittedCells<readonly Labelled[]>(input, target.submission, parseLabelled(2), [], 'Write "label x y" for every point, separated by spaces.');
    const hits = Float64Array.from(boxes, (row, i) => countHits(row, points[i]!));
    const sizes = Float64Array.from(boxes, (row, i) => row.length + points[i]!.length);
    return {
      score(units) {
        const size = meanOver(sizes, units);
        if (size === 0) throw new UndefinedScore('bad_answers', 'These rows hold no box and no point.');
        return (2 * meanOver(hits, units)) / size;
      },
    };
  },
});

function countHits(boxes: readonly Labelled[], points: readonly Labelled[]): number {
  const used = new Set<number>();
  for (const { label, numbers: [x = 0, y = 0, width = 0, height = 0] } of boxes) {
    const found = points.findIndex(
      ({ label: own, numbers: [px = 0, py = 0] }, i) => !used.has(i) && own === label && px > x && px < x + width && py > y && py < y + height,
    );
    if (found >= 0) used.add(found);
  }
  return used.size;
}
