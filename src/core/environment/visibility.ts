import * as z from 'zod';
import { isBetter } from '../grading/standings';
import type { Direction } from '../competition/manifest';
import type { Score } from '../grading/result';

/**
 * What players, the person among them, are told of public scores while a run goes on:
 * - `public-always`: each one, without a bound on graded calls.
 * - `capped`: each one, within the graded calls of the run and of the day.
 * - `ladder`: only one that beats the best told so far by more than its standard error (after
 *   A. Blum, M. Hardt, "The Ladder", 2015), so that trying again and again tells nothing.
 * - `hidden-until-end`: none.
 * The last two are bounded as `capped` is. Every policy tells whether a submission is valid.
 */
export const visibilitySchema = z.enum(['public-always', 'capped', 'ladder', 'hidden-until-end']);
export type Visibility = z.output<typeof visibilitySchema>;
export const defaultVisibility: Visibility = 'capped';

/** What became of a public score: told, kept back as no gain, or kept back until the end. */
export const feedbackSchema = z.enum(['told', 'no_gain', 'hidden']);
export type Feedback = z.output<typeof feedbackSchema>;

/**
 * What a policy tells of a public score.
 * @param best the best public score told so far in the run; null before the first
 */
export function tell(policy: Visibility, score: Score | null, best: Score | null, direction: Direction): { readonly public: Score | null; readonly feedback: Feedback } {
  if (policy === 'hidden-until-end') return { public: null, feedback: 'hidden' };
  if (policy === 'ladder' && score !== null && best !== null) {
    const gain = direction === 'maximize' ? score.score - best.score : best.score - score.score;
    if (gain <= (score.se ?? 0)) return { public: null, feedback: 'no_gain' };
  }
  return { public: score, feedback: 'told' };
}

/** The better of two public scores; the first of equal ones. */
export function betterScore(best: Score | null, score: Score | null, direction: Direction): Score | null {
  if (score === null) return best;
  return best === null || isBetter(score.score, best.score, direction) ? score : best;
}
