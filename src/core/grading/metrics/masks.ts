import * as z from 'zod';
import type { Column } from '../csv';
import { firstRows } from '../matching';
import { UndefinedScore, defineMetric } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { commonArea, exactThreshold, exceeds, maskArea, parseRunLength } from '../runLength';
import type { ExactThreshold, Mask } from '../runLength';
import { eachAnswer, eachSubmitted, meanOver, reportAnswer, reportSubmitted, truthColumn, truthNumbers } from '../values';

/**
 * Metrics of masks in run-length code.
 * Reference: L. R. Dice, 1945; P. Jaccard, 1901.
 */

const sizeSchema = z.union([z.int().positive(), z.string()]).optional();
const maskShape = {
  empty: z.array(z.string()).default(['', '-']),
  height: sizeSchema,
  width: sizeSchema,
};
const bothEmpty = z.number().min(0).max(1).default(1);
const thresholdsSchema = z
  .array(z.number().min(0).lt(1))
  .min(1)
  .default([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]);

interface MaskParams {
  readonly empty: readonly string[];
  readonly height?: number | string | undefined;
  readonly width?: number | string | undefined;
}

const sizeColumns = (params: MaskParams): string[] => [params.height, params.width].filter((size) => typeof size === 'string');

/** Image height or width of every scored row; null when unknown. */
export function readSize(input: ScoringInput, size: number | string | undefined): Float64Array | null {
  if (size === undefined) return null;
  if (typeof size === 'number') return new Float64Array(input.rows).fill(size);
  const column = input.answersColumn(size);
  const values = truthNumbers(input, column);
  values.forEach((value, scored) => {
    if (!Number.isNaN(value) && !(Number.isInteger(value) && value > 0)) reportAnswer(input, 'out_of_range', column, input.answersRows[scored]!);
  });
  return values;
}

function readPixels(input: ScoringInput, params: MaskParams): (scored: number) => number | null {
  const height = readSize(input, params.height);
  const width = readSize(input, params.width);
  return (scored) => (height === null || width === null || scored < 0 ? null : height[scored]! * width[scored]!);
}

const none = (): Mask => new Float64Array(0);

/** One mask per scored row on both sides. */
export function readMasks(input: ScoringInput, params: MaskParams): { truth: Mask[]; predicted: Mask[] } {
  const target = input.targets[0]!;
  const pixels = readPixels(input, params);
  const truth = Array.from({ length: input.rows }, none);
  const predicted = Array.from({ length: input.rows }, none);
  eachTruth(input, params, pixels, (scored, mask) => (truth[scored] = mask));
  eachPrediction(input, params, pixels, target.submission, (scored, mask) => {
    if (scored >= 0) predicted[scored] = mask;
  });
  return { truth, predicted };
}

function eachTruth(input: ScoringInput, params: MaskParams, pixels: (scored: number) => number | null, visit: (scored: number, mask: Mask) => void): void {
  const column = truthColumn(input.targets[0]!);
  eachAnswer(input, column, (scored, _start, _end, row) => {
    const mask = parseRunLength(column.text(row), params.empty, pixels(scored));
    if (mask === null) reportAnswer(input, 'bad_rle', column, row);
    else visit(scored, mask);
  });
}

function eachPrediction(
  input: ScoringInput, params: MaskParams, pixels: (scored: number) => number | null, column: Column,
  visit: (scored: number, mask: Mask, row: number) => void,
): void {
  eachSubmitted(input, column, (scored, _start, _end, row) => {
    const mask = parseRunLength(column.text(row), params.empty, pixels(scored));
    if (mask === null) reportSubmitted(input, 'bad_rle', column, row);
    else visit(scored, mask, row);
  });
}

/** Pixels of truth, prediction and both, for each row. */
function readAreas(input: ScoringInput, params: MaskParams): { truth: Float64Array; predicted: Float64Array; common: Float64Array } {
  const masks = readMasks(input, params);
  return {
    truth: Float64Array.from(masks.truth, maskArea),
    predicted: Float64Array.from(masks.predicted, maskArea),
    common: Float64Array.from(masks.truth, (mask, row) => commonArea(mask, masks.predicted[row]!)),
  };
}

