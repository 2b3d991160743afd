import { scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import type { Spread } from '../../src/protocol/standings';

const width = 200;
const margin = 6;

/** A range of scores and where each lies, in pixels of the column. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly x: (value: number) => number;
}

/** The range that holds every value; null for none. With `zero` it holds 0 as well. */
export function axisOf(values: readonly number[], zero = false): Axis | null {
  const all = zero && values.length > 0 ? [...values, 0] : values;
  if (all.length === 0) return null;
  const [from, to] = [Math.min(...all), Math.max(...all)];
  // One value alone stands in the middle.
  const around = to > from ? 0 : Math.abs(to) * 0.01 || 1;
  const scale = scaleLinear().domain([from - around, to + around]).range([margin, width - margin]);
  return { from, to, x: (value) => Number(scale(value).toFixed(1)) };
}

/** Every value that an interval plot of these spreads shows. */
export const valuesOf = (spread: Spread | null, points: readonly number[] = []): number[] => [...points, ...(spread ? [spread.mean, ...(spread.n > 1 ? spread.interval : [])] : [])];

/**
 * The mean as a dot, its 95 % interval as a bar, single runs as ticks. The numbers stand beside it,
 * so it is hidden from screen readers. A difference's dot is hollow while its interval holds 0.
 */
export function IntervalPlot({ spread, axis, points = [], zero, hollow }: { readonly spread: Spread; readonly axis: Axis; readonly points?: readonly number[]; readonly zero?: boolean; readonly hollow?: boolean }): VNode {
  const { x } = axis;
  const [low, high] = spread.interval;
  return (
    <svg class="interval-plot" width={width} height={20} viewBox={`0 0 ${width} 20`} aria-hidden="true">
      <path class="rule" d={zero ? `M${x(0)} 0V20` : `M${margin} 10H${width - margin}`} />
      {points.map((point, index) => (
        <path key={index} class="point" d={`M${x(point)} 6V14`} />
      ))}
      {spread.n > 1 ? <path class="bar95" d={`M${x(low)} 10H${x(high)}`} /> : null}
      <circle class={hollow ? 'mean hollow' : 'mean'} cx={x(spread.mean)} cy={10} r={4} />
    </svg>
  );
}
