import { applyPatch, structuredPatch } from 'diff';

/**
 * `mine` with the changes that lead from `base` to `theirs`; undefined when a change touches lines
 * that `mine` has changed too. Never guesses: the context of every change must be found exactly.
 */
export function merge(base: string, mine: string, theirs: string): string | undefined {
  const patch = structuredPatch('base', 'theirs', base, theirs, undefined, undefined, { context: 2 });
  const result = applyPatch(mine, patch, { fuzzFactor: 0 });
  return result === false ? undefined : result;
}