export const diceRle: Metric = defineMetric({
  name: 'dice_rle',
  direction: 'maximize',
  params: { ...maskShape, average: z.enum(['row', 'global']).default('row'), both_empty: bothEmpty },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: (params) => (params.average === 'global' ? 'global Dice' : 'Dice'),
  formula: (params) => (params.average === 'global' ? '2·Σ|A ∩ B| / Σ(|A| + |B|)' : '(1/n) · Σ 2|A ∩ B| / (|A| + |B|)'),
  explanation: 'Overlap of predicted and true mask: 1 is the same mask, 0 no common pixel.',
  answersColumns: sizeColumns,
  prepare(input, params) {
    const { truth, predicted, common } = readAreas(input, params);
    const sizes = truth.map((area, row) => area + predicted[row]!);
    const values = sizes.map((size, row) => (size === 0 ? params.both_empty : (2 * common[row]!) / size));
    return {
      score(units) {
        if (params.average === 'row') return meanOver(values, units);
        const size = meanOver(sizes, units);
        if (size === 0) throw new UndefinedScore('bad_answers', 'These rows hold no mask at all.');
        return (2 * meanOver(common, units)) / size;
      },
    };
  },
});

export const fbetaRle: Metric = defineMetric({
  name: 'fbeta_rle',
  direction: 'maximize',
  params: { ...maskShape, beta: z.number().positive().default(0.5), both_empty: bothEmpty },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: (params) => `pixel F${params.beta}`,
  formula: (params) => `(1/n) · Σ (1+β²)·TP / ((1+β²)·TP + β²·FN + FP) over pixels, β = ${params.beta}`,
  explanation: (params) => `The F score of the pixels of each mask, averaged over rows; recall counts ${params.beta} times as much as precision.`,
  answersColumns: sizeColumns,
  prepare(input, params) {
    const { truth, predicted, common } = readAreas(input, params);
    const b2 = params.beta ** 2;
    const values = common.map((both, row) => {
      const denominator = (1 + b2) * both + b2 * (truth[row]! - both) + (predicted[row]! - both);
      return denominator === 0 ? params.both_empty : ((1 + b2) * both) / denominator;
    });
    return { score: (units) => meanOver(values, units) };
  },
});

export const iouPrecisionMasks: Metric = defineMetric({
  name: 'iou_precision_masks',
  direction: 'maximize',
  params: { ...maskShape, thresholds: thresholdsSchema, both_empty: bothEmpty },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: () => 'mask precision over IoU',
  formula: 'mean over rows of #{thresholds below the IoU} / #{thresholds}',
  explanation: 'For each mask the share of thresholds that its overlap with the truth exceeds, averaged over masks.',
  answersColumns: sizeColumns,
  prepare(input, params) {
    const { truth, predicted, common } = readAreas(input, params);
    const thresholds = params.thresholds.map(exactThreshold);
    const values = common.map((both, row) => {
      const union = truth[row]! + predicted[row]! - both;
      if (union === 0) return params.both_empty;
      return thresholds.filter((threshold) => exceeds(both, union, threshold)).length / thresholds.length;
    });
    return { score: (units) => meanOver(values, units) };
  },
});

/** The objects of one image. */
interface Image {
  readonly truth: Mask[];
  readonly predicted: Mask[];
  /** Submission row of the image's first object, for problems. */
  row: number;
}

