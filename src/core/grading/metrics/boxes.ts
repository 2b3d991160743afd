import * as z from 'zod';
import { splitList } from '../labels';
import { UndefinedScore, defineMetric } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { answerCells, submittedCells, tokenNumber } from '../tokens';
import type { Parsed } from '../tokens';
import { meanOver, truthColumn } from '../values';

/**
 * Metrics of boxes in images, in continuous coordinates.
 * Reference: M. Everingham et al., The PASCAL Visual Object Classes Challenge, 2010.
 */

interface Box {
  readonly label: string;
  readonly confidence: number;
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/** `confidence x y width height …` */
function parseSized(text: string): Parsed<readonly Box[]> {
  return parseGroups(text, 5, (_label, [confidence, x, y, width, height]) =>
    width! < 0 || height! < 0 ? null : { label: '', confidence: confidence!, xmin: x!, ymin: y!, xmax: x! + width!, ymax: y! + height! });
}

/** `class confidence xmin ymin xmax ymax …` */
function parseCorners(text: string): Parsed<readonly Box[]> {
  return parseGroups(text, 6, (label, [confidence, xmin, ymin, xmax, ymax]) =>
    xmax! < xmin! || ymax! < ymin! ? null : { label, confidence: confidence!, xmin: xmin!, ymin: ymin!, xmax: xmax!, ymax: ymax! });
}

/** Groups of `size` tokens, the last five of them numbers; `make` gives null for a negative size. */
function parseGroups(text: string, size: number, make: (label: string, numbers: readonly number[]) => Box | null): Parsed<readonly Box[]> {
  const tokens = splitList(text);
  if (tokens.length % size !== 0) return { code: 'bad_boxes' };
  const boxes: Box[] = [];
  for (let i = 0; i < tokens.length; i += size) {
    const numbers: number[] = [];
    for (const token of tokens.slice(i + size - 5, i + size)) {
      const number = tokenNumber(token);
      if ('code' in number) return number;
      numbers.push(number.value);
    }
    const box = make(tokens[i]!, numbers);
    if (box === null) return { code: 'bad_boxes' };
    boxes.push(box);
  }
  return { value: boxes };
}

/** Intersection over union; 0 when the union has no area. */
function iou(a: Box, b: Box): number {
  const width = Math.min(a.xmax, b.xmax) - Math.max(a.xmin, b.xmin);
  const height = Math.min(a.ymax, b.ymax) - Math.max(a.ymin, b.ymin);
  const common = width > 0 && height > 0 ? width * height : 0;
  const union = area(a) + area(b) - common;
  return union > 0 ? common / union : 0;
}

const area = (box: Box): number => (box.xmax - box.xmin) * (box.ymax - box.ymin);

/** By falling confidence; sorting is stable, so ties keep the order of the cell. */
const byConfidence = (boxes: readonly Box[]): Box[] => [...boxes].sort((a, b) => b.confidence - a.confidence);

/** The candidate of highest IoU (the earlier one of equals), or −1. */
function best(box: Box, truth: readonly Box[], candidate: (k: number) => boolean): { k: number; value: number } {
  let found = { k: -1, value: -1 };
  truth.forEach((other, k) => {
    if (!candidate(k)) return;
    const value = iou(box, other);
    if (value > found.value) found = { k, value };
  });
  return found;
}

function read(input: ScoringInput, parse: (text: string) => Parsed<readonly Box[]>, form: string) {
  const target = input.targets[0]!;
  return {
    truth: answerCells(input, truthColumn(target), parse, []),
    predicted: submittedCells(input, target.submission, parse, [], `Write "${form}" for every box, separated by spaces.`),
  };
}

export const iouPrecisionBoxes: Metric = defineMetric({
  name: 'iou_precision_boxes',
  direction: 'maximize',
  params: {
    thresholds: z.array(z.number().min(0).lt(1)).min(1).default([0.5, 0.55, 0.6, 0.65, 0.7, 0.75]),
    both_empty: z.number().min(0).max(1).default(1),
  },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: () => 'mean box precision',
  formula: 'mean over images and thresholds of TP / (TP + FP + FN)',
  explanation: 'Boxes are matched one to one when they overlap by more than the threshold; the share of right ones is averaged over thresholds and images.',
  prepare(input, params) {
    const { truth, predicted } = read(input, parseSized, 'confidence x y width height');
    const values = Float64Array.from(truth, (boxes, row) => {
      const guesses = byConfidence(predicted[row]!);
      if (boxes.length + guesses.length === 0) return params.both_empty;
      let sum = 0;
      for (const threshold of params.thresholds) {
        const taken = new Set<number>();
        for (const guess of guesses) {
          const { k, value } = best(guess, boxes, (other) => !taken.has(other));
          if (value > threshold) taken.add(k);
        }
        sum += taken.size / (boxes.length + guesses.length - taken.size);
      }
      return sum / params.thresholds.length;
    });
    return { score: (units) => meanOver(values, units) };
  },
});

/** A predicted box whose fate is known: images do not influence each other's matches. */
interface Judged {
  readonly label: string;
  readonly confidence: number;
  readonly hit: boolean;
}

export const detectionMap: Metric = defineMetric({
  name: 'detection_map',
  direction: 'maximize',
  params: { iou: z.number().min(0).lt(1).default(0.5), match: z.enum(['voc', 'best_free']).default('voc') },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: (params) => `mAP at IoU ${params.iou}`,
  formula: 'mean over classes of Σ (Rₖ − Rₖ₋₁) · max of P at k or later',
  explanation: (params) =>
    `Average precision of the boxes of each class over all images, where a box is right when it overlaps a true one by more than ${params.iou}; averaged over classes.`,
  prepare(input, params) {
    const { truth, predicted } = read(input, parseCorners, 'class confidence xmin ymin xmax ymax');
    const judged = truth.map((boxes, row) => judge(boxes, predicted[row]!, params.iou, params.match === 'best_free'));
    const order = idOrder(input);
    return {
      score(units) {
        const positives = new Map<string, number>();
        const byClass = new Map<string, (Judged & { readonly image: number })[]>();
        for (const unit of units) {
          for (const { label } of truth[unit]!) positives.set(label, (positives.get(label) ?? 0) + 1);
          for (const box of judged[unit]!) {
            const list = byClass.get(box.label) ?? [];
            byClass.set(box.label, list);
            list.push({ ...box, image: order[unit]! });
          }
        }
        if (positives.size === 0) throw new UndefinedScore('bad_answers', 'The answers of these rows hold no box.');
        let sum = 0;
        for (const [label, count] of positives) {
          const boxes = (byClass.get(label) ?? []).sort((a, b) => b.confidence - a.confidence || a.image - b.image);
          sum += averagePrecisionOf(boxes, count);
        }
        return sum / positives.size;
      },
    };
  },
});

/** Decides hits in an image; predictions by falling confidence, each class for itself. */
function judge(truth: readonly Box[], predicted: readonly Box[], threshold: number, freeOnly: boolean): Judged[] {
  const taken = new Set<number>();
  return byConfidence(predicted).map((box) => {
    const { k, value } = best(box, truth, (other) => truth[other]!.label === box.label && !(freeOnly && taken.has(other)));
    const hit = value > threshold && !taken.has(k);
    if (hit) taken.add(k);
    return { label: box.label, confidence: box.confidence, hit };
  });
}

/** Place of every scored row's id in code-unit order, which breaks ties of confidence between images. */
function idOrder(input: ScoringInput): Int32Array {
  const ids = Array.from(input.answersRows, (row) => input.ids.answers.map((column) => column.text(row)));
  const sorted = ids.map((_, i) => i).sort((a, b) => compareTuples(ids[a]!, ids[b]!));
  const order = new Int32Array(ids.length);
  sorted.forEach((row, place) => (order[row] = place));
  return order;
}

function compareTuples(a: readonly string[], b: readonly string[]): number {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return a[k]! < b[k]! ? -1 : 1;
  return 0;
}

function averagePrecisionOf(boxes: readonly Judged[], positives: number): number {
  const precision = new Float64Array(boxes.length);
  let hits = 0;
  boxes.forEach((box, k) => {
    if (box.hit) hits++;
    precision[k] = hits / (k + 1);
  });
  let highest = 0;
  let sum = 0;
  for (let k = boxes.length - 1; k >= 0; k--) {
    highest = Math.max(highest, precision[k]!);
    if (boxes[k]!.hit) sum += highest / positives;
  }
  return sum;
}
