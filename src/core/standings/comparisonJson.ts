import type { Comparison } from './compareRuns';
import type { EloResult } from './elo';

export const aupNote = 'Depends on which players are compared; means nothing for scores without a natural zero.';
export const eloNote = 'Margins do not count; ratings of different sets of players do not compare.';

/** A comparison as plain JSON: maps as objects, and the caveats beside the figures that need them. */
export function comparisonJson({ competitions, rates, profile, elo, leftOut }: Comparison): object {
  return {
    competitions,
    rates: Object.fromEntries(rates),
    aup: profile && { areas: Object.fromEntries(profile.areas), upTo: profile.upTo, tasks: profile.tasks, excluded: profile.excluded, note: aupNote },
    elo: elo && eloJson(elo),
    leftOut,
  };
}

function eloJson(result: EloResult): object {
  if (!result.ok) return result;
  const { ratings, intervals, solved } = result;
  return { ok: true, ratings: Object.fromEntries(ratings), intervals: intervals && Object.fromEntries(intervals), solved, note: eloNote };
}
