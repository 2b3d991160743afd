import type { AttemptView, Direction } from '../../../src/protocol/panel';
import { isBetter } from '../../shared/format';
import { scoreDomain, sideOf, timeTicks } from './scale';
import type { Domain } from './scale';

export interface Mark {
  readonly attempt: AttemptView;
  readonly x: number;
  readonly publicY: number | null;
  readonly claimY: number | null;
  readonly privateY: number | null;
  /** What stands in the lane under the plot instead. */
  readonly lane: 'failed' | 'running' | 'below' | 'above' | null;
}

const failedStatuses = new Set(['buggy', 'timeout', 'invalid_submission']);
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly lane: number;
  readonly height: number;
  readonly x: (seconds: number) => number;
  readonly y: (score: number) => number;
}

export function frameOf(width: number, domain: Domain, end: number): Frame {
  const narrow = width < 560;
  const height = narrow ? 172 : 212;
  const [left, right, top, bottom] = [48, width - 70, 8, height - 46];
  return {
    left,
    right,
    top,
    bottom,
    lane: height - 31,
    height,
    x: (seconds) => left + (Math.min(seconds, end) / end) * (right - left),
    y: (score) => bottom - ((score - domain.low) / (domain.high - domain.low)) * (bottom - top),
  };
}

export function markOf(attempt: AttemptView, frame: Frame, domain: Domain, elapsed: number): Mark | null {
  const at = attempt.status === 'running' ? elapsed : (attempt.endedAt ?? attempt.startedAt);
  const base = { attempt, x: frame.x(at), publicY: null, claimY: null, privateY: null };
  if (attempt.status === 'running') return { ...base, lane: 'running' };
  if (failedStatuses.has(attempt.status)) return { ...base, lane: 'failed' };
  const main = attempt.public?.score ?? attempt.claim?.value;
  if (main == null) return null;
  const side = sideOf(main, domain);
  if (side !== 'inside') return { ...base, lane: side };
  const place = (value: number | undefined): number | null =>
    value !== undefined && sideOf(value, domain) === 'inside' ? frame.y(value) : null;
  return {
    ...base,
    publicY: place(attempt.public?.score),
    claimY: place(attempt.claim?.value),
    privateY: place(attempt.private?.score),
    lane: null,
  };
}

/** Step line of the best public score so far; it ends at the present. */
export function bestLine(attempts: readonly AttemptView[], direction: Direction): { at: number; score: number }[] {
  const graded = attempts
    .filter((attempt) => attempt.status === 'valid' && attempt.public !== null)
    .sort((a, b) => (a.endedAt ?? a.startedAt) - (b.endedAt ?? b.startedAt));
  const line: { at: number; score: number }[] = [];
  for (const attempt of graded) {
    const score = attempt.public?.score ?? 0;
    const last = line.at(-1);
    if (!last || isBetter(score, last.score, direction)) line.push({ at: attempt.endedAt ?? attempt.startedAt, score });
  }
  return line;
}


export interface ChartLayout {
  readonly domain: Domain | null;
  /** The domain, or one to draw an empty plot by. */
  readonly axis: Domain;
  readonly frame: Frame;
  readonly ticks: readonly number[];
  /** From left to right. */
  readonly marks: readonly Mark[];
  /** SVG path of the best-so-far line up to the present, empty while there is none in range. */
  readonly bestPath: string;
  readonly best: { readonly score: number; readonly y: number } | null;
}

const emptyAxis: Domain = { low: 0, high: 1, step: 0.25, provisional: true };

function bestPathOf(line: readonly { at: number; score: number }[], frame: Frame, axis: Domain, elapsed: number): string {
  const inside = line.filter((point) => sideOf(point.score, axis) === 'inside');
  if (inside.length === 0) return '';
  const steps = inside.map((point, index) => {
    const [x, y] = [frame.x(point.at).toFixed(1), frame.y(point.score).toFixed(1)];
    return index === 0 ? `M${x} ${y}` : `H${x}V${y}`;
  });
  return `${steps.join('')}H${frame.x(elapsed).toFixed(1)}`;
}

/** Everything that the chart draws, in pixels. */
export function layoutChart(attempts: readonly AttemptView[], direction: Direction, elapsed: number, width: number, before: Domain | null): ChartLayout {
  const domain = scoreDomain(attempts, direction, before);
  const axis = domain ?? emptyAxis;
  const ticks = timeTicks(elapsed, width < 560 ? 3 : 6);
  const frame = frameOf(width, axis, ticks.at(-1) ?? 10);
  const line = bestLine(attempts, direction);
  const last = line.at(-1);
  return {
    domain,
    axis,
    frame,
    ticks,
    marks: attempts
      .map((attempt) => markOf(attempt, frame, axis, elapsed))
      .filter((mark): mark is Mark => mark !== null)
      .sort((a, b) => a.x - b.x),
    bestPath: bestPathOf(line, frame, axis, elapsed),
    best: last && sideOf(last.score, axis) === 'inside' ? { score: last.score, y: frame.y(last.score) } : null,
  };
}
