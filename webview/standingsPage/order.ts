import type { StandingsPlayer } from '../../src/protocol/standings';
import type { Direction } from '../../src/protocol/panel';

export const sortKeys = ['player', 'runs', 'score', 'best', 'place', 'humanRank', 'gapClosed', 'told'] as const;
export type SortKey = (typeof sortKeys)[number];
export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Best mean first. */
export function defaultSorting(direction: Direction): Sorting {
  return { key: 'score', descending: direction === 'maximize' };
}

/** Another column starts with what is looked for first; the same one turns round. */
export function nextSorting(old: Sorting, key: SortKey, direction: Direction): Sorting {
  if (old.key === key) return { key, descending: !old.descending };
  if (key === 'score' || key === 'best') return { key, descending: direction === 'maximize' };
  return { key, descending: key === 'runs' || key === 'humanRank' || key === 'gapClosed' };
}

function valueOf(row: StandingsPlayer, key: SortKey): number | string | null {
  switch (key) {
    case 'player':
      return row.player.toLowerCase();
    case 'runs':
      return row.runs.length;
    case 'score':
      return row.score?.mean ?? null;
    case 'best':
      // Best of one says nothing, and is not shown.
      return row.best && row.best.of > 1 ? row.best.score : null;
    case 'place':
      return row.place?.rank ?? null;
    case 'humanRank':
      return row.humanRank?.code ?? null;
    case 'gapClosed':
      return row.gapClosed?.mean ?? null;
    case 'told':
      return row.told;
  }
}

/** Sorted; rows without a value last. Equal ones stay as they came: best mean first. */
export function orderPlayers(players: readonly StandingsPlayer[], sorting: Sorting): StandingsPlayer[] {
  const turn = sorting.descending ? -1 : 1;
  return [...players].sort((a, b) => {
    const [x, y] = [valueOf(a, sorting.key), valueOf(b, sorting.key)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return x === y ? 0 : (x < y ? -1 : 1) * turn;
  });
}
