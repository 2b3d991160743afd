import { OpenAI } from 'openai';
import { presetOf } from '../../core/agent/model/presets';

/** An OpenAI-compatible endpoint. */
export interface Endpoint {
  /** As `normalBaseUrl` gives it. */
  readonly baseUrl: string;
  readonly key: string | undefined;
}

/** The SDK's client of an endpoint: without retries, time limits or logs of its own. */
export function openAiClient({ baseUrl, key }: Endpoint, fetch?: typeof globalThis.fetch): OpenAI {
  const own = presetOf(baseUrl)?.id === 'openai';
  return new OpenAI({
    apiKey: key ?? 'none',
    // A query (an API version) belongs behind the path of each request.
    baseURL: baseUrl.split('?')[0],
    defaultQuery: Object.fromEntries(new URL(baseUrl).searchParams),
    // Of the environment only for whom it is meant.
    ...(own ? {} : { organization: null, project: null }),
    maxRetries: 0,
    timeout: 24 * 3600 * 1000,
    logLevel: 'off',
    ...(fetch ? { fetch } : {}),
  });
}
