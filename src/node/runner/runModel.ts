import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import { editorModelOf, isModel } from '../../core/agent/agentName';
import { defaultBaseUrl, normalBaseUrl, presetOf } from '../../core/agent/model/presets';
import { priceOf, priceTableSchema, type Price } from '../../core/agent/model/prices';
import { readsImages, visionTableSchema } from '../../core/agent/model/vision';
import type { RunConfig } from '../../core/run/events';
import type { RunModel } from './modelDesk';
import { RunnerError } from './runnerError';
import { WindowModel } from './windowModel';

/** Tables that the person keeps beside ours. */
export const pricesName = 'prices.json';
export const visionName = 'vision.json';

export interface ModelChoice {
  readonly agent: string;
  /** As a person writes it: a URL or a preset's name; default: OpenAI's own. */
  readonly baseUrl?: string;
  /** Whether there is a key for an endpoint. */
  readonly hasKey: (baseUrl: string) => boolean | Promise<boolean>;
  readonly limits: Pick<RunConfig['limits'], 'usd'>;
}

/**
 * Checks what a run with a model needs before it begins: an address, a key where the endpoint is
 * known to need one, a price where a budget of money is to be kept.
 * @throws RunnerError `unknown_agent`, `bad_request`, `no_key`, `no_price`
 */
export async function checkModel(choice: ModelChoice, home: string): Promise<NonNullable<RunConfig['model']>> {
  const { agent } = choice;
  if (!isModel(agent) || !/^[\w./:@+-]{1,200}$/.test(agent)) throw new RunnerError('unknown_agent', `"${agent}" is no name of an agent or model.`, 'Use offline, human, or the name of a model as its endpoint knows it.');
  const url = normalBaseUrl(choice.baseUrl || defaultBaseUrl);
  if (!url.ok) throw new RunnerError('bad_request', url.message, url.hint);
  if (presetOf(url.url)?.needsKey && !(await choice.hasKey(url.url))) {
    throw new RunnerError('no_key', `The model "${agent}" at ${url.url} needs a key, and there is none.`, 'Give it (Podium: Choose Model…; in a terminal OPENAI_API_KEY), or choose another endpoint; the offline agent needs no key.');
  }
  const price = await knownPrice(agent, url.url, home);
  if (choice.limits.usd !== undefined && price === null) {
    throw new RunnerError('no_price', `The price of "${agent}" at ${url.url} is unknown, so a budget of money cannot be kept.`, `Write its price into ${join(home, pricesName)}, or give a budget of tokens instead.`);
  }
  const images = readsImages(agent, await ownTable(home, visionName, visionTableSchema, 'of models that read pictures'));
  return { baseUrl: url.url, ...(price?.context === undefined ? {} : { context: price.context }), ...(images === null ? {} : { images }) };
}

/** The model of a run. The key is read from the environment and stays in the client. */
export async function runModel(config: Pick<RunConfig, 'agent' | 'model'>, home: string, env: NodeJS.ProcessEnv = process.env): Promise<RunModel> {
  const editor = editorModelOf(config.agent);
  const context = config.model?.context ?? null;
  if (editor) {
    const windows = new WindowModel(editor);
    return { model: windows, price: null, context, windows };
  }
  const { createOpenAiModel } = await import('../models/openaiModel');
  const baseUrl = config.model?.baseUrl ?? defaultBaseUrl;
  const model = createOpenAiModel({ name: config.agent, baseUrl, key: env.OPENAI_API_KEY || undefined });
  const price = await knownPrice(config.agent, baseUrl, home);
  return { model, price, context: context ?? price?.context ?? null, giveKey: (key) => model.giveKey(key) };
}

/** Price of a model at an endpoint by the person's table, then ours; null when neither knows it. @throws RunnerError `bad_request` */
export async function knownPrice(model: string, baseUrl: string, home: string): Promise<Price | null> {
  return priceOf(model, baseUrl, await ownTable(home, pricesName, priceTableSchema, 'of prices'));
}

/** @throws RunnerError when the person's table cannot be read: a wrong price is worse than none */
async function ownTable<T>(home: string, name: string, schema: z.ZodType<T>, what: string): Promise<T | undefined> {
  const path = join(home, name);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new RunnerError('bad_request', `${path} is no table ${what}.`, `Write it in the form of Podium's own ${name}, or remove the file.`, { cause });
  }
}
