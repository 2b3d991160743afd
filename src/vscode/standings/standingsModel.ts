import { compareRuns, type ComparedRun, type CompetitionComparison, type RunResult } from '../../core/standings/compareRuns';
import { standingsRow, verdictOn } from '../../core/standings/standingsTable';
import type { Include, Standings, StandingsRun, StandingsSection } from '../../protocol/standings';

/** Runs of one competition, read, and those that could not be. */
export interface RunsRead {
  readonly results: readonly RunResult[];
  readonly unreadable: readonly { readonly runId: string; readonly number: number; readonly player: string }[];
}

/** What the page shows. */
export function standingsOf(competition: Standings['competition'], read: RunsRead, chosen: readonly string[] | null, include: Include): Standings {
  const { competitions, leftOut } = compareRuns(read.results, include);
  const byId = new Map(read.results.map((result) => [result.runId, result]));
  const ended = read.results.filter((result) => result.ended);
  return {
    competition,
    chosen: chosen && [...chosen],
    include,
    sections: competitions.map(sectionOf),
    leftOut: [
      ...leftOut.map(({ runId, why }) => ({ runId, why, number: byId.get(runId)?.number ?? 0, player: byId.get(runId)?.player ?? '' })),
      ...read.unreadable.map((run) => ({ ...run, why: 'unreadable' as const })),
      // Ids of one second are in no order.
    ].sort((a, b) => a.number - b.number),
    counts: { unisolated: ended.filter((result) => result.isolation === 'none').length, selfScored: ended.filter((result) => result.selfScored).length },
  };
}

function sectionOf({ metricLabel, direction, boardOf, selfScored, assumed, players, differences }: CompetitionComparison): StandingsSection {
  return {
    metricLabel,
    direction,
    boardOf,
    selfScored,
    assumed: [...assumed],
    players: players.map((player) => {
      const row = standingsRow(player);
      return { ...row, seeds: [...row.seeds], isolation: [...row.isolation], runs: row.runs.map(runOf) };
    }),
    differences: differences.map((one) => ({ ...one, verdict: verdictOn(one) })),
  };
}

function runOf({ runId, number, seed, score, place, feedback, isolation }: ComparedRun): StandingsRun {
  return {
    runId,
    number,
    seed,
    score,
    place: place && { rank: place.rank, tied: place.tied, teams: place.teams, percentile: place.percentile, medal: place.medal, next: place.next, humanRank: place.humanRank },
    told: feedback.told,
    gradedCalls: feedback.gradedCalls,
    revealed: feedback.privateRevealedAt.length > 0,
    isolation,
  };
}
