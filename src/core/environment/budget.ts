import type { RunConfig } from '../run/events';
import type { Budget } from './observation';

/** Share of a resource from which a warning is given, once. */
const warnFrom = 0.8;

export interface Used {
  readonly elapsed: number;
  readonly attempts: number;
  readonly gradedCalls: number;
  /** Steps of the agent. */
  readonly steps: number;
  readonly tokens: number;
  /** US dollars; null when a call's price is unknown. */
  readonly usd: number | null;
}

export function budgetOf(config: RunConfig, used: Used): Budget {
  const { limits } = config;
  return {
    gradedCalls: { used: used.gradedCalls, limit: limits.gradedCalls },
    ...(limits.seconds === undefined ? {} : { seconds: { used: used.elapsed, limit: limits.seconds } }),
    ...(limits.attempts === undefined ? {} : { attempts: { used: used.attempts, limit: limits.attempts } }),
    ...(limits.usd === undefined ? {} : { usd: { used: used.usd, limit: limits.usd } }),
    ...(limits.tokens === undefined ? {} : { tokens: { used: used.tokens, limit: limits.tokens } }),
    ...(limits.steps === undefined ? {} : { steps: { used: used.steps, limit: limits.steps } }),
  };
}

/** Seconds until the run's time is used up; infinite without a limit. */
export const secondsLeft = (config: RunConfig, elapsed: number): number => (config.limits.seconds ?? Infinity) - elapsed;

/** One sentence per resource that has just passed 80 %. */
export function newWarnings(budget: Budget, given: ReadonlySet<string>): string[] {
  const rows = [
    ['time', budget.seconds],
    ['graded calls', budget.gradedCalls],
    ['money', budget.usd],
    ['tokens', budget.tokens],
    ['steps', budget.steps],
  ] as const;
  return rows.flatMap(([name, row]) => {
    if (!row || row.used === null || row.limit === null || row.used < warnFrom * row.limit) return [];
    const warning = `80 % of the run's ${name} is used.`;
    return given.has(warning) ? [] : [warning];
  });
}
