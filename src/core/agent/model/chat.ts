import * as z from 'zod';
import type { Image } from '../../environment/observation';
import { imageWords } from '../../environment/imageWords';
import { PodiumError } from '../../errors';

/** The port to a chat model: messages and tools in, one message with tool calls out. */

export const toolCallSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** JSON as the model wrote it; it may be broken. */
  arguments: z.string(),
});
export type ToolCall = z.output<typeof toolCallSchema>;

export const usageSchema = z.object({
  /** Tokens of the prompt, cached ones included. */
  input: z.int(),
  output: z.int(),
  /** Tokens of the prompt that were read from the provider's cache. */
  cached: z.int(),
  /** Counted, from characters or with a tokenizer, because the endpoint reported nothing. */
  estimated: z.boolean(),
});
export type Usage = z.output<typeof usageSchema>;

/** `too_long`: the answer was longer than anything sensible; reading stopped and its tool calls were dropped. */
export const finishSchema = z.enum(['stop', 'tool_calls', 'length', 'too_long', 'refused']);
export type Finish = z.output<typeof finishSchema>;

export const replySchema = z.object({ content: z.string(), toolCalls: z.array(toolCallSchema), finish: finishSchema });
/** What a model answered. */
export type Reply = z.output<typeof replySchema>;

/** A picture of the run's blobs; only its hash is ever journaled. */
export type ChatImage = Pick<Image, 'hash' | 'mime' | 'width' | 'height'>;

export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string; readonly images?: readonly ChatImage[] }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolDefinition[];
}

export interface ChatOptions {
  readonly signal: AbortSignal;
  /** Most tokens that the answer may have; left out where nothing bounds it. */
  readonly maxOutputTokens?: number;
  /** Text as it arrives. */
  readonly onDelta?: (text: string) => void;
  /** A request failed and is sent again after that many seconds. */
  readonly onRetry?: (why: string, seconds: number) => void;
  /** A picture as a data URL; undefined for one that cannot be sent. Absent: pictures are told of, not sent. */
  readonly imageUrl?: (image: ChatImage) => Promise<string | undefined>;
}

export const chatAnswerSchema = z.object({ reply: replySchema, usage: usageSchema.nullable(), usd: z.number().nullable(), retries: z.int() });

export interface ChatAnswer {
  readonly reply: Reply;
  /** null when the endpoint reported none; `estimated` when it was counted with a tokenizer near the model's. */
  readonly usage: Usage | null;
  /** Money as the endpoint itself reported it, in US dollars; null when it did not. */
  readonly usd: number | null;
  /** Requests that failed before this one. */
  readonly retries: number;
  /** The endpoint takes no pictures, so the request went without them. */
  readonly imagesRefused?: boolean;
}

export interface ChatModel {
  readonly name: string;
  /**
   * One answer. Retries what can be retried.
   * @throws ModelError when it cannot, or not any more; CancelledError when the signal fired
   */
  answer(request: ChatRequest, options: ChatOptions): Promise<ChatAnswer>;
}

/** `no_window`: a model of the editor, and no window to ask it. `no_consent`: the person has not allowed its use. */
export const modelReasonSchema = z.enum([
  'no_key',
  'unauthorized',
  'no_credit',
  'no_consent',
  'no_window',
  'unknown_model',
  'no_tools',
  'context_overflow',
  'bad_request',
  'rate_limited',
  'server_error',
  'unreachable',
  'silent',
]);
export type ModelReason = z.output<typeof modelReasonSchema>;

/** A model gave no answer. Its run waits for the person; nothing of it is lost. */
export class ModelError extends PodiumError<ModelReason> {
  constructor(reason: ModelReason, message: string, nextStep: string, options?: { cause?: unknown }) {
    super(reason, message, nextStep, options);
  }

  static is(error: unknown, reason?: ModelReason): error is ModelError {
    return error instanceof ModelError && (reason === undefined || error.reason === reason);
  }
}

/** Characters that a token stands for in code and English, on the low side so that an estimate is not too small. */
const charsPerToken = 3.5;

export const estimateTokens = (text: string): number => Math.ceil(text.length / charsPerToken);

/** Tokens of a request, by its characters. */
export function estimateRequest({ messages, tools }: ChatRequest): number {
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? message.toolCalls : []));
  const chars = messages.reduce((sum, message) => sum + message.content.length + 12, 0) + calls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);
  const pictures = messages.flatMap((message) => imagesOf(message)).reduce((sum, image) => sum + imageTokens(image), 0);
  return Math.ceil((chars + JSON.stringify(tools).length) / charsPerToken) + pictures;
}

export const imagesOf = (message: ChatMessage): readonly ChatImage[] => ('images' in message ? (message.images ?? []) : []);

/** Tokens of a picture as most models count them: by its area, up to the size that they scale it to. */
const imageTokens = ({ width, height }: ChatImage): number => Math.min(1_600, Math.max(85, Math.ceil((width * height) / 750)));

/** A message that only tells of its pictures. */
export function withoutImages(message: ChatMessage): ChatMessage {
  const images = imagesOf(message);
  if (images.length === 0) return message;
  const { images: _images, ...rest } = message as Extract<ChatMessage, { role: 'system' | 'user' }>;
  return { ...rest, content: `${rest.content}\n[${imageWords(images)}, not shown]` };
}

/** What an endpoint that reports no usage has used, by characters. */
export function estimateUsage(request: ChatRequest, reply: Reply): Usage {
  const output = reply.toolCalls.reduce((sum, call) => sum + estimateTokens(call.name + call.arguments), estimateTokens(reply.content));
  return { input: estimateRequest(request), output, cached: 0, estimated: true };
}
