import type * as z from 'zod';
import { parseJson } from '../../core/parseJson';
import { CancelledError } from '../../core/errors';
import { authorization, type KaggleCredentials } from './credentials';
import { KaggleError } from './kaggleError';
import { sleep } from '../sleep';
import { errorSchema } from './wire';

export const defaultKaggleUrl = 'https://api.kaggle.com/v1';

export interface KaggleClientOptions {
  readonly credentials: KaggleCredentials;
  /** Up to `/v1`; Kaggle's own by default. */
  readonly baseUrl?: string;
  readonly version: string;
  /** A request is sent again after that many seconds. */
  readonly onWait?: (why: string, seconds: number) => void;
  /** First pause and the longest one, doubled in between; for tests. */
  readonly firstPauseMs?: number;
  readonly maxPauseMs?: number;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /**
   * A write is sent again only where the answer says that it was not taken: after 429. A read is
   * also sent again after a broken connection and 502, 503, 504.
   */
  readonly write?: boolean;
}

const tries = 6;
/** An answer to a call that holds no data is short; a longer one is none. */
const maxAnswerBytes = 64_000_000;

/** Kaggle's RPC door: `POST {base}/{service}/{method}` with JSON both ways. */
export class KaggleClient {
  readonly baseUrl: string;

  constructor(private readonly options: KaggleClientOptions) {
    this.baseUrl = (options.baseUrl ?? defaultKaggleUrl).replace(/\/+$/, '');
  }

  /** Something is done again after that many seconds: the person is told. */
  readonly waits = (why: string, seconds: number): void => this.options.onWait?.(why, seconds);

  /** One call whose answer is JSON. @throws KaggleError, CancelledError */
  async call<T extends z.ZodType>(method: string, body: object, answer: T, options: CallOptions): Promise<z.output<T>> {
    const response = await this.request(method, body, options);
    const value = await readJson(response, method);
    const parsed = answer.safeParse(value);
    if (!parsed.success) throw new KaggleError('bad_answer', `Kaggle's answer (${wordsOf(method)}) is not what was expected.`, 'Update Podium; until then use the website.', { cause: parsed.error });
    return parsed.data;
  }

  /** One call that is answered with the address of the data. Storage must not be sent our credentials. */
  async locate(method: string, body: object, options: CallOptions): Promise<URL> {
    const response = await this.request(method, body, options);
    const location = response.headers.get('location');
    await response.body?.cancel();
    if (response.status < 300 || response.status > 399 || !location) throw new KaggleError('bad_answer', `Kaggle's answer (${wordsOf(method)}) has no address of the data.`, 'Try again later.');
    return new URL(location, this.baseUrl);
  }

