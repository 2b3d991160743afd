import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultBaseUrl, normalBaseUrl, presetOf } from '../../core/agent/model/presets';
import { priceOf, priceTableSchema, type PriceTable } from '../../core/agent/model/prices';
import type { RunConfig } from '../../core/run/events';
import type { RunModel } from './modelDesk';
import { RunnerError } from './runnerError';

/** Agents that are no models. */
export const ownAgents: readonly string[] = ['offline', 'human', 'external'];
export const isModel = (agent: string): boolean => !ownAgents.includes(agent);

/** Prices that the person keeps beside ours. */
export const pricesName = 'prices.json';

export interface ModelChoice {
  readonly agent: string;
  /** As given; else OPENAI_BASE_URL, else OpenAI's own. */
  readonly baseUrl?: string;
  readonly limits: Pick<RunConfig['limits'], 'usd'>;
}

/**
 * Checks what a run with a model needs before it begins: an address, a key where the endpoint is
 * known to need one, a price where a budget of money is to be kept.
 * @throws RunnerError `unknown_agent`, `bad_request`
 */
export async function checkModel(choice: ModelChoice, home: string, env: NodeJS.ProcessEnv = process.env): Promise<NonNullable<RunConfig['model']>> {
  const { agent } = choice;
  if (!/^[\w./:@+-]{1,200}$/.test(agent)) throw new RunnerError('unknown_agent', `"${agent}" is no name of an agent or model.`, 'Use offline, human, or the name of a model as its endpoint knows it.');
  const url = normalBaseUrl(choice.baseUrl ?? (env.OPENAI_BASE_URL || defaultBaseUrl));
  if (!url.ok) throw new RunnerError('bad_request', url.message, url.hint);
  if (presetOf(url.url)?.needsKey && !env.OPENAI_API_KEY) {
    throw new RunnerError('unknown_agent', `The model "${agent}" at ${url.url} needs a key, and OPENAI_API_KEY is not set.`, 'Set OPENAI_API_KEY, or give --base-url for another endpoint; the agents "offline" and "human" need no key.');
  }
  const price = priceOf(agent, url.url, await ownPrices(home));
  if (choice.limits.usd !== undefined && price === null) {
    throw new RunnerError('bad_request', `The price of "${agent}" at ${url.url} is unknown, so a budget of money cannot be kept.`, `Write its price into ${join(home, pricesName)}, or give a budget of tokens (200ktok).`);
  }
  return { baseUrl: url.url, ...(price?.context === undefined ? {} : { context: price.context }) };
}

/** The model of a run. The key is read from the environment and stays in the client. */
export async function runModel(config: Pick<RunConfig, 'agent' | 'model'>, home: string, env: NodeJS.ProcessEnv = process.env): Promise<RunModel> {
  const { createOpenAiModel } = await import('../models/openaiModel');
  const baseUrl = config.model?.baseUrl ?? defaultBaseUrl;
  return {
    model: createOpenAiModel({ name: config.agent, baseUrl, key: env.OPENAI_API_KEY || undefined }),
    price: priceOf(config.agent, baseUrl, await ownPrices(home)),
  };
}

/** @throws RunnerError when the person's table cannot be read: a wrong price is worse than none */
async function ownPrices(home: string): Promise<PriceTable | undefined> {
  const path = join(home, pricesName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return priceTableSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new RunnerError('bad_request', `${path} is no table of prices.`, 'See the form in the documentation of prices, or remove the file.', { cause });
  }
}
