import type { Operator } from '../../environment/actions';
import type { Claim } from '../../environment/observation';
import type { BlendMember } from './code/blend';
import type { Family, Recipe, Toggle } from './recipe';

/** What an attempt is made of. */
export type Content =
  | { readonly kind: 'constant' }
  | { readonly kind: 'recipe'; readonly recipe: Recipe; readonly notebook: boolean }
  | { readonly kind: 'blend'; readonly members: readonly BlendMember[] };

/** A finished attempt as the agent remembers it. */
export interface Finished {
  readonly id: number;
  readonly operator: Operator;
  readonly content: Content;
  readonly claim: Claim | null;
  /** Public score; null when it was not graded, or the run hides it. */
  readonly public: number | null;
  /** Seconds of its run. */
  readonly seconds: number;
}

/** Something that the agent could do next. */
export type Move =
  | { readonly kind: 'draft'; readonly family: Family; readonly recipe: Recipe }
  | { readonly kind: 'toggle'; readonly toggle: Toggle; readonly parent: Finished; readonly recipe: Recipe }
  | { readonly kind: 'tune'; readonly name: string; readonly words: string; readonly from: number; readonly to: number; readonly parent: Finished; readonly recipe: Recipe };

export function recipeOf(attempt: Finished): Recipe | null {
  return attempt.content.kind === 'recipe' ? attempt.content.recipe : null;
}

/** True when its files are a script that a changed script can replace. */
export function isScript(attempt: Finished): boolean {
  return attempt.content.kind === 'recipe' && !attempt.content.notebook;
}
