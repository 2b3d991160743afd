import type { AttemptView, Direction } from '../../../src/protocol/panel';

export const sortKeys = ['id', 'operator', 'plan', 'status', 'claim', 'public', 'change', 'seconds', 'usd'] as const;
export type SortKey = (typeof sortKeys)[number];
export interface Sorting {
  readonly key: SortKey;
  /** First what is largest (for scores: as the number stands, not as it is judged). */
  readonly descending: boolean;
}

/** Best public score first. */
export function defaultSorting(direction: Direction): Sorting {
  return { key: 'public', descending: direction === 'maximize' };
}

/** Another column starts with what is looked for first; the same one turns round. */
export function nextSorting(old: Sorting, key: SortKey, direction: Direction): Sorting {
  if (old.key === key) return { key, descending: !old.descending };
  if (key === 'claim' || key === 'public') return { key, descending: direction === 'maximize' };
  return { key, descending: key === 'id' || key === 'change' || key === 'seconds' || key === 'usd' };
}

function valueOf(attempt: AttemptView, key: SortKey): number | string | null {
  switch (key) {
    case 'id':
      return attempt.id;
    case 'operator':
      return attempt.operator;
    case 'plan':
      return attempt.plan.toLowerCase();
    case 'status':
      return attempt.error ? `${attempt.status} ${attempt.error.type}` : attempt.status;
    case 'claim':
      return attempt.claim?.value ?? null;
    case 'public':
      return attempt.public?.score ?? null;
    case 'change':
      return attempt.change?.value ?? null;
    case 'seconds':
      return attempt.seconds;
    case 'usd':
      return attempt.usd ?? null;
  }
}

/** Sorted; rows without a value last, newest first. */
export function orderAttempts(settled: readonly AttemptView[], sorting: Sorting): AttemptView[] {
  const turn = sorting.descending ? -1 : 1;
  return [...settled].sort((a, b) => {
    const [x, y] = [valueOf(a, sorting.key), valueOf(b, sorting.key)];
    if (x === null || y === null) return x === y ? b.id - a.id : x === null ? 1 : -1;
    if (x === y) return b.id - a.id;
    return (x < y ? -1 : 1) * turn;
  });
}

/** Of the attempts under way, which stand above the sorted ones. */
export function newestFirst(running: readonly AttemptView[]): AttemptView[] {
  return [...running].sort((a, b) => b.id - a.id);
}