  /** One call that is answered with bytes, at once or behind a redirect. */
  async bytes(method: string, body: object, options: CallOptions): Promise<Uint8Array> {
    const response = await this.request(method, body, options);
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location) {
      await response.body?.cancel();
      const data = await fetch(new URL(location, this.baseUrl), { signal: options.signal });
      if (!data.ok) throw new KaggleError('server_error', `Kaggle's storage answers ${data.status}.`, 'Try again.');
      return new Uint8Array(await data.arrayBuffer());
    }
    return new Uint8Array(await response.arrayBuffer());
  }

  /** A response that is no error. Bodies of errors are read and never passed on. */
  private async request(method: string, body: object, { signal, write = false }: CallOptions): Promise<Response> {
    const { firstPauseMs = 1_000, maxPauseMs = 60_000 } = this.options;
    let pause = firstPauseMs;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.tryOnce(method, body, signal);
      if (!('error' in outcome)) return outcome.response;
      const again = outcome.retry === 'always' || (outcome.retry === 'reads' && !write);
      if (!again || attempt === tries) throw outcome.error;
      // The service has asked for too short a wait before: ours grows beside its own.
      const wait = Math.min(maxPauseMs, Math.max(outcome.retryAfterMs ?? 0, pause));
      this.waits(outcome.error.message, wait / 1000);
      await sleep(wait, signal);
      pause *= 2;
    }
  }

  private async tryOnce(method: string, body: object, signal: AbortSignal): Promise<{ response: Response } | Refused> {
    if (signal.aborted) throw new CancelledError();
    let response: Response;
    try {
      response = await fetch(`${this.baseUrl}/${method}`, {
        method: 'POST',
        redirect: 'manual',
        signal,
        headers: { authorization: authorization(this.options.credentials), 'content-type': 'application/json', accept: 'application/json', 'user-agent': `podium/${this.options.version}` },
        body: JSON.stringify(body),
      });
    } catch (error) {
      if (signal.aborted) throw new CancelledError();
      return { error: new KaggleError('unreachable', `No connection to ${new URL(this.baseUrl).host} (${causeOf(error)}).`, 'Check the network and the proxy settings.', { cause: error }), retry: 'reads', retryAfterMs: null };
    }
    if (response.status >= 400) return this.refused(method, response.status, errorIn(parseAnswer((await response.text()).slice(0, 20_000))).message, response.headers);
    if (response.status < 300 && response.headers.get('content-type')?.includes('json')) {
      // HTTP 200 with a code inside is an error too.
      const { code, message } = errorIn(await readJson(response.clone(), method));
      if (code >= 400) {
        await response.body?.cancel();
        return this.refused(method, code, message, response.headers);
      }
    }
    return { response };
  }

  private refused(method: string, status: number, said: string, headers: Headers): Refused {
    const { credentials } = this.options;
    const told = said === '' ? `status ${status}` : `${said} (status ${status})`;
    const final = (reason: ConstructorParameters<typeof KaggleError>[0], message: string, nextStep: string): Refused => ({ error: new KaggleError(reason, message, nextStep), retry: 'never', retryAfterMs: null });
    switch (status) {
      case 401:
        return final('unauthorized', `Kaggle refuses ${credentials.source}: ${told}.`, 'Make a new token at https://www.kaggle.com/settings/api.');
      case 403:
        return final('forbidden', `Kaggle forbids this (${wordsOf(method)}): ${told}.`, 'Check the name: it may be private, or want to be joined first.');
      case 404:
        return final('not_found', `Kaggle does not find this (${wordsOf(method)}): ${told}.`, 'Check the name; a closed competition may have lost its data.');
      case 429:
        return { error: new KaggleError('rate_limited', 'Kaggle limits the rate of requests.', 'Wait some minutes, then try again.'), retry: 'always', retryAfterMs: retryAfter(headers) };
      case 502:
      case 503:
      case 504:
        return { error: new KaggleError('server_error', `Kaggle does not answer at the moment (status ${status}).`, 'Try again later.'), retry: 'reads', retryAfterMs: retryAfter(headers) };
      default:
        return status >= 500 ? final('server_error', `Kaggle fails: ${told}.`, 'Try again later.') : final('bad_request', `Kaggle refuses this (${wordsOf(method)}): ${told}.`, 'Change what Kaggle names, then try again.');
    }
  }
}

/** `competitions.CompetitionApiService/CreateSubmission` as `create submission`. */
const wordsOf = (method: string): string => (method.split('/').at(-1) ?? method).replace(/(?!^)([A-Z])/g, ' $1').toLowerCase();

/** The code and the words of an error in an answer; 0 and none where it holds none. */
function errorIn(value: unknown): { code: number; message: string } {
  const found = errorSchema.safeParse(value).data;
  return { code: found?.error?.code || found?.code || 0, message: found?.error?.message || found?.message || '' };
}

interface Refused {
  readonly error: KaggleError;
  readonly retry: 'always' | 'reads' | 'never';
  readonly retryAfterMs: number | null;
}

/** Seconds or an HTTP date, as milliseconds from now; null for none. */
function retryAfter(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (!text) return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

async function readJson(response: Response, method: string): Promise<unknown> {
  const length = Number(response.headers.get('content-length') ?? 0);
  if (length > maxAnswerBytes) throw new KaggleError('bad_answer', `Kaggle's answer (${wordsOf(method)}) is too long.`, 'Try again later.');
  const value = parseAnswer(await response.text());
  if (value === undefined) throw new KaggleError('bad_answer', `Kaggle's answer (${wordsOf(method)}) is no JSON.`, 'Try again later; a proxy may answer in its place.');
  return value;
}

/** An empty answer is an object without fields. */
const parseAnswer = (text: string): unknown => (text.trim() === '' ? {} : parseJson(text));

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
