import * as z from 'zod';
import type { Column } from '../csv';
import { hausdorffDistance } from '../hausdorff';
import type { Grid } from '../hausdorff';
import { UndefinedScore, defineMetric } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { commonArea, maskArea } from '../runLength';
import type { Mask } from '../runLength';
import { groupsOf } from '../values';
import { readMasks, readSize } from './masks';

/** Metrics of the surfaces of masks and volumes. Reference: F. Hausdorff, 1914. */

/** Rows that form one volume; slice number for each. */
interface Volume {
  readonly rows: readonly number[];
  readonly slices: readonly number[];
  readonly depth: number;
}

export const diceHausdorff: Metric = defineMetric({
  name: 'dice_hausdorff',
  direction: 'maximize',
  params: {
    dice_weight: z.number().nonnegative().default(0.4),
    hausdorff_weight: z.number().nonnegative().default(0.6),
    empty: z.array(z.string()).default(['', '-']),
    height: z.union([z.int().positive(), z.string()]).default('height'),
    width: z.union([z.int().positive(), z.string()]).default('width'),
    order: z.enum(['column', 'row']).default('column'),
    volume_column: z.string().optional(),
    slice_column: z.string().optional(),
  },
  check: (params) =>
    (params.volume_column === undefined) !== (params.slice_column === undefined) ? 'volume_column and slice_column: give both or neither' : undefined,
  numeric: false,
  oneColumn: true,
  range: (params) => [0, params.dice_weight + params.hausdorff_weight],
  label: () => 'Dice and Hausdorff',
  formula: (params) => `${params.dice_weight} · mean Dice of rows + ${params.hausdorff_weight} · (1 − mean Hausdorff distance of volumes)`,
  explanation: 'Overlap of the masks joined with how far the outlines of whole volumes lie apart, in units of the image.',
  answersColumns: (params) => [params.height, params.width, params.volume_column, params.slice_column].map((name) => (typeof name === 'string' ? name : undefined)),
  prepare(input, params) {
    const { truth, predicted } = readMasks(input, params);
    const height = readSize(input, params.height)!;
    const width = readSize(input, params.width)!;
    const volumes = params.volume_column === undefined ? flatVolumes(input.rows) : readVolumes(input, params.volume_column, params.slice_column!);
    if (volumes.some(({ rows }) => rows.some((row) => height[row] !== height[rows[0]!] || width[row] !== width[rows[0]!]))) {
      throw new UndefinedScore('bad_answers', 'The slices of a volume differ in height or width.');
    }
    if (input.problems.size > 0 || input.answersProblems.size > 0) return { score: () => NaN };
    const dice = truth.map((mask, row) => diceOf(mask, predicted[row]!));
    const flat = params.volume_column === undefined;
    const distances = volumes.map((volume) => {
      const paint = (masks: readonly Mask[]): Uint8Array => paintVolume(volume, masks, height[volume.rows[0]!]!, width[volume.rows[0]!]!, params.order);
      return volumeDistance(paint(truth), paint(predicted), gridOf(volume, height[volume.rows[0]!]!, width[volume.rows[0]!]!), flat);
    });
    return {
      unitRows: Int32Array.from(volumes, ({ rows }) => rows[0]!),
      score(units) {
        const diceValues = Array.from(units).flatMap((unit) => volumes[unit]!.rows.map((row) => dice[row]!)).filter((value) => !Number.isNaN(value));
        const distanceValues = Array.from(units, (unit) => distances[unit]!).filter((value) => !Number.isNaN(value));
        if (diceValues.length === 0) throw new UndefinedScore('undefined_score', 'All masks are empty on both sides.');
        return params.dice_weight * mean(diceValues) + params.hausdorff_weight * (1 - mean(distanceValues));
      },
    };
  },
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** NaN for a row that is empty on both sides. */
function diceOf(a: Mask, b: Mask): number {
  const size = maskArea(a) + maskArea(b);
  return size === 0 ? NaN : (2 * commonArea(a, b)) / size;
}

function flatVolumes(rows: number): Volume[] {
  return Array.from({ length: rows }, (_, row) => ({ rows: [row], slices: [0], depth: 1 }));
}

function readVolumes(input: ScoringInput, volumeColumn: string, sliceColumn: string): Volume[] {
  const { groups, names } = groupsOf(input, input.answersColumn(volumeColumn));
  const slices: Column = input.answersColumn(sliceColumn);
  const members: number[][] = names.map(() => []);
  groups.forEach((group, row) => members[group]!.push(row));
  return members.map((rows) => {
    const texts = rows.map((row) => slices.text(input.answersRows[row]!));
    const order = [...new Set(texts)].sort((a, b) => (a < b ? -1 : 1));
    const place = new Map(order.map((text, k) => [text, k]));
    return { rows, slices: texts.map((text) => place.get(text)!), depth: order.length };
  });
}

const gridOf = ({ depth }: Volume, height: number, width: number): Grid => ({
  size: [depth, height, width],
  step: [1 / depth, 1 / height, 1 / width],
});

/** The masks of a volume's rows as voxels; rows of the same slice are united. */
function paintVolume(volume: Volume, masks: readonly Mask[], height: number, width: number, order: 'column' | 'row'): Uint8Array {
  const voxels = new Uint8Array(volume.depth * height * width);
  volume.rows.forEach((row, i) => {
    const base = volume.slices[i]! * height * width;
    const mask = masks[row]!;
    for (let run = 0; run < mask.length; run += 2) {
      for (let pixel = mask[run]!; pixel < mask[run + 1]!; pixel++) {
        voxels[base + (order === 'row' ? pixel : (pixel % height) * width + Math.floor(pixel / height))] = 1;
      }
    }
  });
  return voxels;
}

/** NaN when both sides are empty, 1 when one is. */
function volumeDistance(truth: Uint8Array, predicted: Uint8Array, grid: Grid, flat: boolean): number {
  const [hasTruth, hasPrediction] = [truth.includes(1), predicted.includes(1)];
  if (!hasTruth && !hasPrediction) return NaN;
  if (!hasTruth || !hasPrediction) return 1;
  return hausdorffDistance(truth, predicted, grid) / Math.sqrt(flat ? 2 : 3);
}
