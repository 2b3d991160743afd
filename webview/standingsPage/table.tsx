import { Fragment } from 'preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { StandingsPlayer, StandingsRun, StandingsSection } from '../../src/protocol/standings';
import { ActionLink, Icon } from '../components/basics';
import { counted, decimalsFor, formatError, formatScore, formatShare, ordinal } from '../shared/format';
import { axisOf, IntervalPlot, valuesOf } from './intervals';
import { nextSorting, orderPlayers, type SortKey, type Sorting } from './order';

interface Column {
  readonly key: SortKey | null;
  readonly name: string;
  readonly class: string;
  readonly title?: string;
}

export const isolationWords = { container: 'container', bubblewrap: 'bubblewrap', none: 'not isolated' } as const;

/** `0–4`, `0, 3, 7`. */
export function seedWords(seeds: readonly number[]): string {
  const [first] = seeds;
  const last = seeds.at(-1);
  if (first === undefined || last === undefined) return '';
  return seeds.length > 2 && last - first === seeds.length - 1 ? `${first}–${last}` : seeds.join(', ');
}

export function medalWords({ medals }: Pick<StandingsPlayer, 'medals'>): string {
  if (!medals) return '';
  const won = (['gold', 'silver', 'bronze'] as const).filter((name) => medals[name] > 0).map((name) => `${medals[name]} ${name}`);
  return won.join(', ') || 'none';
}

const columnsOf = ({ people, places, gaps }: { readonly people: boolean; readonly places: boolean; readonly gaps: boolean }): readonly Column[] => [
  { key: 'player', name: 'Player', class: 'c-player' },
  { key: 'runs', name: 'Runs', class: 'num c-runs' },
  { key: null, name: 'Seeds', class: 'c-seeds' },
  { key: 'score', name: 'Mean ± SEM', class: 'num c-mean', title: 'Mean over the valid runs with its standard error' },
  { key: null, name: '95 % interval', class: 'c-interval', title: 'Bar: mean ± 1.96 standard errors; ticks: single runs' },
  { key: 'best', name: 'Best', class: 'num c-best', title: 'Best of the runs: the more runs, the luckier' },
  ...(places ? [{ key: 'place' as const, name: 'Place', class: 'num c-place', title: 'Best place of a run on the leaderboard' }] : []),
  ...(people ? [{ key: null, name: 'Medals', class: 'c-medals', title: 'Runs with a medal' }, { key: 'humanRank' as const, name: 'HumanRank', class: 'num c-human', title: 'Mean over the valid runs, in the form that MLE-Dojo\'s code computes; a run has the paper\'s form beside it' }] : []),
  ...(gaps ? [{ key: 'gapClosed' as const, name: 'Gap closed', class: 'num c-gap', title: 'Of the gap between baseline and human, mean over the valid runs' }] : []),
  { key: 'told', name: 'Told', class: 'num c-told', title: 'Public scores that the runs were told, of their graded calls' },
  { key: null, name: 'Isolation', class: 'c-isolation' },
];

interface TableProps {
  readonly section: StandingsSection;
  /** For screen readers. */
  readonly name: string;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
  readonly onOpenRun: (runId: string) => void;
}

