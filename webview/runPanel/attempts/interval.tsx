import type { VNode } from 'preact';
import type { AttemptView } from '../../../src/protocol/panel';
import { isClear } from '../../shared/standing';

type Change = NonNullable<AttemptView['change']>;

const width = 80;
const zero = 24;
const margin = 4;

/**
 * Pixels per unit of change, one for the whole column. A few changes far beyond the others do not
 * set the scale; they are drawn as an arrow at the edge.
 */
export function intervalScale(changes: readonly Change[]): number {
  const reach = (change: Change, sign: 1 | -1): number => Math.max(0, sign * change.value + (change.se ?? 0));
  const high = (values: number[]): number => {
    const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
    const upper = sorted[Math.ceil(sorted.length * 0.8) - 1];
    return upper === undefined ? 0 : Math.min(sorted.at(-1) ?? upper, upper * 1.5);
  };
  const right = high(changes.map((change) => reach(change, 1)));
  const left = high(changes.map((change) => reach(change, -1)));
  const scales = [right > 0 ? (width - zero - margin) / right : Infinity, left > 0 ? (zero - margin) / left : Infinity];
  const scale = Math.min(...scales);
  return Number.isFinite(scale) ? scale : 1;
}

/** Dot and whisker about a fixed zero line; the dot is full beyond one standard error. */
export function Interval({ change, scale }: { readonly change: Change; readonly scale: number }): VNode {
  const clamp = (x: number): number => Math.min(width - margin, Math.max(margin, x));
  const x = zero + change.value * scale;
  const beyond = x > width - margin || x < margin;
  const from = clamp(zero + (change.value - (change.se ?? 0)) * scale);
  const to = clamp(zero + (change.value + (change.se ?? 0)) * scale);
  const tip = x < margin ? 'M7 4L2 8L7 12Z' : 'M73 4L78 8L73 12Z';
  return (
    <svg class="interval" width={width} height={16} viewBox={`0 0 ${width} 16`} aria-hidden="true">
      <path class="zero" d={`M${zero} 1v14`} />
      {change.se !== null && from < to ? <path class="whisker" d={`M${from.toFixed(1)} 8H${to.toFixed(1)}`} /> : null}
      {beyond ? (
        <path class="dot full" d={tip} />
      ) : (
        <circle class={isClear(change) ? 'dot full' : 'dot'} cx={clamp(x).toFixed(1)} cy={8} r={3} />
      )}
    </svg>
  );
}
