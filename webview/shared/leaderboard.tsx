import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { boardOver } from '../../src/protocol/panel';
import type { BoardEntry, Direction } from '../../src/protocol/panel';
import { ActionLink } from '../components/basics';
import { SectionHead } from '../components/parts';
import { decimalsFor, formatScore } from './format';
import { boardRows, shownRows } from './standing';

/** The board by its public scores, with the own entry in its place. */
export function Leaderboard(props: {
  readonly board: readonly BoardEntry[];
  readonly direction: Direction;
  readonly own: { readonly name: string; readonly score: number } | null;
  readonly note: string;
  readonly folded?: boolean;
  readonly onFold?: () => void;
  /** Without column heads, for a narrow column. */
  readonly bare?: boolean;
}): VNode | null {
  const [all, setAll] = useState(false);
  if (props.board.length === 0) return null;
  const rows = boardRows(boardOver(props.board, 'public'), props.direction, props.own);
  const shown = all ? rows : shownRows(rows);
  const decimals = decimalsFor(rows.map((row) => row.score));
  const hidden = rows.length - shown.length;
  return (
    <section class="pane leaderboard" aria-label="Leaderboard" data-region tabIndex={-1}>
      <SectionHead title="Leaderboard" {...(props.onFold ? { folded: props.folded ?? false, onFold: props.onFold } : {})}>
        <span class="muted small">{props.note}</span>
      </SectionHead>
      {props.folded ? null : (
        <table class={props.bare ? 'board bare' : 'board'}>
          <colgroup>
            <col class="place" />
            <col />
            <col class="score" />
          </colgroup>
          <thead class={props.bare ? 'spoken' : ''}>
            <tr>
              <th class="num">Place</th>
              <th>Entry</th>
              <th class="num">Public</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={`${row.place} ${row.name}`} class={row.own ? 'own' : ''} {...(row.own ? { 'aria-current': 'true' as const } : {})}>
                <td class="num">{row.place}</td>
                <td class="cut" title={row.name}>
                  {row.name}
                </td>
                <td class="num">{formatScore(row.score, decimals)}</td>
              </tr>
            ))}
          </tbody>
          {hidden > 0 || all ? (
            <tfoot>
              <tr>
                <td />
                <td colSpan={2}>
                  <ActionLink onPress={() => setAll(!all)}>{all ? 'Fewer' : `${hidden} more`}</ActionLink>
                </td>
              </tr>
            </tfoot>
          ) : null}
        </table>
      )}
    </section>
  );
}
