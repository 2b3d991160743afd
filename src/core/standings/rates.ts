import type { Medal } from '../grading/standings';
import { spreadOf, type Spread } from './spread';

/** What one run came to on a board of people. */
export interface BoardOutcome {
  readonly valid: boolean;
  readonly medal: Medal | null;
  readonly aboveMedian: boolean;
}

export const rateNames = ['valid', 'aboveMedian', 'anyMedal', 'gold', 'silver', 'bronze'] as const;
export type RateName = (typeof rateNames)[number];

const properties: Readonly<Record<RateName, (outcome: BoardOutcome) => boolean>> = {
  valid: (outcome) => outcome.valid,
  aboveMedian: (outcome) => outcome.aboveMedian,
  anyMedal: (outcome) => outcome.medal !== null,
  gold: (outcome) => outcome.medal === 'gold',
  silver: (outcome) => outcome.medal === 'silver',
  bronze: (outcome) => outcome.medal === 'bronze',
};

/** Percentages over tasks, with their spread over seeds. */
export interface Rates {
  /** The smallest number of runs of any task: further runs of other tasks do not count. */
  readonly seeds: number;
  readonly tasks: number;
  readonly rates: Readonly<Record<RateName, Spread>>;
}

/**
 * Rates as MLE-bench aggregates them: the i-th run of every task makes seed i; per seed the
 * percentage of tasks with the property; then mean, standard error and interval over the seeds.
 * @param tasks per task the outcomes of its runs, in the order in which they were made
 * @returns null without a task, or when a task has no run
 */
export function ratesOverSeeds(tasks: readonly (readonly BoardOutcome[])[]): Rates | null {
  const seeds = Math.min(...tasks.map((runs) => runs.length));
  if (tasks.length === 0 || seeds === 0) return null;
  const rate = (has: (outcome: BoardOutcome) => boolean): Spread => {
    const percentages = Array.from({ length: seeds }, (_, seed) => (100 * tasks.filter((runs) => has(runs[seed]!)).length) / tasks.length);
    return spreadOf(percentages)!;
  };
  const rates = Object.fromEntries(rateNames.map((name) => [name, rate(properties[name])])) as Record<RateName, Spread>;
  return { seeds, tasks: tasks.length, rates };
}
