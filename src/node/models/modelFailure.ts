import { APIConnectionError, APIError } from 'openai';
import { ModelError, type ModelReason } from '../../core/agent/model/chat';
import type { Endpoint } from './client';
import { redact } from './redact';

/** What an endpoint can lack; learned from its refusals and left out from then on. */
export type Quirk = 'no_images' | 'no_usage_option' | 'other_output_limit' | 'no_output_limit';

/** What to do about a request that failed. */
export type Failed =
  | { readonly kind: 'retry'; readonly error: ModelError; readonly why: string; readonly retryAfterMs: number | null }
  | { readonly kind: 'quirk'; readonly quirk: Quirk; readonly error: ModelError }
  | { readonly kind: 'give_up'; readonly error: ModelError };

/** What to do about a missing or refused key. */
export const giveKey = 'Give a key of this endpoint (Podium: Give New Model Key…; in a terminal OPENAI_API_KEY).';

interface Asked extends Endpoint {
  readonly model: string;
  /** The request held pictures. Default: none. */
  readonly images?: boolean;
}

/** Reads a failure of the client: what happened, in words for the person, and whether to try again. */
export function readFailure(error: unknown, endpoint: Asked): Failed {
  if (ModelError.is(error)) return error.reason === 'silent' ? { kind: 'retry', error, why: 'no answer', retryAfterMs: null } : { kind: 'give_up', error };
  if (!(error instanceof APIError) || error instanceof APIConnectionError) return unreachable(error, endpoint);
  const text = redact(error.message, [endpoint.key]);
  const told = `${endpoint.model} at ${endpoint.baseUrl}`;
  const make: Make = (reason, message, nextStep) => new ModelError(reason, message, nextStep, { cause: new Error(text) });
  const status = statusOf(error);
  if (endpoint.images && refusesImages(status, text)) return { kind: 'quirk', quirk: 'no_images', error: make('bad_request', `${told} takes no pictures (${text}).`, 'Choose a model that reads pictures.') };
  return failedBy(error, status, text, endpoint, make);
}

type Make = (reason: ModelReason, message: string, nextStep: string) => ModelError;

/** What an endpoint's own error stands for, by its status. */
function failedBy(error: APIError, status: number | undefined, text: string, endpoint: Asked, make: Make): Failed {
  const told = `${endpoint.model} at ${endpoint.baseUrl}`;
  switch (status) {
    case 401:
    case 403:
      return { kind: 'give_up', error: make('unauthorized', `${endpoint.baseUrl} refuses the key (${text}).`, giveKey) };
    case 402:
      return { kind: 'give_up', error: make('no_credit', `${endpoint.baseUrl} asks for payment (${text}).`, 'Add credit to the account.') };
    case 404:
      return { kind: 'give_up', error: make('unknown_model', `${endpoint.baseUrl} does not know the model "${endpoint.model}" (${text}).`, 'Check the name of the model and the address of its endpoint.') };
    case 429:
      if (/insufficient_quota|exceeded your current quota/i.test(`${error.code ?? ''} ${error.type ?? ''} ${text}`)) {
        return { kind: 'give_up', error: make('no_credit', `The account's quota is used up (${text}).`, 'Add credit to the account.') };
      }
      return { kind: 'retry', why: 'rate limit', retryAfterMs: retryAfter(error.headers), error: make('rate_limited', `${told} limits the rate of requests (${text}).`, 'Wait a while.') };
    default:
      if (status === undefined || status >= 500 || status === 408 || status === 409 || status === 425) {
        return { kind: 'retry', why: status === undefined ? 'an error of the endpoint' : `status ${status}`, retryAfterMs: retryAfter(error.headers), error: make('server_error', `${told} fails (${text}).`, 'Wait until the endpoint works again.') };
      }
      return refusal(text, make, told);
  }
}

/** Whether a refusal is about the pictures of the request, in the words of the servers that are known. */
function refusesImages(status: number | undefined, text: string): boolean {
  if (status === undefined || [401, 402, 403, 408, 429].includes(status)) return false;
  return /image|vision|multi-?modal|mmproj/i.test(text) || (status < 500 && /content\b.{0,60}\b(?:string|text)\b/i.test(text));
}

function refusal(text: string, make: Make, told: string): Failed {
  const error = make('bad_request', `${told} refuses the request (${text}).`, 'Choose another model or endpoint.');
  if (/stream_options|include_usage/i.test(text)) return { kind: 'quirk', quirk: 'no_usage_option', error };
  if (/context.?length|context window|maximum context|too many tokens|prompt is too long|input is too long|exceeds? the (?:model'?s? )?(?:maximum|context)/i.test(text)) {
    return { kind: 'give_up', error: make('context_overflow', `The conversation is longer than ${told} can read (${text}).`, 'Choose a model with a larger context window.') };
  }
  if (/max_completion_tokens|max_tokens/i.test(text)) return { kind: 'quirk', quirk: /unsupported|unrecognized|unknown|not supported|extra/i.test(text) ? 'other_output_limit' : 'no_output_limit', error };
  if (/\btools?\b|function.?call/i.test(text)) {
    return { kind: 'give_up', error: make('no_tools', `${told} takes no tool calls (${text}).`, 'Choose a model that supports tool calls; some servers need an option for them.') };
  }
  return { kind: 'give_up', error };
}

function unreachable(error: unknown, endpoint: Endpoint): Failed {
  const text = redact(causes(error).join(': '), [endpoint.key]);
  return {
    kind: 'retry',
    why: 'the connection broke',
    retryAfterMs: null,
    error: new ModelError('unreachable', `No connection to ${endpoint.baseUrl} (${text}).`, 'Check the address, that its server runs and that this machine reaches it.', { cause: new Error(text) }),
  };
}

/** Messages of an error and of what caused it. */
function causes(error: unknown): string[] {
  const messages: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    const text = at.message || code;
    if (text !== '' && !messages.includes(text)) messages.push(text);
  }
  return messages.length > 0 ? messages : [String(error)];
}

/** An error inside a stream has no status of its own; some endpoints put one into its code. */
function statusOf(error: APIError): number | undefined {
  if (error.status !== undefined) return error.status;
  const code = Number(error.code);
  if (Number.isInteger(code) && code >= 400 && code < 600) return code;
  return /rate.?limit/i.test(`${error.code ?? ''} ${error.type ?? ''}`) ? 429 : undefined;
}

/** Milliseconds that the endpoint asks to wait: a number of seconds or a date. */
function retryAfter(headers: Headers | undefined): number | null {
  const precise = Number(headers?.get('retry-after-ms') ?? NaN);
  if (Number.isFinite(precise) && precise >= 0) return precise;
  const text = headers?.get('retry-after');
  if (text === undefined || text === null || text === '') return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}
