import { Stream } from 'openai/streaming';
import type { ChatCompletionContentPart, ChatCompletionCreateParamsStreaming, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { imagesOf, ModelError, withoutImages, type ChatAnswer, type ChatImage, type ChatMessage, type ChatModel, type ChatOptions, type ChatRequest } from '../../core/agent/model/chat';
import { presetOf } from '../../core/agent/model/presets';
import { CancelledError } from '../../core/errors';
import { AnswerReader, chunkSchema } from './answerReader';
import { openAiClient } from './client';
import { giveKey, readFailure, type Quirk } from './modelFailure';
import { sleep } from '../sleep';

export interface OpenAiModelOptions {
  readonly name: string;
  /** As `normalBaseUrl` gives it. */
  readonly baseUrl: string;
  /** Stays in this object: never journaled, logged, or passed on. */
  readonly key: string | undefined;
  /** No byte for so long: the request is given up and sent again. */
  readonly silenceMs?: number;
  /** Requests for one answer, and the pauses between them (doubled each time) where the endpoint names none. */
  readonly attempts?: number;
  readonly firstPauseMs?: number;
  readonly maxPauseMs?: number;
  /** A longer wait than this is left to the person. */
  readonly maxRetryAfterMs?: number;
  /** The endpoint began an answer: in pieces, or whole although pieces were asked for. */
  readonly onAnswer?: (streams: boolean) => void;
}

/** Bytes of one response, protocol included. */
const maxBytes = 64_000_000;
/** Bytes of one line of it: no sensible answer has a longer one, and joining its pieces would take ever longer. */
const maxLineBytes = 1_500_000;

/** A model whose key can be replaced: by the person, after the old one was refused. */
export interface KeyedModel extends ChatModel {
  giveKey(key: string): void;
}

/** A model behind any endpoint that speaks OpenAI's chat completions. */
export function createOpenAiModel(options: OpenAiModelOptions): KeyedModel {
  return new OpenAiModel(options);
}

class OpenAiModel implements KeyedModel {
  private readonly quirks = new Set<Quirk>();
  private key: string | undefined;

  constructor(private readonly options: OpenAiModelOptions) {
    this.key = options.key;
  }

  giveKey(key: string): void {
    this.key = key;
  }

  get name(): string {
    return this.options.name;
  }

  async answer(request: ChatRequest, chat: ChatOptions): Promise<ChatAnswer> {
    if (!request.messages.some((message) => imagesOf(message).length > 0)) return await this.ask(request, chat, false);
    const told = { ...request, messages: request.messages.map(withoutImages) };
    if (chat.imageUrl === undefined) return await this.ask(told, chat, false);
    if (!this.quirks.has('no_images')) {
      try {
        return await this.ask(request, chat, true);
      } catch (error) {
        if (!this.quirks.has('no_images') || !ModelError.is(error)) throw error;
      }
    }
    return { ...(await this.ask(told, chat, false)), imagesRefused: true };
  }

  /** One answer, with the retries that it takes. */
  private async ask(request: ChatRequest, chat: ChatOptions, images: boolean): Promise<ChatAnswer> {
    const { name, baseUrl, attempts = 6, firstPauseMs = 1_000, maxPauseMs = 30_000, maxRetryAfterMs = 180_000 } = this.options;
    if (this.key === undefined && presetOf(baseUrl)?.needsKey) {
      throw new ModelError('no_key', `There is no key for ${baseUrl}.`, giveKey);
    }
    for (let retries = 0; ; ) {
      if (chat.signal.aborted) throw new CancelledError();
      try {
        return await this.once(request, chat, retries);
      } catch (error) {
        if (chat.signal.aborted) throw new CancelledError();
        const failed = readFailure(error, { model: name, baseUrl, key: this.key, images });
        if (failed.kind === 'quirk' && this.learns(failed.quirk)) continue;
        if (failed.kind !== 'retry' || retries + 1 >= attempts || (failed.retryAfterMs ?? 0) > maxRetryAfterMs) throw failed.error;
        // Spread out, so that several runs do not come back at the same moment.
        const pause = failed.retryAfterMs ?? Math.min(maxPauseMs, firstPauseMs * 2 ** retries) * (0.75 + Math.random() / 2);
        retries += 1;
        chat.onRetry?.(failed.why, pause / 1000);
        await sleep(pause, chat.signal);
      }
    }
  }

  /** Notes what the endpoint lacks; true when the same request goes without it. */
  private learns(quirk: Quirk): boolean {
    const known = this.quirks.has(quirk);
    this.quirks.add(quirk);
    // A request without its pictures is another one.
    return !known && quirk !== 'no_images';
  }

  private async once(request: ChatRequest, chat: ChatOptions, retries: number): Promise<ChatAnswer> {
    const { baseUrl, name, silenceMs = 240_000 } = this.options;
    const watch = new Watch(silenceMs, chat.signal);
    const client = openAiClient({ baseUrl, key: this.key }, (url, init) => watch.fetch(url, init));
    const controller = watch.controller;
    const reader = new AnswerReader();
    try {
      const response = await client.chat.completions.create(await this.body(request, chat), { signal: controller.signal }).asResponse();
      const whole = /^application\/json/i.test(response.headers.get('content-type') ?? '');
      this.options.onAnswer?.(!whole);
      if (whole) {
        // An endpoint that does not stream.
        const answer = chunkSchema.safeParse(await response.json());
        if (!answer.success) throw new Error('the answer has no form that is known');
        const text = reader.take(answer.data);
        if (text !== '') chat.onDelta?.(text);
      } else {
        for await (const raw of Stream.fromSSEResponse<unknown>(response, controller, client)) {
          const chunk = chunkSchema.safeParse(raw);
          const text = chunk.success ? reader.take(chunk.data) : '';
          if (text !== '') chat.onDelta?.(text);
          if (reader.tooLong) break;
        }
      }
      // The client takes an abort for the end of the stream.
      watch.check(name, baseUrl);
      if (!reader.complete) throw new Error('the answer broke off');
      return reader.answer(retries);
    } catch (error) {
      if (watch.flooded) {
        reader.tooLong = true;
        return reader.answer(retries);
      }
      watch.check(name, baseUrl);
      throw error;
    } finally {
      watch.end();
    }
  }

  private async body(request: ChatRequest, chat: ChatOptions): Promise<ChatCompletionCreateParamsStreaming> {
    const usual = presetOf(this.options.baseUrl)?.outputLimit ?? 'max_tokens';
    const field = this.quirks.has('other_output_limit') ? (usual === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens') : usual;
    const bounded = chat.maxOutputTokens !== undefined && !this.quirks.has('no_output_limit');
    return {
      model: this.options.name,
      stream: true,
      ...(this.quirks.has('no_usage_option') ? {} : { stream_options: { include_usage: true } }),
      messages: await Promise.all(request.messages.map((message) => wireMessage(message, chat))),
      ...(request.tools.length === 0 ? {} : { tools: request.tools.map(({ name, description, parameters }) => ({ type: 'function' as const, function: { name, description, parameters } })) }),
      ...(bounded ? { [field]: chat.maxOutputTokens } : {}),
    };
  }
}

/** Ends a request on cancel, on silence and on a flood; knows which of them it was. */
class Watch {
  readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private silent = false;
  private bytes = 0;
  private lineBytes = 0;
  /** The response was larger than any answer may be. */
  flooded = false;
  private readonly cancel = (): void => this.controller.abort();

  constructor(
    private readonly silenceMs: number,
    private readonly signal: AbortSignal,
  ) {
    if (signal.aborted) this.controller.abort();
    signal.addEventListener('abort', this.cancel, { once: true });
  }

  async fetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
    this.touch();
    const response = await fetch(url, init);
    this.touch();
    if (!response.body) return response;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, out) => {
          this.touch();
          this.bytes += chunk.length;
          const end = chunk.lastIndexOf(10);
          this.lineBytes = end < 0 ? this.lineBytes + chunk.length : chunk.length - end - 1;
          this.flooded = this.bytes > maxBytes || this.lineBytes > maxLineBytes;
          if (this.flooded) out.error(new Error('the response is too large'));
          else out.enqueue(chunk);
        },
      }),
    );
    return new Response(counted, { status: response.status, statusText: response.statusText, headers: response.headers });
  }

  /** Any byte counts, also a keep-alive comment. */
  private touch(): void {
    clearTimeout(this.timer);
    // Bytes that lie ready while this process was busy are no silence: they are read first.
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => {
      if (this.timer !== timer) return;
      this.silent = true;
      this.controller.abort();
    })), this.silenceMs);
    this.timer = timer;
  }

  /** @throws CancelledError, ModelError `silent` when that is why the request ended */
  check(model: string, baseUrl: string): void {
    if (this.signal.aborted) throw new CancelledError();
    if (this.silent) throw new ModelError('silent', `${model} at ${baseUrl} sent nothing for ${Math.round(this.silenceMs / 1000)} s.`, 'Check that the endpoint works.');
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.signal.removeEventListener('abort', this.cancel);
    this.controller.abort();
  }
}

