import type { Direction } from '../competition/manifest';

/** What each player reached on one task: its score, or null where it had no valid result. */
export interface TaskResults {
  readonly task: string;
  readonly direction: Direction;
  /** Only players that took part. */
  readonly scores: ReadonlyMap<string, number | null>;
}

/** Every player of the tasks, in the order of first appearance. */
export function playersOf(tasks: readonly TaskResults[]): string[] {
  return [...new Set(tasks.flatMap((task) => [...task.scores.keys()]))];
}
