import { playersOf, type TaskResults } from './playerResults';

/** A ratio above this counts as this. */
const largestRatio = 100;
/** Who has no valid result is taken for this many times worse than the worst who has. */
const failedFactor = 2;

export interface PerformanceProfile {
  /** Area under each player's profile, from 0 to `upTo`; higher is better. */
  readonly areas: ReadonlyMap<string, number>;
  /** τ*: the largest log10 ratio of any player. */
  readonly upTo: number;
  /** Tasks that the areas are over. */
  readonly tasks: readonly string[];
  /** Tasks that have no ratio, and why. */
  readonly excluded: readonly { readonly task: string; readonly why: 'not_positive' | 'no_valid_result' | 'not_all_players' }[];
}

/**
 * Performance profiles (E. D. Dolan, J. J. Moré, 2002) and the areas under them: per task the
 * ratio of a player's score to the best one, at least 1; ρ(τ) is the share of tasks with
 * log10 ratio ≤ τ, and the area from 0 to τ* is τ* − mean log10 ratio. It depends on which
 * players are compared, and means nothing for scores without a natural zero.
 */
export function performanceProfile(tasks: readonly TaskResults[]): PerformanceProfile {
  const players = playersOf(tasks);
  const excluded: { task: string; why: PerformanceProfile['excluded'][number]['why'] }[] = [];
  const logs = new Map<string, number[]>(players.map((player) => [player, []]));
  const used: string[] = [];
  for (const task of tasks) {
    const why = whyExcluded(task, players);
    if (why) {
      excluded.push({ task: task.task, why });
      continue;
    }
    used.push(task.task);
    const ratios = ratiosOf(task);
    for (const player of players) logs.get(player)!.push(Math.log10(ratios(player)));
  }
  const upTo = Math.max(0, ...[...logs.values()].flat());
  const areas = new Map(players.map((player) => [player, used.length === 0 ? 0 : upTo - mean(logs.get(player)!)]));
  return { areas, upTo, tasks: used, excluded };
}

function whyExcluded({ scores }: TaskResults, players: readonly string[]): PerformanceProfile['excluded'][number]['why'] | null {
  if (players.some((player) => !scores.has(player))) return 'not_all_players';
  const valid = [...scores.values()].filter((score) => score !== null);
  if (valid.length === 0) return 'no_valid_result';
  return valid.some((score) => score <= 0) ? 'not_positive' : null;
}

function ratiosOf({ scores, direction }: TaskResults): (player: string) => number {
  const valid = [...scores.values()].filter((score) => score !== null);
  const best = direction === 'minimize' ? Math.min(...valid) : Math.max(...valid);
  const ratio = (score: number): number => (direction === 'minimize' ? score / best : best / score);
  const worst = Math.max(...valid.map(ratio));
  return (player) => {
    const score = scores.get(player) ?? null;
    return Math.min(largestRatio, score === null ? failedFactor * worst : ratio(score));
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
