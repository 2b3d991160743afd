import * as z from 'zod';
import type { ChatAnswer, Finish, ToolCall } from '../../core/agent/model/chat';

/** Characters of text and arguments together; a longer answer is no answer. */
export const maxAnswerChars = 400_000;
/** Characters that are kept of an answer that was too long. */
const keptChars = 4_000;
const maxToolCalls = 128;

const callPart = z.object({
  index: z.int().nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish() }).nullish(),
});
const messagePart = z.object({ content: z.string().nullish(), refusal: z.string().nullish(), tool_calls: z.array(callPart).nullish() });
const usagePart = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
  prompt_cache_hit_tokens: z.number().nullish(),
  cost: z.number().nullish(),
});
/** A piece of a stream (`delta`) or a whole answer (`message`), as endpoints really send them. */
export const chunkSchema = z.object({
  choices: z.array(z.object({ delta: messagePart.nullish(), message: messagePart.nullish(), finish_reason: z.string().nullish() })).nullish(),
  usage: usagePart.nullish().catch(null),
});
export type Chunk = z.output<typeof chunkSchema>;

interface Open {
  id: string;
  name: string;
  arguments: string;
}

/** Puts an answer together from the pieces of a stream, tolerating what endpoints leave out. */
export class AnswerReader {
  private content = '';
  private readonly calls = new Map<number, Open>();
  private chars = 0;
  private finish: string | null = null;
  private refused = false;
  private usage: z.output<typeof usagePart> | null = null;
  tooLong = false;

  /** @returns the text that this piece adds */
  take(chunk: Chunk): string {
    if (chunk.usage) this.usage = chunk.usage;
    const choice = chunk.choices?.[0];
    if (!choice) return '';
    if (choice.finish_reason) this.finish = choice.finish_reason;
    const part = choice.delta ?? choice.message;
    const text = (part?.content ?? '') + (part?.refusal ?? '');
    if (part?.refusal) this.refused = true;
    this.content += text;
    this.chars += text.length;
    for (const [at, call] of (part?.tool_calls ?? []).entries()) this.takeCall(call, at);
    if (this.chars > maxAnswerChars || this.calls.size > maxToolCalls) this.tooLong = true;
    return text;
  }

  private takeCall(part: z.output<typeof callPart>, at: number): void {
    const index = part.index ?? this.indexOf(part.id, at);
    const open = this.calls.get(index) ?? { id: '', name: '', arguments: '' };
    const given = part.function?.arguments ?? '';
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const name = part.function?.name ?? '';
    // Some endpoints repeat the name with every piece.
    if (name !== '' && open.name !== name) open.name += name;
    if (part.id && open.id === '') open.id = part.id;
    open.arguments += text;
    this.chars += text.length + name.length;
    this.calls.set(index, open);
  }

  /** Pieces without an index belong to the call of their id, else to the last one. */
  private indexOf(id: string | null | undefined, at: number): number {
    if (id) {
      for (const [index, open] of this.calls) if (open.id === id) return index;
      return this.calls.size;
    }
    return this.calls.size > 0 ? this.calls.size - 1 : at;
  }

  /** Whether the answer came to its end; a stream may simply stop. */
  get complete(): boolean {
    if (this.finish !== null || this.tooLong) return true;
    return this.calls.size > 0 && [...this.calls.values()].every((call) => isJson(call.arguments));
  }

  answer(retries: number): ChatAnswer {
    const { usage } = this;
    const finish = this.finished();
    const toolCalls = finish === 'too_long' ? [] : this.toolCalls();
    return {
      reply: { content: finish === 'too_long' ? this.content.slice(0, keptChars) : this.content, toolCalls, finish },
      usage: usage ? { input: whole(usage.prompt_tokens), output: whole(usage.completion_tokens), cached: whole(usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? 0), estimated: false } : null,
      usd: typeof usage?.cost === 'number' && usage.cost >= 0 ? usage.cost : null,
      retries,
    };
  }

  private finished(): Finish {
    if (this.tooLong) return 'too_long';
    if (this.refused || this.finish === 'content_filter') return 'refused';
    if (this.finish === 'length') return 'length';
    return this.calls.size > 0 ? 'tool_calls' : 'stop';
  }

  private toolCalls(): ToolCall[] {
    const used = new Set<string>();
    return [...this.calls].sort(([a], [b]) => a - b).map(([, call], at) => {
      const id = call.id !== '' && !used.has(call.id) ? call.id : `call_${at + 1}_${call.name.slice(0, 20)}`;
      used.add(id);
      return { id, name: call.name.slice(0, 100), arguments: call.arguments };
    });
  }
}

const whole = (value: number): number => (Number.isFinite(value) && value > 0 ? Math.round(value) : 0);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
