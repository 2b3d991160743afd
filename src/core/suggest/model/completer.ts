import { CancelledError } from '../../errors';
import { estimateRequest, estimateUsage, type ChatAnswer, type ChatModel, type ChatRequest, type Usage } from '../../agent/model/chat';
import { costOf, type Price } from '../../agent/model/prices';
import { fill, parse } from '../../agent/model/prompts';
import { CompletionCache } from './cache';
import complete from './prompts/complete.prompt.md';
import { situationText, type Situation } from './situation';
import { cutAnswer, shapeAt, type Spot } from './spot';

export interface PricedModel extends ChatModel {
  readonly price: Price | null;
}

/** What a request has used; usd is null when it is unknown, which is not nothing. */
export interface Use {
  readonly usage: Usage;
  readonly usd: number | null;
}

const prompt = parse(complete);
const maxBefore = 6_000;
const maxAfter = 1_500;
/** Tokens of an answer: a line, a block. */
const maxOutput = { line: 96, block: 320 } as const;

/** Asks a model to go on at the cursor: one request at a time, a newer one ends the one before. */
export class Completer {
  private readonly cache = new CompletionCache();
  private running: AbortController | undefined;

  /** @param used is told what every request has cost, cancelled ones by estimate */
  constructor(private readonly used: (use: Use) => void) {}

  /** What is known here without asking; undefined: nothing is. */
  known(spot: Spot): string | null | undefined {
    return shapeAt(spot) === null ? null : this.cache.get(spot);
  }

  /**
   * The text that goes in at the cursor; null when there is none.
   * @throws ModelError when the model gave no answer, CancelledError when the signal fired or a newer request came
   */
  async complete(model: PricedModel, spot: Spot, situation: Situation, signal: AbortSignal): Promise<string | null> {
    const shape = shapeAt(spot);
    if (shape === null) return null;
    this.running?.abort();
    const own = new AbortController();
    this.running = own;
    const both = AbortSignal.any([own.signal, signal]);
    const request = requestFor(spot, situation, shape);
    let answer: ChatAnswer;
    try {
      answer = await model.answer(request, { signal: both, maxOutputTokens: maxOutput[shape] });
    } catch (error) {
      // What had been sent is charged for by most, and nobody says how much.
      if (CancelledError.is(error)) this.note(model, { input: estimateRequest(request), output: 0, cached: 0, estimated: true }, null);
      throw error;
    } finally {
      if (this.running === own) this.running = undefined;
    }
    const { reply, usage, usd } = answer;
    this.note(model, usage ? { ...usage, estimated: false } : estimateUsage(request, reply), usd);
    const text = reply.finish === 'refused' || reply.finish === 'too_long' ? null : cutAnswer(reply.content, spot, shape);
    this.cache.put(spot, text);
    return text;
  }

  private note(model: PricedModel, usage: Usage, usd: number | null): void {
    this.used({ usage, usd: usd ?? costOf(usage, model.price) });
  }
}

function requestFor({ before, after }: Spot, situation: Situation, shape: 'line' | 'block'): ChatRequest {
  const length = shape === 'line' ? 'the rest of this line' : 'the next lines of this block, at most ten';
  // From the beginning of a line: half a line reads like code that is broken.
  const near = before.length > maxBefore ? before.slice(before.indexOf('\n', before.length - maxBefore) + 1) : before;
  return {
    messages: [
      { role: 'system', content: fill(prompt, { length }) },
      { role: 'user', content: `${situationText(situation)}\n\nThe code:\n${near}<|cursor|>${after.slice(0, maxAfter)}` },
    ],
    tools: [],
  };
}
