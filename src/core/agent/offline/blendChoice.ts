import type { Comparison } from '../noise';
import { recipeOf, type Finished } from './attempt';
import type { Family } from './recipe';

const blendSize = 3;

/**
 * Sets of attempts that could be blended, the most promising first: the best with those of two other
 * families where they are not far behind (else more of its own), then cheaper pairs with one of them.
 *
 * @param ranked attempts with comparable folds, best claim first
 */
export function blendCandidates(ranked: readonly Finished[], compare: (attempt: Finished, best: Finished) => Comparison): Finished[][] {
  const [best] = ranked;
  if (!best) return [];
  const families = new Set<Family>();
  const diverse = ranked.filter((attempt) => {
    const family = recipeOf(attempt)?.family;
    if (!family || families.has(family)) return false;
    families.add(family);
    // A member worse than the best by far only drags the average down.
    const { gain, se } = compare(attempt, best);
    return se === null || gain > -Math.max(6 * se, 0.15 * Math.abs(best.claim?.value ?? 0));
  });
  const all = [...diverse, ...ranked.filter((attempt) => !diverse.includes(attempt))].slice(0, blendSize);
  const pairs = diverse.slice(1).map((other) => [best, other]);
  return [...(all.length === blendSize ? [all] : []), ...pairs];
}

/** Seconds that a blend takes: it runs its members again. */
export function blendSeconds(members: readonly Finished[]): number {
  return members.reduce((sum, member) => sum + member.seconds, 1);
}
