import type { Budget } from '../../environment/observation';
import { familyFacts } from './families';
import { foldPlan, type Recipe } from './recipe';
import type { Task } from './task';
import { toggleFacts } from './toggles';
import { recipeOf, type Finished } from './attempt';

/** Seconds that an attempt needs besides its own script: writing files, grading. */
const overhead = 1.5;
/** An estimate may be this much too low; a time that was measured before, less so. */
const margins = { estimated: 1.3, measured: 1.1 } as const;
const usualFits = 6;

function guess(task: Task, recipe: Recipe): number {
  const { splits, repeats } = foldPlan(task, recipe.repairs);
  const toggles = recipe.toggles.reduce((factor, toggle) => factor * toggleFacts(toggle).costFactor, 1);
  const fits = (splits * repeats + 1) / usualFits;
  return 1 + (familyFacts(recipe.family).secondsPer1000 * toggles * fits * Math.max(task.rows, 200) * (recipe.repairs.size ?? 1)) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/**
 * Seconds that a recipe's script is expected to run: a first guess from rows, family and toggles,
 * scaled by how far earlier guesses were off (attempts of the same family when there are any).
 */
export function expectedSeconds(task: Task, recipe: Recipe, finished: readonly Finished[]): number {
  const ratios = (same: boolean): number[] =>
    finished.flatMap((attempt) => {
      const done = recipeOf(attempt);
      return done && (!same || done.family === recipe.family) ? [attempt.seconds / guess(task, done)] : [];
    });
  const known = ratios(true).length > 0 ? ratios(true) : ratios(false);
  return guess(task, recipe) * (known.length > 0 ? median(known) : 1);
}

/** Seconds left before the run's limit, less a reserve for the final choice; null without a limit. */
export function secondsLeft(budget: Budget | null): number | null {
  if (!budget?.seconds) return null;
  const { used, limit } = budget.seconds;
  return limit - used - Math.min(5, 0.05 * limit);
}

/** True when something of that many seconds fits into what is left, beside what is kept back. */
export function fits(budget: Budget | null, seconds: number, how: keyof typeof margins = 'estimated', keptBack = 0): boolean {
  const left = secondsLeft(budget);
  return left === null || seconds * margins[how] + overhead + (keptBack > 0 ? keptBack * margins.measured + overhead : 0) <= left;
}
