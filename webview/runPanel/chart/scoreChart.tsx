import type { VNode } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { AttemptView, Direction } from '../../../src/protocol/panel';
import { decimalsFor, formatError, formatScore, formatTime, ordinal } from '../../shared/format';
import { useWidth } from '../../shared/useWidth';
import type { Standing } from '../../shared/standing';
import type { ScoreNames } from '../../shared/scoreNames';
import { markPaths, whiskerPaths } from './glyphs';
import { bestPath, layoutChart, markOf, nearestMark, timeEnd } from './layout';
import type { ChartLayout, Frame, Mark } from './layout';
import { scoreTicks, sideOf } from './scale';
import type { Domain } from './scale';
import type { Attempts } from '../settled';

/** From here on whiskers are drawn for the best, the hovered and the selected only. */
const crowded = 60;

export interface ScoreChartProps extends Attempts {
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

/** An attempt under way, at the present. */
function RunningMark({ mark, frame }: { readonly mark: Mark; readonly frame: Frame }): VNode {
  const [x, y] = [mark.x, frame.lane];
  return (
    <g>
      <circle class="s-ring-track" cx={x} cy={y} r={3.5} />
      <path class="s-ring" d={`M${x} ${y - 3.5}a3.5 3.5 0 0 1 0 7`} />
    </g>
  );
}

function Marks({ marks, frame, grow }: { readonly marks: readonly Mark[]; readonly frame: Frame; readonly grow?: number }): VNode {
  const paths = useMemo(() => markPaths(marks, frame, grow), [marks, frame, grow]);
  return (
    <>
      <path class="s-failed" d={paths.failed} />
      <path class="s-claim" d={paths.claim} />
      <path class="f-public" d={paths.public} />
      <path class="f-private" d={paths.private} />
    </>
  );
}

function Whiskers({ marks, frame }: { readonly marks: readonly Mark[]; readonly frame: Frame }): VNode {
  const paths = useMemo(() => whiskerPaths(marks, frame), [marks, frame]);
  return (
    <>
      <path class="w-public" d={paths.public} />
      <path class="w-claim" d={paths.claim} />
      <path class="w-private" d={paths.private} />
    </>
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

/** Grid, labels, the next board entry and the best line: everything behind the marks. */
function Backdrop(props: { readonly layout: ChartLayout; readonly chart: ScoreChartProps; readonly current: Mark | undefined; readonly decimals: number }): VNode {
  const { layout, chart, decimals } = props;
  const { axis, frame, domain, best } = layout;
  const path = bestPath(layout, chart.elapsed);
  const offScale = layout.marks.filter((mark) => mark.lane === 'below' || mark.lane === 'above');
  const [lone] = offScale;
  return (
    <>
      {scoreTicks(axis).map((tick) => (
        <g key={tick}>
          <line class="s-grid" x1={frame.left} x2={frame.right} y1={frame.y(tick)} y2={frame.y(tick)} />
          {domain ? (
            <text x={frame.left - 8} y={frame.y(tick) + 4} text-anchor="end">
              {layout.tickText(tick)}
            </text>
          ) : null}
        </g>
      ))}
      {layout.ticks.map((tick) => (
        <text key={tick} x={frame.x(tick)} y={frame.height - 4} text-anchor="middle">
          {formatTime(tick)}
        </text>
      ))}
      <line class="s-axis" x1={frame.left} x2={frame.right} y1={frame.height - 21.5} y2={frame.height - 21.5} />
      {chart.next && domain && !domain.provisional ? <NextEntry next={chart.next} layout={layout} direction={chart.direction} decimals={decimals} /> : null}
      {lone ? (
        <text x={frame.left - 8} y={frame.lane + 4} text-anchor="end">
          {offScale.length === 1 ? formatScore(lone.attempt.public?.score ?? lone.attempt.claim?.value, decimals) : 'off scale'}
        </text>
      ) : null}
      {props.current ? <line class="s-axis" x1={props.current.x} x2={props.current.x} y1={frame.top} y2={frame.height - 22} /> : null}
      {path ? <path class="s-best" d={path} /> : null}
      {best ? (
        <text class="strong" x={frame.right + 6} y={best.y + 4}>
          {formatScore(best.score, decimals)}
        </text>
      ) : null}
    </>
  );
}

/** Dashed line of the next better board entry; only its label, at the edge, where it is off the scale. */
function NextEntry(props: { readonly next: NonNullable<Standing['next']>; readonly layout: ChartLayout; readonly direction: Direction; readonly decimals: number }): VNode {
  const { next, layout, direction } = props;
  const { frame, best } = layout;
  const up = direction === 'maximize';
  const inside = sideOf(next.score, layout.axis) === 'inside';
  const lineY = inside ? frame.y(next.score) : up ? frame.top : frame.bottom;
  const labelY = best && Math.abs(lineY - best.y) < 15 ? best.y + (up ? -15 : 15) : lineY;
  return (
    <>
      {inside ? <line class="s-axis dashed" x1={frame.left} x2={frame.right} y1={lineY} y2={lineY} /> : null}
      <text x={frame.right + 6} y={labelY + 4}>
        {ordinal(next.place)} {formatScore(next.score, props.decimals)}
      </text>
    </>
  );
}

/** The given marks that lie still, each once. */
function placed(...marks: (Mark | undefined)[]): Mark[] {
  return [...new Set(marks)].filter((mark) => mark !== undefined).filter((mark) => mark.lane !== 'running');
}

/** Claim and public score over run time. The attempts table holds the same numbers. */
export function ScoreChart(props: ScoreChartProps): VNode {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder, 700);
  const kept = useRef<Domain | null>(null);
  const [pointer, setPointer] = useState(false);
  const end = timeEnd(props.elapsed, width);
  const layout = useMemo(() => {
    const next = layoutChart(props.settled, props.direction, end, width, kept.current);
    kept.current = next.domain;
    return next;
  }, [props.settled, props.direction, end, width]);
  const { frame } = layout;
  const running = props.running.flatMap((attempt) => markOf(attempt, frame, layout.axis, props.elapsed) ?? []);
  const marks = running.length > 0 ? [...layout.marks, ...running] : layout.marks;
  const find = (id: number | null): Mark | undefined => (id === null ? undefined : marks.find((mark) => mark.attempt.id === id));
  const current = find(props.hovered);
  const chosen = find(props.selected);
  const option = current ?? chosen;
  const decimals = decimalsFor([layout.axis.low, layout.axis.high]);

  const under = (event: MouseEvent & { readonly currentTarget: Element }): Mark | undefined =>
    nearestMark(marks, event.clientX - event.currentTarget.getBoundingClientRect().left);
  const step = (by: number): void => {
    const from = marks.findIndex((mark) => mark.attempt.id === (props.hovered ?? props.selected));
    const mark = marks[from < 0 ? marks.length - 1 : Math.min(marks.length - 1, Math.max(0, from + by))];
    if (mark) props.onHover(mark.attempt.id);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, Home: -marks.length, End: marks.length };
    const move = moves[event.key];
    if (move !== undefined) step(move);
    else if (event.key === 'Escape') props.onHover(null);
    else if ((event.key === 'Enter' || event.key === ' ') && props.hovered !== null) props.onSelect(props.hovered);
    else return;
    event.preventDefault();
  };
  const best = find(props.best);
  const pointed = useMemo(() => placed(current, chosen), [current, chosen]);
  const whiskered = useMemo(
    () => (layout.marks.length <= crowded ? layout.marks : placed(best, current, chosen)),
    [layout.marks, best, current, chosen],
  );

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
          const mark = under(event);
          if (mark) props.onHover(mark.attempt.id);
        }}
        onMouseLeave={() => {
          setPointer(false);
          props.onHover(null);
        }}
        onClick={(event) => {
          const mark = under(event);
          if (mark) props.onSelect(mark.attempt.id);
        }}
      >
        <g aria-hidden="true">
          <Backdrop layout={layout} chart={props} current={current} decimals={decimals} />
          <Whiskers marks={whiskered} frame={frame} />
          <Marks marks={layout.marks} frame={frame} />
          <Marks marks={pointed} frame={frame} grow={0.8} />
          {running.map((mark) => (
            <RunningMark key={mark.attempt.id} mark={mark} frame={frame} />
          ))}
        </g>
        {option ? (
          <g
            id={`mark-${option.attempt.id}`}
            role="option"
            aria-label={spoken(option.attempt)}
            aria-selected={option.attempt.id === props.selected}
            aria-posinset={marks.indexOf(option) + 1}
            aria-setsize={marks.length}
          />
        ) : null}
      </svg>
      {current ? <Tip mark={current} frame={frame} elapsed={props.elapsed} decimals={decimals} /> : null}
    </div>
  );
}

/** Swatches that name the marks. */
export function ChartKey({ withPrivate, names }: { readonly withPrivate: boolean; readonly names: ScoreNames }): VNode {
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
        {names.told === 'Public' ? 'Public ± SE' : names.told}
      </span>
      {withPrivate ? (
        <span>
          <svg width="10" height="12">
            <path class="f-private" d="M5 2l4 4l-4 4l-4-4z" />
          </svg>
          {names.kept}
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
