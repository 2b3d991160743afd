import type { Facts } from '../facts';
import { dropped, listed, meantColumn, subscript } from './columns';
import { claimLine, folds, foldsArgument, foldsImport, metricArguments, metricImport, scoring, seed } from './metric';
import { readPath, writePath } from './paths';
import { fitBefore, placeAt, type Insertion, type Rule } from './place';
import { outOfFold, submissionFrame, submissionIds, submissionTargets } from './submission';

/** In order: the first that is certain decides. */
const rules: readonly Rule[] = [
  readPath, writePath, meantColumn, dropped, submissionIds, submissionTargets, submissionFrame, outOfFold, subscript, listed,
  scoring, metricArguments, metricImport, foldsImport, folds, foldsArgument, seed, claimLine,
];

/**
 * What comes next for certain, without a model; null where nothing is.
 * @param prefix everything before the cursor, earlier cells of a notebook included
 * @param rest what stands behind the cursor on its line
 */
export function certainCompletion(prefix: string, rest: string, facts: Facts): Insertion | null {
  const place = placeAt(prefix, facts);
  if (!place) return null;
  for (const rule of rules) {
    const text = rule(place);
    if (text === null) continue;
    return fitBefore(rest, text);
  }
  return null;
}
