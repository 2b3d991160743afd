import { compareRuns, type CompetitionComparison, type RunResult } from '../../core/standings/compareRuns';
import { standingsRow, verdictOn } from '../../core/standings/standingsTable';
import type { Include, Standings } from '../../protocol/standings';

/** Runs of one competition, read, and those that could not be. */
export interface RunsRead {
  readonly results: readonly RunResult[];
  readonly unreadable: readonly { readonly runId: string; readonly number: number; readonly player: string }[];
}

/** The comparison of one competition's runs; undefined when none is left in. */
export function comparisonOf({ results }: RunsRead, include: Include): CompetitionComparison | undefined {
  return compareRuns(results, include).competitions[0];
}

/** What the page shows. */
export function standingsOf(competition: Standings['competition'], read: RunsRead, chosen: readonly string[] | null, include: Include): Standings {
  const { leftOut } = compareRuns(read.results, include);
  const compared = comparisonOf(read, include);
  const byId = new Map(read.results.map((result) => [result.runId, result]));
  const ended = read.results.filter((result) => result.ended);
  return {
    competition: compared ? { ...competition, boardOf: compared.boardOf } : competition,
    chosen: chosen && [...chosen],
    include,
    players: (compared?.players ?? []).map((player) => {
      const row = standingsRow(player);
      return {
        ...row,
        seeds: [...row.seeds],
        isolation: [...row.isolation],
        runs: row.runs.map(({ runId, number, seed, score, place, feedback, isolation }) => ({
          runId,
          number,
          seed,
          score,
          place: place && { rank: place.rank, teams: place.teams, medal: place.medal },
          told: feedback.told,
          gradedCalls: feedback.gradedCalls,
          revealed: feedback.privateRevealedAt.length > 0,
          isolation,
        })),
      };
    }),
    differences: (compared?.differences ?? []).map((one) => ({ ...one, verdict: verdictOn(one) })),
    leftOut: [
      ...leftOut.map(({ runId, why }) => ({ runId, why, number: byId.get(runId)?.number ?? 0, player: byId.get(runId)?.player ?? '' })),
      ...read.unreadable.map((run) => ({ ...run, why: 'unreadable' as const })),
      // Ids of one second are in no order.
    ].sort((a, b) => a.number - b.number),
    counts: { unisolated: ended.filter((result) => result.isolation === 'none').length, selfScored: ended.filter((result) => result.selfScored).length },
  };
}
