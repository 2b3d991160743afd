import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { AttemptView, Direction } from '../../../src/protocol/panel';
import { Icon, ProgressRing } from '../../components/basics';
import { decimalsFor, formatChange, formatError, formatScore, formatTime } from '../../shared/format';
import { operatorIcon } from '../../shared/operators';
import { isClear, statusWords } from '../../shared/standing';
import type { ScoreNames } from '../../shared/scoreNames';
import type { Attempts } from '../settled';
import { Interval, intervalScale } from './interval';
import { newestFirst, nextSorting, orderAttempts } from './order';
import type { SortKey, Sorting } from './order';

interface Column {
  readonly key: SortKey;
  readonly name: string;
  readonly class: string;
  readonly title?: string;
}

const everyColumn: readonly Column[] = [
  { key: 'id', name: '#', class: 'c-id num' },
  { key: 'operator', name: 'Operator', class: 'c-op' },
  { key: 'plan', name: 'Plan', class: 'c-plan' },
  { key: 'status', name: 'Status', class: 'c-status' },
  { key: 'claim', name: 'Claim ± SE', class: 'c-claim num', title: "The attempt's own validation score" },
  { key: 'public', name: 'Public', class: 'c-public num' },
  { key: 'change', name: 'vs parent', class: 'c-change num', title: 'Change against the best parent; + is better' },
  { key: 'seconds', name: 'Time', class: 'c-time num' },
  { key: 'usd', name: '$', class: 'c-usd num', title: "What the model's answers for the attempt cost, in US dollars" },
];
const freeColumns = everyColumn.filter((column) => column.key !== 'usd');
/** What an own evaluation says is no score on a public part of anything. */
const columnsOf = (costs: boolean, { told, title }: ScoreNames): readonly Column[] =>
  (costs ? everyColumn : freeColumns).map((column) => (column.key === 'public' ? { ...column, name: told, title } : column));

export const rowHeight = 24;
/** From here on only the rows in sight are made. */
const virtualFrom = 120;

export interface AttemptsGridProps extends Attempts {
  readonly direction: Direction;
  readonly best: number | null;
  readonly selected: number | null;
  readonly hovered: number | null;
  readonly sorting: Sorting;
  /** Height of the row area in pixels. */
  readonly height: number;
  readonly empty: string;
  /** A model plays, whose answers cost money. */
  readonly costs?: boolean;
  /** A few words beside an attempt's plan: what Kaggle says of it. */
  readonly badges?: ReadonlyMap<number, string>;
  readonly names: ScoreNames;
  /** Seconds so far of a running attempt. */
  readonly secondsOf: (attempt: AttemptView) => number;
  readonly onSort: (sorting: Sorting) => void;
  readonly onSelect: (id: number) => void;
  readonly onHover: (id: number | null) => void;
  readonly onOpen: (id: number) => void;
}

function StatusCell({ attempt, best }: { readonly attempt: AttemptView; readonly best: number | null }): VNode {
  const words = statusWords(attempt, best);
  const mark = {
    running: <ProgressRing />,
    best: <Icon name="star-full" class="star" />,
    tie: (
      <span class="about-equal" aria-hidden="true">
        ≈
      </span>
    ),
    failed: <Icon name="error" class="failed-mark" />,
    quiet: null,
  }[words.kind];
  return (
    <span class={`status ${words.kind}`} title={attempt.error?.message ?? words.text}>
      {mark}
      <span class="cut">{words.text}</span>
    </span>
  );
}

function Cells(props: {
  readonly attempt: AttemptView;
  readonly best: number | null;
  readonly decimals: number;
  readonly scale: number;
  readonly costs: boolean;
  readonly badge: string | undefined;
  readonly seconds: number;
}): VNode {
  const { attempt, decimals } = props;
  const change = attempt.change;
  const gain = change && isClear(change) && change.value > 0 ? ' gain' : '';
  const cell = (column: number, children: VNode | string | null, extra = ''): VNode => (
    <div role="gridcell" class={`cell ${everyColumn[column]?.class ?? ''}${extra}`}>
      {children}
    </div>
  );
  const noScore = attempt.public === null;
  return (
    <>
      {cell(0, String(attempt.id))}
      {cell(
        1,
        <>
          <Icon name={operatorIcon(attempt.operator)} />
          <span class="word">{attempt.operator}</span>
        </>,
      )}
      {cell(
        2,
        <>
          <span class="cut" title={attempt.plan}>{attempt.plan}</span>
          {props.badge === undefined ? null : (
            <span class="plan-badge" title={props.badge}>
              <Icon name="cloud-upload" />
              <span class="words">{props.badge}</span>
            </span>
          )}
        </>,
      )}
      {cell(3, <StatusCell attempt={attempt} best={props.best} />)}
      {cell(
        4,
        attempt.claim ? (
          <>
            {formatScore(attempt.claim.value, decimals)}
            <span class="pm">{formatError(attempt.claim.se, decimals)}</span>
          </>
        ) : null,
      )}
      {cell(
        5,
        noScore ? (
          <span class="narrow-only">
            <StatusCell attempt={attempt} best={props.best} />
          </span>
        ) : (
          formatScore(attempt.public?.score, decimals)
        ),
        noScore && !change ? ' spills' : '',
      )}
      {cell(
        6,
        change ? (
          <>
            <Interval change={change} scale={props.scale} />
            <span class="change-number">{formatChange(change.value, decimals)}</span>
          </>
        ) : null,
        `${gain}${noScore && !change ? ' given-up' : ''}`,
      )}
      {cell(7, formatTime(props.seconds))}
      {props.costs ? cell(8, attempt.usd === undefined ? null : attempt.usd === null ? 'unknown' : attempt.usd.toFixed(2)) : null}
    </>
  );
}

