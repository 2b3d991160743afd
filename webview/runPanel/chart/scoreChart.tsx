import type { VNode } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { AttemptView, Direction } from '../../../src/protocol/panel';
import { decimalsFor, formatError, formatScore, formatTime, isBetter, ordinal } from '../../shared/format';
import { useWidth } from '../../shared/useWidth';
import type { Standing } from '../../shared/standing';
import { scoreDomain, scoreTicks, sideOf, tickDecimals, timeTicks } from './scale';
import type { Domain } from './scale';

export interface ScoreChartProps {
  readonly attempts: readonly AttemptView[];
  readonly direction: Direction;
  /** Run time in seconds. */
  readonly elapsed: number;
  readonly best: number | null;
  readonly next: Standing['next'];
  readonly selected: number | null;
  readonly hovered: number | null;
  readonly onHover: (id: number | null) => void;
  readonly onSelect: (id: number) => void;
}

interface Mark {
  readonly attempt: AttemptView;
  readonly x: number;
  readonly publicY: number | null;
  readonly claimY: number | null;
  readonly privateY: number | null;
  /** What stands in the lane under the plot instead. */
  readonly lane: 'failed' | 'running' | 'below' | 'above' | null;
}

const failedStatuses = new Set(['buggy', 'timeout', 'invalid_submission']);
/** From here on whiskers are drawn for the best, the hovered and the selected only. */
const crowded = 60;

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly lane: number;
  readonly height: number;
  readonly x: (seconds: number) => number;
  readonly y: (score: number) => number;
}