async function wireMessage(message: ChatMessage, chat: ChatOptions): Promise<ChatCompletionMessageParam> {
  switch (message.role) {
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content === '' ? null : message.content,
        ...(message.toolCalls.length === 0
          ? {}
          : { tool_calls: message.toolCalls.map((call) => ({ id: call.id, type: 'function' as const, function: { name: wireName(call.name), arguments: wireArguments(call.arguments) } })) }),
      };
    case 'user':
      return { role: 'user', content: message.images?.length ? await wireParts(message.content, message.images, chat) : message.content };
    case 'system':
      return { role: 'system', content: message.content };
  }
}

/** Text and pictures; a picture that cannot be sent is told of. */
async function wireParts(content: string, images: readonly ChatImage[], chat: ChatOptions): Promise<ChatCompletionContentPart[]> {
  const parts: ChatCompletionContentPart[] = [{ type: 'text', text: content }];
  for (const image of images) {
    const url = await chat.imageUrl?.(image);
    parts.push(url === undefined ? { type: 'text', text: `[${image.width}×${image.height}, too large to show]` } : { type: 'image_url', image_url: { url } });
  }
  return parts;
}

/** Endpoints parse the past calls again: a name or arguments that are none would make every later request fail. */
const wireName = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || 'unnamed';

function wireArguments(text: string): string {
  if (text.trim() === '') return '{}';
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text;
  } catch {
    // Sent as a value below.
  }
  return JSON.stringify({ invalid: text.slice(0, 500) });
}
