import { isModel } from '../../core/agent/agentName';
import type { RunConfig } from '../../core/run/events';
import type { Services } from '../platform/services';
import type { ModelKeys } from './modelKeys';

export interface AgentChoice {
  readonly agent: string;
  /** Where a model is asked; empty: OpenAI. */
  readonly baseUrl: string;
}

/**
 * What a new run has to know of its model; undefined for an agent that is none.
 * @throws RunnerError when something is missing: the address, the key, or the price that a budget of money needs
 */
export async function modelOfRun(choice: AgentChoice, usd: number | undefined, services: Services, keys: ModelKeys): Promise<RunConfig['model']> {
  const { agent, baseUrl } = choice;
  if (!isModel(agent)) return undefined;
  const { checkModel } = await import('../../node/runner/runModel');
  const hasKey = async (url: string): Promise<boolean> => (await keys.get(url)) !== undefined;
  return checkModel({ agent, baseUrl, hasKey, limits: { usd } }, await services.home());
}
