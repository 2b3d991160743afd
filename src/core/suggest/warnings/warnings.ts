import type { Facts } from '../facts';
import { scan } from '../python';
import { fittedBeforeSplit, randomSplit, sampleTarget } from './leaks';
import { madeScorer, negatedClaim, scoringName } from './scoring';
import { noSeed } from './seed';
import type { Check, Warning } from './warning';

const checks: readonly Check[] = [madeScorer, scoringName, negatedClaim, fittedBeforeSplit, randomSplit, noSeed, sampleTarget];
/** Longer files are written by programs. */
const maxChars = 300_000;

/** What is certainly wrong or misleading in a script, in the order of its places. */
export function warningsOf(source: string, facts: Facts): Warning[] {
  if (source.length > maxChars) return [];
  const code = { source, masked: scan(source).masked, facts };
  return checks.flatMap((check) => check(code)).sort((a, b) => a.start - b.start);
}
