import * as z from 'zod';
import { BadParams, defineMetric } from '../metric';
import type { Metric, ScoringInput } from '../metric';
import { groupsOf, meanOver, predictedNumbers, truthColumn, truthNumbers } from '../values';

/** Metrics of directions and places on a sphere. */

function twoColumns(name: string, input: ScoringInput): { truth: Float64Array[]; predicted: Float64Array[] } {
  if (input.targets.length !== 2) throw new BadParams(`${name} needs two target columns in order, but there are ${input.targets.length}.`);
  return {
    truth: input.targets.map((target) => truthNumbers(input, truthColumn(target))),
    predicted: input.targets.map((target) => predictedNumbers(input, target.submission)),
  };
}

/** Angle between unit vectors by atan2(|u × v|, u · v), which is exact near 0 and π where arccos is not. */
function angleBetween(azimuth1: number, zenith1: number, azimuth2: number, zenith2: number): number {
  const [ux, uy, uz] = [Math.sin(zenith1) * Math.cos(azimuth1), Math.sin(zenith1) * Math.sin(azimuth1), Math.cos(zenith1)];
  const [vx, vy, vz] = [Math.sin(zenith2) * Math.cos(azimuth2), Math.sin(zenith2) * Math.sin(azimuth2), Math.cos(zenith2)];
  const cross = Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
  return Math.atan2(cross, ux * vx + uy * vy + uz * vz);
}

export const angularError: Metric = defineMetric({
  name: 'angular_error',
  direction: 'minimize',
  params: {},
  numeric: true,
  range: [0, Math.PI],
  label: () => 'mean angular error',
  formula: '(1/n) · Σ angle(u, v), u = (sin z cos a, sin z sin a, cos z)',
  explanation: 'The mean angle in radians between true and predicted direction, given as azimuth and zenith.',
  prepare(input) {
    const { truth: [a1, z1], predicted: [a2, z2] } = twoColumns('angular_error', input);
    const values = a1!.map((azimuth, row) => angleBetween(azimuth, z1![row]!, a2![row]!, z2![row]!));
    return { score: (units) => meanOver(values, units) };
  },
});

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance on a sphere (haversine formula; R. W. Sinnott, 1984). */
function haversine(lat1: number, lon1: number, lat2: number, lon2: number, radius: number): number {
  const half = (a: number, b: number): number => Math.sin(radians(b - a) / 2) ** 2;
  const h = half(lat1, lat2) + Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * half(lon1, lon2);
  return 2 * radius * Math.asin(Math.sqrt(Math.min(1, h)));
}

/** Linear between order statistics at position (m − 1)·q. */
function percentile(sorted: Float64Array, q: number): number {
  const position = (sorted.length - 1) * q;
  const low = Math.floor(position);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (position - low) * (sorted[high]! - sorted[low]!);
}

export const haversineP50P95: Metric = defineMetric({
  name: 'haversine_p50_p95',
  direction: 'minimize',
  params: { group_column: z.string(), radius: z.number().positive().default(6371000) },
  numeric: true,
  range: [0, Infinity],
  label: () => 'distance error (p50, p95)',
  formula: 'mean over groups of (P50 + P95)/2 of 2R·asin √( sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2) )',
  explanation: 'Distance in metres between true and predicted position: for each group the mean of the median and the 95th percentile, averaged over groups.',
  answersColumns: (params) => [params.group_column],
  prepare(input, params) {
    const { truth: [lat1, lon1], predicted: [lat2, lon2] } = twoColumns('haversine_p50_p95', input);
    const distances = lat1!.map((lat, row) => haversine(lat, lon1![row]!, lat2![row]!, lon2![row]!, params.radius));
    const { groups, names } = groupsOf(input, input.answersColumn(params.group_column));
    return {
      score(units) {
        const members: number[][] = names.map(() => []);
        for (let i = 0; i < units.length; i++) members[groups[units[i]!]!]!.push(distances[units[i]!]!);
        const scores = members
          .filter((group) => group.length > 0)
          .map((group) => {
            const sorted = Float64Array.from(group).sort();
            return (percentile(sorted, 0.5) + percentile(sorted, 0.95)) / 2;
          });
        return scores.reduce((sum, score) => sum + score, 0) / scores.length;
      },
    };
  },
});
