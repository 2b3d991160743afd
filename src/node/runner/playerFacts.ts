import type { PlayerFacts } from '../../core/agent/player';
import type { Competition } from '../../core/environment/ports';
import type { EventData, RunConfig } from '../../core/run/events';

/**
 * What a player knows when it begins.
 * @param sandbox the run's first one: a player that is played again must see what it saw then
 */
export function factsOf(competition: Competition, config: RunConfig, sandbox: Pick<EventData<'sandbox'>, 'isolation' | 'libraries'>): PlayerFacts {
  const { isolation, libraries } = sandbox;
  return { competition, seed: config.seed, isolation, libraries, maxAttempts: config.limits.attempts ?? null };
}
