import type { RunConfig } from '../run/events';
import type { RunResult } from './compareRuns';

/**
 * Runs from before it was noted what scores a run are taken for the oldest version that a run notes:
 * most people change nothing between. The rule looks at all runs of the workspace, so the version of
 * such a run depends neither on later runs nor on which are compared.
 * @param configs of every run of the workspace, in any order
 */
export function withAssumedVersions(results: readonly RunResult[], configs: readonly RunConfig[]): RunResult[] {
  const oldest = new Map<string, { number: number; scoring: string }>();
  for (const { number, competition } of configs) {
    const { id, evaluation, direction, metricLabel, scoring } = competition;
    const kind = kindOf(id, evaluation?.ruler, direction, metricLabel);
    if (scoring !== undefined && number < (oldest.get(kind)?.number ?? Infinity)) oldest.set(kind, { number, scoring });
  }
  return results.map((result) => {
    const known = result.scoring === undefined ? oldest.get(kindOf(result.competition, result.ruler, result.direction, result.metricLabel)) : undefined;
    return known ? { ...result, scoring: known.scoring, scoringAssumed: true } : result;
  });
}

/** What every run notes of its scores. */
const kindOf = (competition: string, ruler: string | undefined, direction: string, metricLabel: string): string => JSON.stringify([competition, ruler ?? '', direction, metricLabel]);

/** What is said of such runs wherever they are compared; undefined where there are none. */
export function assumedWords(numbers: readonly number[]): string | undefined {
  if (numbers.length === 0) return undefined;
  const [subject, verb] = numbers.length === 1 ? ['Run', 'does'] : ['Runs', 'do'];
  return `${subject} ${numbers.join(', ')} ${verb} not say which version scored ${numbers.length === 1 ? 'it' : 'them'}: an earlier Podium did not note it. The oldest version that is known is assumed.`;
}
