/**
 * Hausdorff distance between voxel sets in a grid whose axes have their own step.
 * Distances come from the exact Euclidean distance transform by lower envelopes of parabolas
 * (P. Felzenszwalb and D. Huttenlocher, 2012), linear in the number of voxels.
 */

export interface Grid {
  /** Voxels along slice, row and column. */
  readonly size: readonly [number, number, number];
  /** Length of one step along each. */
  readonly step: readonly [number, number, number];
}

/** The larger of the two directed distances. Both sets hold at least one voxel; 1 marks a member. */
export function hausdorffDistance(a: Uint8Array, b: Uint8Array, grid: Grid): number {
  return Math.sqrt(Math.max(directed(a, b, grid), directed(b, a, grid)));
}

/** Square of the largest distance from a member of `from` to its nearest member of `to`. */
function directed(from: Uint8Array, to: Uint8Array, grid: Grid): number {
  const distance = squaredDistances(to, grid);
  let max = 0;
  for (let i = 0; i < from.length; i++) if (from[i] === 1 && distance[i]! > max) max = distance[i]!;
  return max;
}

function squaredDistances(set: Uint8Array, { size: [slices, rows, columns], step }: Grid): Float64Array {
  const distance = Float64Array.from(set, (member) => (member === 1 ? 0 : Infinity));
  const line = new Envelope(Math.max(slices, rows, columns));
  for (let start = 0; start < distance.length; start += columns) line.transform(distance, start, 1, columns, step[2]);
  for (let slice = 0; slice < slices; slice++) {
    for (let column = 0; column < columns; column++) line.transform(distance, slice * rows * columns + column, columns, rows, step[1]);
  }
  if (slices > 1) {
    for (let place = 0; place < rows * columns; place++) line.transform(distance, place, rows * columns, slices, step[0]);
  }
  return distance;
}

/** One-dimensional transform: the lower envelope of the parabolas step²·(q − p)² + f(p). */
class Envelope {
  private readonly apex: Int32Array;
  private readonly from: Float64Array;
  private readonly height: Float64Array;

  constructor(length: number) {
    this.apex = new Int32Array(length);
    this.from = new Float64Array(length + 1);
    this.height = new Float64Array(length);
  }

  transform(values: Float64Array, start: number, stride: number, length: number, step: number): void {
    const { apex, from, height } = this;
    const square = step * step;
    let last = -1;
    for (let q = 0; q < length; q++) {
      const f = values[start + q * stride]!;
      if (f === Infinity) continue;
      let meet = -Infinity;
      while (last >= 0) {
        const p = apex[last]!;
        meet = ((f - height[last]!) / square + q * q - p * p) / (2 * (q - p));
        if (meet > from[last]!) break;
        last--;
      }
      last++;
      apex[last] = q;
      height[last] = f;
      from[last] = last === 0 ? -Infinity : meet;
    }
    if (last < 0) return;
    let k = 0;
    for (let q = 0; q < length; q++) {
      while (k < last && from[k + 1]! < q) k++;
      const away = q - apex[k]!;
      values[start + q * stride] = square * away * away + height[k]!;
    }
  }
}