/** Players with what they reached; a row unfolds to its runs. */
export function PlayersTable({ section, name: label, sorting, onSort, onOpenRun }: TableProps): VNode {
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const { players, direction } = section;
  const people = players.some((row) => row.humanRank !== null);
  const gaps = players.some((row) => row.gapClosed !== null);
  const columns = columnsOf({ people, places: players.some((row) => row.place !== null), gaps });
  const decimals = decimalsFor(players.map((row) => row.score?.mean));
  const axis = axisOf(players.flatMap((row) => valuesOf(row.score, row.runs.flatMap((run) => run.score ?? []))));
  const turn = (player: string): void => setUnfolded((old) => (old.has(player) ? new Set([...old].filter((one) => one !== player)) : new Set([...old, player])));
  const cells = (row: StandingsPlayer): Record<string, VNode | string | null> => ({
    Runs: (
      <>
        {row.valid < row.runs.length ? `${row.valid} of ${row.runs.length}` : row.runs.length}
        {row.valid < row.runs.length ? <small class="muted"> valid</small> : null}
      </>
    ),
    Seeds: seedWords(row.seeds),
    'Mean ± SEM': row.score ? (
      <>
        <b>{formatScore(row.score.mean, decimals)}</b> <span class="muted">{row.score.n > 1 ? formatError(row.score.sem, decimals) : 'one run'}</span>
      </>
    ) : (
      <span class="muted">no valid run</span>
    ),
    '95 % interval': row.score && axis ? (
      <span class="interval-cell">
        <IntervalPlot spread={row.score} axis={axis} points={row.runs.flatMap((run) => run.score ?? [])} />
        {row.score.n > 1 ? <small class="muted digits ends">{row.score.interval.map((end) => formatScore(end, decimals)).join(' to ')}</small> : null}
      </span>
    ) : null,
    Best: row.best && row.best.of > 1 ? formatScore(row.best.score, decimals) : '',
    Place: row.place ? <span title={`Better than ${row.place.percentile.toFixed(1)} % of the board, ties counted half`}>{`${ordinal(row.place.rank)} of ${row.place.teams}`}</span> : '',
    Medals: medalWords(row),
    HumanRank: row.humanRank ? <span title={`${row.humanRank.paper.toFixed(3)} in the paper's form${row.aboveMedian === null ? '' : `; ${formatShare(row.aboveMedian, 0)} of the runs above the median`}`}>{row.humanRank.code.toFixed(3)}</span> : '',
    'Gap closed': row.gapClosed ? formatShare(row.gapClosed.mean / 100) : '',
    Told: (
      <>
        {row.told}
        {row.told < row.gradedCalls ? <small class="muted"> of {row.gradedCalls}</small> : null}
        {row.revealed ? <Icon name="eye" class="warning-mark" label="Private scores were revealed before a run had ended" /> : null}
      </>
    ),
    Isolation: row.isolation.includes('none') ? (
      <>
        <Icon name="warning" class="warning-mark" /> {row.isolation.map((one) => isolationWords[one]).join(', ')}
      </>
    ) : (
      row.isolation.map((one) => isolationWords[one]).join(', ')
    ),
  });
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label={label}>
      <table class={people && gaps ? 'players full' : 'players'}>
        <thead>
          <tr>
            {columns.map(({ key, name, class: classes, title }) => (
              <th key={name} class={classes} scope="col" title={title} {...(key === sorting.key ? { 'aria-sort': sorting.descending ? ('descending' as const) : ('ascending' as const) } : {})}>
                {key ? (
                  <button type="button" class="sort" onClick={() => onSort(nextSorting(sorting, key, direction))}>
                    {name}
                    {key === sorting.key ? <Icon name={sorting.descending ? 'arrow-down' : 'arrow-up'} /> : null}
                  </button>
                ) : (
                  name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {orderPlayers(players, sorting).map((row) => {
            const shown = cells(row);
            const open = unfolded.has(row.player);
            return (
              <Fragment key={row.player}>
                <tr class={open ? 'open' : ''}>
                  <th scope="row" class="c-player">
                    <button type="button" class="fold" aria-expanded={open} onClick={() => turn(row.player)}>
                      <Icon name={open ? 'chevron-down' : 'chevron-right'} />
                      <span class="cut" title={row.player}>
                        {row.player}
                      </span>
                    </button>
                  </th>
                  {columns.slice(1).map((column) => (
                    <td key={column.name} class={column.class}>
                      {shown[column.name]}
                    </td>
                  ))}
                </tr>
                {open ? (
                  <tr class="runs-of">
                    <td colSpan={columns.length}>
                      <ul>
                        {row.runs.map((run) => (
                          <RunLine key={run.runId} run={run} decimals={decimals} onOpen={() => onOpenRun(run.runId)} />
                        ))}
                      </ul>
                    </td>
                  </tr>
                ) : null}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function RunLine({ run, decimals, onOpen }: { readonly run: StandingsRun; readonly decimals: number; readonly onOpen: () => void }): VNode {
  const facts = [
    `seed ${run.seed}`,
    ...(run.place ? placeFacts(run.place) : []),
    `${run.told} of ${counted(run.gradedCalls, 'graded call')} told`,
    ...(run.isolation ? [isolationWords[run.isolation]] : []),
    ...(run.revealed ? ['private scores revealed early'] : []),
  ];
  return (
    <li>
      <ActionLink onPress={onOpen}>Run {run.number}</ActionLink>
      <span class="digits run-score">{run.score === null ? 'no valid result' : formatScore(run.score, decimals)}</span>
      <span class="muted">{facts.join(', ')}</span>
    </li>
  );
}

/** Place with ties and percentile, medal, what comes next, and HumanRank in both forms. */
function placeFacts({ rank, tied, teams, percentile, medal, next, humanRank }: NonNullable<StandingsRun['place']>): string[] {
  return [
    `${ordinal(rank)} of ${teams}${tied > 0 ? `, tied with ${tied}` : ''}`,
    `percentile ${percentile.toFixed(1)}`,
    ...(medal ? [medal] : []),
    ...(next ? [`${Number(next.distance.toPrecision(2))} to ${next.medal ?? next.entry ?? 'the next entry'}`] : []),
    ...(humanRank ? [`HumanRank ${humanRank.code.toFixed(3)} (code), ${humanRank.paper.toFixed(3)} (paper)`] : []),
  ];
}
