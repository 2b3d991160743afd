import type { RunConfig } from '../run/events';
import type { Budget } from './observation';

/** Share of a resource from which a warning is given, once. */
const warnFrom = 0.8;

export function budgetOf(config: RunConfig, used: { elapsed: number; attempts: number; gradedCalls: number }): Budget {
  const { limits } = config;
  return {
    gradedCalls: { used: used.gradedCalls, limit: limits.gradedCalls },
    ...(limits.seconds === undefined ? {} : { seconds: { used: used.elapsed, limit: limits.seconds } }),
    ...(limits.attempts === undefined ? {} : { attempts: { used: used.attempts, limit: limits.attempts } }),
    // What is not measured is unknown, never zero.
    ...(limits.usd === undefined ? {} : { usd: { used: null, limit: limits.usd } }),
    ...(limits.tokens === undefined ? {} : { tokens: { used: null, limit: limits.tokens } }),
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
  ] as const;
  return rows.flatMap(([name, row]) => {
    if (!row || row.used === null || row.used < warnFrom * row.limit) return [];
    const warning = `80 % of the run's ${name} is used.`;
    return given.has(warning) ? [] : [warning];
  });
}