function frameOf(width: number, domain: Domain, end: number): Frame {
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

function markOf(attempt: AttemptView, frame: Frame, domain: Domain, elapsed: number): Mark | null {
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

function Whisker(props: { readonly class: string; readonly x: number; readonly value: number; readonly se: number | null | undefined; readonly frame: Frame }): VNode | null {
  const { se, frame } = props;
  if (se == null || se === 0) return null;
  const clip = (y: number): string => Math.min(frame.bottom, Math.max(frame.top, y)).toFixed(1);
  return <path class={props.class} d={`M${props.x.toFixed(1)} ${clip(frame.y(props.value + se))}V${clip(frame.y(props.value - se))}`} />;
}

function LaneMark({ mark, frame }: { readonly mark: Mark; readonly frame: Frame }): VNode {
  const [x, y] = [mark.x, frame.lane];
  switch (mark.lane) {
    case 'failed':
      return <path class="s-failed" d={`M${x - 3} ${y - 3}l6 6m0-6l-6 6`} />;
    case 'running':
      return (
        <g>
          <circle class="s-ring-track" cx={x} cy={y} r={3.5} />
          <path class="s-ring" d={`M${x} ${y - 3.5}a3.5 3.5 0 0 1 0 7`} />
        </g>
      );
    case 'above':
      return <path class="f-public" d={`M${x - 4} ${y + 3}h8l-4-6z`} />;
    default:
      return <path class="f-public" d={`M${x - 4} ${y - 3}h8l-4 6z`} />;
  }
}

function ScoreMark({ mark, big }: { readonly mark: Mark; readonly big: boolean }): VNode {
  const grow = big ? 0.8 : 0;
  return (
    <g>
      {mark.claimY === null ? null : <circle class="s-claim" cx={mark.x - 5} cy={mark.claimY} r={2.8 + grow} />}
      {mark.publicY === null ? null : <circle class="f-public" cx={mark.x} cy={mark.publicY} r={3.2 + grow} />}
      {mark.privateY === null ? null : <path class="f-private" d={`M${mark.x + 6} ${mark.privateY - 4}l4 4l-4 4l-4-4z`} />}
    </g>
  );
}

function spoken(attempt: AttemptView): string {
  const parts = [`#${attempt.id} ${attempt.operator}`];
  if (attempt.status === 'running') parts.push('running');
  else if (attempt.status !== 'valid') parts.push(attempt.error?.type ?? attempt.status.replace('_', ' '));
  if (attempt.claim) parts.push(`claim ${formatScore(attempt.claim.value)} ${formatError(attempt.claim.se)}`);
  if (attempt.public) parts.push(`public ${formatScore(attempt.public.score)} ${formatError(attempt.public.se)}`);
  if (attempt.private) parts.push(`private ${formatScore(attempt.private.score)} ${formatError(attempt.private.se)}`);
  return parts.join(', ');
}

function Tip({ mark, frame, elapsed, decimals }: { readonly mark: Mark; readonly frame: Frame; readonly elapsed: number; readonly decimals: number }): VNode {
  const { attempt } = mark;
  const width = 180;
  const before = mark.x - 14 - width;
  const left = before >= frame.left - 40 ? before : mark.x + 14;
  const row = (name: string, value: number | undefined, se: number | null | undefined): VNode | null =>
    value === undefined ? null : (
      <>
        <span>{name}</span>
        <span class="tip-value">{formatScore(value, decimals)}</span>
        <span>{formatError(se, decimals)}</span>
      </>
    );
  return (
    <div class="tip" style={{ left: `${left}px`, top: '8px', width: `${width}px` }}>
      <strong>
        #{attempt.id} {attempt.operator}
      </strong>
      <span class="tip-time">{formatTime(attempt.status === 'running' ? elapsed : (attempt.endedAt ?? attempt.startedAt))}</span>
      <div class="tip-rows">
        {row('Claim', attempt.claim?.value, attempt.claim?.se)}
        {row('Public', attempt.public?.score, attempt.public?.se)}
        {row('Private', attempt.private?.score, attempt.private?.se)}
      </div>
      {mark.lane === 'failed' ? <span>{attempt.error?.type ?? attempt.status.replace('_', ' ')}</span> : null}
      {mark.lane === 'running' ? <span>{attempt.activity ?? 'running'}</span> : null}
    </div>
  );
}

/** Claim and public score over run time. The attempts table holds the same numbers. */
export function ScoreChart(props: ScoreChartProps): VNode {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder, 700);
  const kept = useRef<Domain | null>(null);
  const [pointer, setPointer] = useState(false);
  const domain = useMemo(() => {
    const next = scoreDomain(props.attempts, props.direction, kept.current);
    kept.current = next;
    return next;
  }, [props.attempts, props.direction]);

  const placeholder: Domain = { low: 0, high: 1, step: 0.25, provisional: true };
  const axis = domain ?? placeholder;
  const ticks = timeTicks(props.elapsed, width < 560 ? 3 : 6);
  const end = ticks.at(-1) ?? 10;
  const frame = frameOf(width, axis, end);
  const marks = props.attempts
    .map((attempt) => markOf(attempt, frame, axis, props.elapsed))
    .filter((mark): mark is Mark => mark !== null)
    .sort((a, b) => a.x - b.x);
  const current = marks.find((mark) => mark.attempt.id === props.hovered);
  const decimals = decimalsFor([axis.low, axis.high]);
  const axisDecimals = tickDecimals(axis.step);
  const line = bestLine(props.attempts, props.direction);
  const bestScore = line.at(-1)?.score;
  const inside = line.filter((point) => sideOf(point.score, axis) === 'inside');
  const path = inside
    .map((point, index) => `${index === 0 ? 'M' : 'H'}${frame.x(point.at).toFixed(1)}${index === 0 ? ' ' : 'V'}${frame.y(point.score).toFixed(1)}`)
    .join('');
  const next = props.next && domain && !domain.provisional ? props.next : null;
  const nextInside = next !== null && sideOf(next.score, axis) === 'inside';
  const bestY = bestScore !== undefined && sideOf(bestScore, axis) === 'inside' ? frame.y(bestScore) : null;
  let nextY = next ? (nextInside ? frame.y(next.score) : props.direction === 'maximize' ? frame.top : frame.bottom) : 0;
  const nextLineY = nextY;
  if (bestY !== null && Math.abs(nextY - bestY) < 15) nextY = props.direction === 'maximize' ? bestY - 15 : bestY + 15;
  const offScale = marks.filter((mark) => mark.lane === 'below' || mark.lane === 'above');

  const nearest = (clientX: number, box: DOMRect): Mark | undefined => {
    const x = clientX - box.left;
    return marks.reduce<Mark | undefined>((near, mark) => (!near || Math.abs(mark.x - x) < Math.abs(near.x - x) ? mark : near), undefined);
  };
  const step = (by: number): void => {
    const from = marks.findIndex((mark) => mark.attempt.id === (props.hovered ?? props.selected));
    const mark = marks[from < 0 ? marks.length - 1 : Math.min(marks.length - 1, Math.max(0, from + by))];
    if (mark) props.onHover(mark.attempt.id);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowRight') step(1);
    else if (event.key === 'ArrowLeft') step(-1);
    else if (event.key === 'Home') step(-marks.length);
    else if (event.key === 'End') step(marks.length);
    else if (event.key === 'Escape') props.onHover(null);
    else if ((event.key === 'Enter' || event.key === ' ') && props.hovered !== null) props.onSelect(props.hovered);
    else return;
    event.preventDefault();
  };
  const whiskers = (mark: Mark): boolean =>
    marks.length <= crowded || [props.best, props.hovered, props.selected].includes(mark.attempt.id);

  return (
    <div ref={holder} class="chart">
      <svg
        width={width}
        height={frame.height}
        viewBox={`0 0 ${width} ${frame.height}`}
        role="listbox"
        aria-orientation="horizontal"
        aria-label="Claim and public score over time; the attempts table holds the same numbers"
        aria-activedescendant={current ? `mark-${current.attempt.id}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => {
          if (!pointer) props.onHover(null);
        }}
        onMouseMove={(event) => {
          setPointer(true);
          const mark = nearest(event.clientX, event.currentTarget.getBoundingClientRect());
          if (mark) props.onHover(mark.attempt.id);
        }}
        onMouseLeave={() => {
          setPointer(false);
          props.onHover(null);
        }}
        onClick={(event) => {
          const mark = nearest(event.clientX, event.currentTarget.getBoundingClientRect());
          if (mark) props.onSelect(mark.attempt.id);
        }}
      >
        <g aria-hidden="true">
          {scoreTicks(axis).map((tick) => (
            <g key={tick}>
              <line class="s-grid" x1={frame.left} x2={frame.right} y1={frame.y(tick)} y2={frame.y(tick)} />
              {domain ? (
                <text x={frame.left - 8} y={frame.y(tick) + 4} text-anchor="end">
                  {formatScore(tick, axisDecimals)}
                </text>
              ) : null}
            </g>
          ))}
          {ticks.map((tick) => (
            <text key={tick} x={frame.x(tick)} y={frame.height - 4} text-anchor="middle">
              {formatTime(tick)}
            </text>
          ))}
          <line class="s-axis" x1={frame.left} x2={frame.right} y1={frame.height - 21.5} y2={frame.height - 21.5} />
          {next ? (
            <>
              {nextInside ? <line class="s-axis dashed" x1={frame.left} x2={frame.right} y1={nextLineY} y2={nextLineY} /> : null}
              <text x={frame.right + 6} y={nextY + 4}>
                {ordinal(next.place)} {formatScore(next.score, decimals)}
              </text>
            </>
          ) : null}
          {offScale[0] ? (
            <text x={frame.left - 8} y={frame.lane + 4} text-anchor="end">
              {offScale.length === 1
                ? formatScore(offScale[0].attempt.public?.score ?? offScale[0].attempt.claim?.value, decimals)
                : 'off scale'}
            </text>
          ) : null}
          {current ? <line class="s-axis" x1={current.x} x2={current.x} y1={frame.top} y2={frame.height - 22} /> : null}
          {marks.filter(whiskers).map((mark) => {
            const { claim, public: score, private: hidden } = mark.attempt;
            return (
              <g key={`w${mark.attempt.id}`}>
                {mark.publicY !== null && score ? <Whisker class="w-public" x={mark.x} value={score.score} se={score.se} frame={frame} /> : null}
                {mark.claimY !== null && claim ? <Whisker class="w-claim" x={mark.x - 5} value={claim.value} se={claim.se} frame={frame} /> : null}
                {mark.privateY !== null && hidden ? <Whisker class="w-private" x={mark.x + 6} value={hidden.score} se={hidden.se} frame={frame} /> : null}
              </g>
            );
          })}
          {path ? <path class="s-best" d={`${path}H${frame.x(props.elapsed).toFixed(1)}`} /> : null}
          {bestY !== null ? (
            <text class="strong" x={frame.right + 6} y={bestY + 4}>
              {formatScore(bestScore, decimals)}
            </text>
          ) : null}
        </g>
        {marks.map((mark) => (
          <g
            key={mark.attempt.id}
            id={`mark-${mark.attempt.id}`}
            role="option"
            aria-label={spoken(mark.attempt)}
            aria-selected={mark.attempt.id === props.selected}
          >
            {mark.lane === null ? (
              <ScoreMark mark={mark} big={mark.attempt.id === props.hovered || mark.attempt.id === props.selected} />
            ) : (
              <LaneMark mark={mark} frame={frame} />
            )}
          </g>
        ))}
      </svg>
      {current ? <Tip mark={current} frame={frame} elapsed={props.elapsed} decimals={decimals} /> : null}
    </div>
  );
}

/** Swatches that name the marks. */
export function ChartKey({ withPrivate }: { readonly withPrivate: boolean }): VNode {
  return (
    <span class="key" aria-hidden="true">
      <span>
        <svg width="10" height="12">
          <path class="w-claim" d="M5 0v12" />
          <circle class="s-claim" cx="5" cy="6" r="2.8" />
        </svg>
        Claim ± SE
      </span>
      <span>
        <svg width="10" height="12">
          <path class="w-public" d="M5 0v12" />
          <circle class="f-public" cx="5" cy="6" r="3.2" />
        </svg>
        Public ± SE
      </span>
      {withPrivate ? (
        <span>
          <svg width="10" height="12">
            <path class="f-private" d="M5 2l4 4l-4 4l-4-4z" />
          </svg>
          Private
        </span>
      ) : null}
      <span class="wide-only">
        <svg width="16" height="12">
          <path class="s-best" d="M0 6h16" />
        </svg>
        Best so far
      </span>
      <span class="wide-only">
        <svg width="10" height="12">
          <path class="s-failed" d="m2 3 6 6m0-6-6 6" />
        </svg>
        Failed
      </span>
    </span>
  );
}
