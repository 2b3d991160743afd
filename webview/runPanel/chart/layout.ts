import { bisector } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import type { ScaleLinear } from 'd3-scale';
import { curveStepAfter, line } from 'd3-shape';
import type { AttemptView, Direction } from '../../../src/protocol/panel';
import { isBetter } from '../../shared/format';
import { scoreDomain, scoreIntervals, sideOf, timeTicks } from './scale';
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
  /** Run time in seconds → pixels; later than the axis is its end. */
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
}

/** Narrower than this the chart is lower and its time axis has fewer ticks. */
const roomy = 560;

export function frameOf(width: number, domain: Domain, end: number): Frame {
  const height = width < roomy ? 172 : 212;
  const [left, right, top, bottom] = [48, Math.max(60, width - 70), 8, height - 46];
  return {
    left,
    right,
    top,
    bottom,
    lane: height - 31,
    height,
    x: scaleLinear([0, end], [left, right]).clamp(true),
    y: scaleLinear([domain.low, domain.high], [bottom, top]),
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

export interface BestPoint {
  readonly at: number;
  readonly score: number;
}

/** The moments at which the best public score so far was reached. */
export function bestLine(attempts: readonly AttemptView[], direction: Direction): BestPoint[] {
  const graded = attempts
    .filter((attempt) => attempt.status === 'valid' && attempt.public !== null)
    .sort((a, b) => (a.endedAt ?? a.startedAt) - (b.endedAt ?? b.startedAt));
  const points: BestPoint[] = [];
  for (const attempt of graded) {
    const score = attempt.public?.score ?? 0;
    const last = points.at(-1);
    if (!last || isBetter(score, last.score, direction)) points.push({ at: attempt.endedAt ?? attempt.startedAt, score });
  }
  return points;
}

/** Everything that the chart draws, in pixels, but for what moves with the clock. */
export interface ChartLayout {
  readonly domain: Domain | null;
  /** The domain, or one to draw an empty plot by. */
  readonly axis: Domain;
  readonly frame: Frame;
  readonly ticks: readonly number[];
  /** Names a tick of the score axis. */
  readonly tickText: (score: number) => string;
  /** From left to right. */
  readonly marks: readonly Mark[];
  readonly bestPoints: readonly BestPoint[];
  readonly best: { readonly score: number; readonly y: number } | null;
}

const emptyAxis: Domain = { low: 0, high: 1, provisional: true };

/** The last tick of the time axis; the layout changes only with it, not with each second. */
export function timeEnd(elapsed: number, width: number): number {
  return timeTicks(elapsed, intervals(width)).at(-1) ?? 10;
}

const intervals = (width: number): number => (width < roomy ? 3 : 6);

/**
 * @param settled the attempts that have ended
 * @param end     the last tick of the time axis, from `timeEnd`
 */
export function layoutChart(settled: readonly AttemptView[], direction: Direction, end: number, width: number, before: Domain | null): ChartLayout {
  const domain = scoreDomain(settled, direction, before);
  const axis = domain ?? emptyAxis;
  const frame = frameOf(width, axis, end);
  const bestPoints = bestLine(settled, direction);
  const last = bestPoints.at(-1);
  return {
    domain,
    axis,
    frame,
    ticks: timeTicks(end, intervals(width)),
    tickText: frame.y.tickFormat(scoreIntervals, 'f'),
    marks: settled
      .map((attempt) => markOf(attempt, frame, axis, end))
      .filter((mark): mark is Mark => mark !== null)
      .sort((a, b) => a.x - b.x),
    bestPoints,
    best: last && sideOf(last.score, axis) === 'inside' ? { score: last.score, y: frame.y(last.score) } : null,
  };
}

/** Step line of the best public score so far up to the present; empty while there is none in range. */
export function bestPath({ bestPoints, axis, frame }: ChartLayout, elapsed: number): string {
  const inside = bestPoints.filter((point) => sideOf(point.score, axis) === 'inside');
  const last = inside.at(-1);
  if (!last) return '';
  const draw = line<BestPoint>((point) => frame.x(point.at), (point) => frame.y(point.score)).curve(curveStepAfter).digits(1);
  return draw([...inside, { at: Math.max(elapsed, last.at), score: last.score }]) ?? '';
}

const byX = bisector<Mark, number>((mark) => mark.x);

/** @param marks from left to right */
export function nearestMark(marks: readonly Mark[], x: number): Mark | undefined {
  return marks[byX.center(marks, x)];
}