export const f2IouMasks: Metric = defineMetric({
  name: 'f2_iou_masks',
  direction: 'maximize',
  params: { ...maskShape, beta: z.number().positive().default(2), thresholds: thresholdsSchema, both_empty: bothEmpty },
  numeric: false,
  oneColumn: true,
  range: [0, 1],
  label: (params) => `object F${params.beta} over IoU`,
  formula: (params) => `mean over images and thresholds of (1+β²)·TP / ((1+β²)·TP + β²·FN + FP), β = ${params.beta}`,
  explanation: 'Objects of an image, one per row, are matched one to one when they overlap by more than the threshold; the F score is averaged over thresholds and images.',
  answersColumns: sizeColumns,
  idRule: () => ({ answersRepeat: true, submissionRepeats: true }),
  prepare(input, params) {
    const pixels = readPixels(input, params);
    const { images, unitOf, unitRows } = groupImages(input);
    eachTruth(input, params, pixels, (scored, mask) => {
      if (mask.length > 0) images[unitOf[scored]!]!.truth.push(mask);
    });
    const { submission } = input.targets[0]!;
    eachPrediction(input, params, pixels, submission, (scored, mask, row) => {
      const image = scored >= 0 ? images[unitOf[scored]!] : undefined;
      if (image === undefined || mask.length === 0) return;
      if (image.row < 0) image.row = row;
      image.predicted.push(mask);
    });
    for (const image of images) {
      if (!shareAPixel(image.predicted)) continue;
      input.problems.add('overlap', {
        column: submission.name,
        offset: input.submission.recordStarts[image.row],
        example: input.ids.submission.map((column) => column.text(image.row)).join(', '),
      });
    }
    const thresholds = params.thresholds.map(exactThreshold);
    const values = Float64Array.from(images, (image) => objectScore(image, thresholds, params.beta, params.both_empty));
    return { unitRows, score: (units) => meanOver(values, units) };
  },
});

/** Scored rows with the same id are one image. */
function groupImages(input: ScoringInput): { images: Image[]; unitOf: Int32Array; unitRows: Int32Array } {
  const firstOf = firstRows(input.answers, input.ids.answers);
  const unitOfRow = new Map<number, number>();
  const images: Image[] = [];
  const unitRows: number[] = [];
  const unitOf = input.answersRows.map((row, scored) => {
    const first = firstOf[row]!;
    let unit = unitOfRow.get(first);
    if (unit === undefined) {
      unit = images.length;
      unitOfRow.set(first, unit);
      images.push({ truth: [], predicted: [], row: -1 });
      unitRows.push(scored);
    }
    return unit;
  });
  return { images, unitOf, unitRows: Int32Array.from(unitRows) };
}

function shareAPixel(masks: readonly Mask[]): boolean {
  const runs = masks.flatMap((mask) => Array.from({ length: mask.length / 2 }, (_, i) => [mask[2 * i]!, mask[2 * i + 1]!] as const));
  runs.sort((a, b) => a[0] - b[0]);
  return runs.some((run, i) => i > 0 && run[0] < runs[i - 1]![1]);
}

function objectScore({ truth, predicted }: Image, thresholds: readonly ExactThreshold[], beta: number, whenEmpty: number): number {
  if (truth.length + predicted.length === 0) return whenEmpty;
  const pairs: { t: number; p: number; common: number; union: number }[] = [];
  truth.forEach((mask, t) => {
    predicted.forEach((other, p) => {
      const common = commonArea(mask, other);
      if (common > 0) pairs.push({ t, p, common, union: maskArea(mask) + maskArea(other) - common });
    });
  });
  pairs.sort((a, b) => b.common / b.union - a.common / a.union);
  const b2 = beta * beta;
  let sum = 0;
  for (const threshold of thresholds) {
    const usedTruth = new Set<number>();
    const usedPrediction = new Set<number>();
    for (const { t, p, common, union } of pairs) {
      if (usedTruth.has(t) || usedPrediction.has(p) || !exceeds(common, union, threshold)) continue;
      usedTruth.add(t);
      usedPrediction.add(p);
    }
    const hits = usedTruth.size;
    sum += ((1 + b2) * hits) / ((1 + b2) * hits + b2 * (truth.length - hits) + (predicted.length - hits));
  }
  return sum / thresholds.length;
}