function isHidden(button: HTMLElement): boolean {
  const cell = button.parentElement;
  return getComputedStyle(button).display === 'none' || (cell !== null && getComputedStyle(cell).display === 'none');
}

function describe(attempt: AttemptView, best: number | null): string {
  return `#${attempt.id} ${attempt.operator}, ${statusWords(attempt, best).text}`;
}

/** The attempts as a grid: one tab stop, arrows move and select, Enter opens the detail, `#12` jumps. */
export function AttemptsGrid(props: AttemptsGridProps): VNode {
  const { costs = false, names } = props;
  const columns = useMemo(() => columnsOf(costs, names), [costs, names]);
  const sorted = useMemo(() => orderAttempts(props.settled, props.sorting), [props.settled, props.sorting]);
  const rows = useMemo(() => [...newestFirst(props.running), ...sorted], [props.running, sorted]);
  const decimals = useMemo(
    () => decimalsFor(props.settled.flatMap((attempt) => (attempt.operator === 'baseline' ? [] : [attempt.public?.score, attempt.claim?.value]))),
    [props.settled],
  );
  const scale = useMemo(() => intervalScale(props.settled.flatMap((attempt) => attempt.change ?? [])), [props.settled]);
  const body = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState(0);
  /** Column of the header cell that holds the tab stop, or null while a row does. */
  const [head, setHead] = useState<number | null>(null);
  /** Set by the keyboard: focus follows once the row is there. */
  const focusNext = useRef<number | 'head' | null>(null);
  const jump = useRef<string | null>(null);

  const selectedIndex = rows.findIndex((attempt) => attempt.id === props.selected);
  const stop = selectedIndex < 0 ? 0 : selectedIndex;
  const virtual = rows.length >= virtualFrom;
  const first = virtual ? Math.max(0, Math.floor(scroll / rowHeight) - 8) : 0;
  const last = virtual ? Math.min(rows.length, Math.ceil((scroll + props.height) / rowHeight) + 8) : rows.length;
  const visible = rows.slice(first, last);

  const reveal = (index: number): void => {
    const box = body.current;
    if (!box) return;
    const top = index * rowHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + rowHeight > box.scrollTop + props.height) box.scrollTop = top + rowHeight - props.height;
    setScroll(box.scrollTop);
  };

  const go = (index: number): void => {
    const attempt = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (!attempt) return;
    setHead(null);
    focusNext.current = attempt.id;
    reveal(rows.indexOf(attempt));
    props.onSelect(attempt.id);
    if (attempt.id === props.selected) setScroll((old) => old);
  };

  const grid = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const target = focusNext.current;
    if (target === null) return;
    const selector = target === 'head' ? '[role=columnheader] button[tabindex="0"]' : `[data-attempt="${target}"]`;
    const node = grid.current?.querySelector<HTMLElement>(selector);
    if (!node) return;
    focusNext.current = null;
    node.focus({ preventScroll: true });
  });

  useEffect(() => {
    if (selectedIndex >= 0) reveal(selectedIndex);
    // Only a new selection scrolls; new rows never do.
  }, [props.selected]);

  const onRowKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(props.height / rowHeight) - 1);
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === '#') jump.current = '';
    else if (/^\d$/.test(event.key) && jump.current !== null) {
      jump.current += event.key;
      const index = rows.findIndex((attempt) => attempt.id === Number(jump.current));
      if (index >= 0) go(index);
    } else {
      jump.current = null;
      if (event.key === 'ArrowDown') go(stop + 1);
      else if (event.key === 'ArrowUp' && stop > 0) go(stop - 1);
      else if (event.key === 'ArrowUp') {
        focusNext.current = 'head';
        setHead(Math.max(0, columns.findIndex((column) => column.key === props.sorting.key)));
      } else if (event.key === 'Home') go(0);
      else if (event.key === 'End') go(rows.length - 1);
      else if (event.key === 'PageDown') go(stop + page);
      else if (event.key === 'PageUp') go(stop - page);
      else if (event.key === 'Enter') {
        const attempt = rows[stop];
        if (attempt) props.onOpen(attempt.id);
      } else return;
    }
    event.preventDefault();
  };

  const onHeadKey = (event: KeyboardEvent, column: number): void => {
    const buttons = [...(grid.current?.querySelectorAll<HTMLElement>('button.sort') ?? [])];
    const move = (from: number, by: 1 | -1): void => {
      event.preventDefault();
      // Columns that a narrow panel hides are stepped over.
      let to = from;
      for (let button = buttons[to]; button && isHidden(button); button = buttons[to]) to += by;
      if (!buttons[to]) return;
      focusNext.current = 'head';
      setHead(to);
    };
    if (event.key === 'ArrowRight') move(column + 1, 1);
    else if (event.key === 'ArrowLeft') move(column - 1, -1);
    else if (event.key === 'Home') move(0, 1);
    else if (event.key === 'End') move(columns.length - 1, -1);
    else if (event.key === 'ArrowDown' && rows.length > 0) {
      event.preventDefault();
      go(stop);
    }
  };

  const headStop = rows.length === 0 ? (head ?? 0) : head;
  return (
    <div ref={grid} class={`grid attempts-grid${props.costs ? ' with-cost' : ''}`} role="grid" aria-label="Attempts" aria-rowcount={rows.length + 1} aria-colcount={columns.length}>
      <div role="rowgroup">
        <div role="row" class="grid-row grid-head" aria-rowindex={1}>
          {columns.map((column, index) => {
            const sorted = props.sorting.key === column.key;
            const arrow = props.sorting.descending ? 'arrow-down' : 'arrow-up';
            return (
              <div
                key={column.key}
                role="columnheader"
                class={`cell ${column.class}${sorted ? ' sorted' : ''}`}
                aria-sort={sorted ? (props.sorting.descending ? 'descending' : 'ascending') : 'none'}
              >
                <button
                  type="button"
                  class="sort"
                  tabIndex={headStop === index ? 0 : -1}
                  title={column.title ?? `Sort by ${column.name}`}
                  onClick={() => props.onSort(nextSorting(props.sorting, column.key, props.direction))}
                  onKeyDown={(event) => onHeadKey(event, index)}
                >
                  {sorted ? <Icon name={arrow} class="arrow" /> : null}
                  {column.name}
                </button>
              </div>
            );
          })}
        </div>
      </div>
      <div
        ref={body}
        role="rowgroup"
        class="grid-body"
        style={{ maxHeight: `${props.height}px` }}
        onScroll={(event) => {
          if (virtual) setScroll(event.currentTarget.scrollTop);
        }}
        onMouseLeave={() => props.onHover(null)}
      >
        {rows.length === 0 ? (
          <div role="row" class="grid-empty">
            <div role="gridcell">{props.empty}</div>
          </div>
        ) : null}
        {first > 0 ? <div class="spacer" style={{ height: `${first * rowHeight}px` }} /> : null}
        {visible.map((attempt, offset) => {
          const index = first + offset;
          const states = [
            attempt.id === props.selected ? ' selected' : '',
            attempt.id === props.hovered ? ' hovered' : '',
            attempt.status === 'running' && rows[index + 1]?.status !== 'running' ? ' pinned' : '',
          ].join('');
          return (
            <div
              key={attempt.id}
              role="row"
              class={`grid-row${states}`}
              data-attempt={attempt.id}
              aria-rowindex={index + 2}
              aria-selected={attempt.id === props.selected}
              aria-label={describe(attempt, props.best)}
              tabIndex={headStop === null && index === stop ? 0 : -1}
              onClick={() => go(index)}
              onDblClick={() => props.onOpen(attempt.id)}
              onMouseEnter={() => props.onHover(attempt.id)}
              onKeyDown={onRowKey}
            >
              <Cells attempt={attempt} best={props.best} decimals={decimals} scale={scale} seconds={props.secondsOf(attempt)} costs={props.costs ?? false} badge={props.badges?.get(attempt.id)} />
            </div>
          );
        })}
        {last < rows.length ? <div class="spacer" style={{ height: `${(rows.length - last) * rowHeight}px` }} /> : null}
      </div>
    </div>
  );
}
