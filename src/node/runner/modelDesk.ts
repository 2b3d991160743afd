import type { Asked } from '../../core/agent/player';
import { estimateRequest, estimateUsage, ModelError, replySchema, type ChatAnswer, type ChatModel, type ChatRequest, type Usage } from '../../core/agent/model/chat';
import { costOf, type Price } from '../../core/agent/model/prices';
import { RunOver } from '../../core/environment/context';
import type { Blobs } from '../../core/environment/ports';
import type { EnvironmentState } from '../../core/environment/state';
import { CancelledError } from '../../core/errors';
import { decisionNews } from '../../core/run/decisionNews';
import type { EventData, NewEvent, RunConfig, RunEvent } from '../../core/run/events';
import { Pictures } from '../models/pictures';
import { remedyOf } from '../../core/run/modelTrouble';
import type { WindowModel } from './windowModel';
import { sha256 } from '../storage/blobStore';

/** The model of a run, and what is known of it. */
export interface RunModel {
  readonly model: ChatModel;
  readonly price: Price | null;
  /** Tokens that it can read, where that is known. */
  readonly context: number | null;
  /** A model of the editor: what windows are told to ask. */
  readonly windows?: WindowModel;
  /** Replaces the key of a model that has one. */
  readonly giveKey?: (key: string) => void;
}

export interface ModelDeskParts extends RunModel {
  readonly limits: RunConfig['limits'];
  readonly state: EnvironmentState;
  readonly events: () => readonly RunEvent[];
  readonly blobs: Blobs;
  readonly append: (event: NewEvent) => Promise<void>;
  readonly signal: AbortSignal;
  /** Resolves when the run is not paused. */
  readonly unpaused: () => Promise<void>;
  /** Lets the run wait for the person; resolves when it goes on. */
  readonly wait: (trouble: EventData<'waiting'>) => Promise<void>;
  readonly onDelta?: (text: string) => void;
  readonly log: (line: string) => void;
}

/** Answers above this length lie in a blob. */
const maxInline = 8_000;
/** An answer that may have fewer tokens than this is not asked for. */
const leastOutput = 400;
/** Only where less than this is left does a request bound its answer: models have bounds of their own below it. */
const boundBelow = 16_000;

/**
 * Asks the run's model: keeps the budgets of tokens and money, journals every answer, and lets
 * the run wait for the person when the model cannot be had.
 */
export class ModelDesk {
  /** Measured over estimated tokens of a request. */
  private scale = 1;
  private readonly pictures: Pictures;

  constructor(private readonly parts: ModelDeskParts) {
    this.pictures = new Pictures(parts.blobs);
  }

  async ask(build: (news: readonly string[]) => ChatRequest): Promise<Asked> {
    await this.parts.unpaused();
    const { news, heard } = this.news();
    const request = build(news);
    for (;;) {
      try {
        const room = this.room(request);
        if ('over' in room) return { kind: 'over', reason: room.over };
        return await this.answered(request, news, heard, room.maxOutputTokens);
      } catch (error) {
        const over = this.runOver();
        if (over?.why === 'budget') return { kind: 'over', reason: over.message };
        if (over) throw over;
        if (!ModelError.is(error)) throw error;
        const nextStep = [error.nextStep, remedyOf(error.reason) === 'none' ? '' : 'Then resume the run.'].filter(Boolean).join(' ');
        this.parts.log(`${error.message} ${nextStep}`);
        await this.parts.wait({ why: error.message, nextStep, model: error.reason });
      }
    }
  }

  async recall(call: EventData<'model_call'>): Promise<Asked> {
    return await recorded(call, this.parts.blobs);
  }

  private async answered(request: ChatRequest, news: readonly string[], heard: number, maxOutputTokens: number | undefined): Promise<Asked> {
    const { model, signal, log, onDelta } = this.parts;
    const began = Date.now();
    const note = (answer: ChatAnswer | null, usage: Usage): Promise<void> => this.note(request, news, heard, answer, usage, (Date.now() - began) / 1000);
    let answer: ChatAnswer;
    try {
      answer = await model.answer(request, {
        signal,
        ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
        ...(onDelta ? { onDelta } : {}),
        imageUrl: (image) => this.pictures.url(image),
        onRetry: (why, seconds) => log(`The model is asked again in ${seconds.toFixed(seconds < 10 ? 1 : 0)} s (${why}).`),
      });
    } catch (error) {
      if (!ModelError.is(error, 'context_overflow')) throw error;
      // The player makes the conversation shorter; refused requests cost nothing.
      await note(null, { input: 0, output: 0, cached: 0, estimated: true });
      return { kind: 'overflow' };
    }
    const usage = answer.usage ?? estimateUsage(request, answer.reply);
    if (!usage.estimated && usage.input > 0) this.scale = Math.min(4, Math.max(0.25, usage.input / estimateRequest(request)));
    if (answer.imagesRefused) await this.tellImagesRefused();
    await note(answer, usage);
    return { kind: 'answer', reply: answer.reply, usage };
  }

  private async note(request: ChatRequest, news: readonly string[], heard: number, answer: ChatAnswer | null, usage: Usage, seconds: number): Promise<void> {
    const { state, model, price, blobs, append } = this.parts;
    const text = answer ? JSON.stringify(answer.reply) : '';
    const large = text.length > maxInline;
    const message = answer === null ? {} : large ? { blob: await blobs.put(text) } : { message: answer.reply };
    await append({
      actor: 'llm',
      type: 'model_call',
      data: {
        call: state.spent.calls + 1,
        attempt: state.current.agent,
        model: model.name,
        promptHash: sha256(JSON.stringify(request)),
        news: [...news],
        heard,
        finish: answer?.reply.finish ?? null,
        ...message,
        usage,
        seconds: Math.round(seconds * 1000) / 1000,
        retries: answer?.retries ?? 0,
        usd: answer === null ? 0 : (answer.usd ?? costOf(usage, price)),
        context: this.parts.context,
      },
    });
  }

  /** Said once per run. */
  private async tellImagesRefused(): Promise<void> {
    const { append, events, model } = this.parts;
    const text = `${model.name} takes no pictures here: from now on it is told their size.`;
    if (events().some((event) => event.type === 'note' && event.data.text === text)) return;
    await append({ actor: 'system', type: 'note', data: { attempt: null, text } });
  }

  /** What the person said or refused since the last answer. */
  private news(): { news: string[]; heard: number } {
    const events = this.parts.events();
    const last = events.findLast((event) => event.type === 'model_call');
    const from = last?.type === 'model_call' ? last.data.heard : 0;
    const news = events.flatMap((event) => (event.seq > from ? newsOf(event, events) : []));
    return { news, heard: events.at(-1)?.seq ?? 0 };
  }

  /** What the budgets leave for one more answer. @throws ModelError where a budget of money cannot be kept */
  private room(request: ChatRequest): { readonly over: string } | { readonly maxOutputTokens?: number } {
    const { limits, state, price, model } = this.parts;
    if (limits.steps !== undefined && state.agentSteps >= limits.steps) return { over: `The ${limits.steps} steps of this run are used up.` };
    const input = Math.ceil(estimateRequest(request) * this.scale);
    let output = Infinity;
    if (limits.tokens !== undefined) {
      output = limits.tokens - state.spent.tokens - input;
      if (output < leastOutput) return { over: `The ${limits.tokens} tokens of this run are used up (${state.spent.tokens} used; the next answer needs about ${input + leastOutput}).` };
    }
    if (limits.usd !== undefined) {
      if (price === null || state.spent.usd === null) {
        throw new ModelError('bad_request', `The price of ${model.name} is unknown, so the budget of $${limits.usd} cannot be kept.`, 'Write its price into prices.json in PODIUM_HOME, or start a run with a budget of tokens.');
      }
      const left = limits.usd - state.spent.usd - (input * price.input) / 1e6;
      const affordable = price.output === 0 ? (left >= 0 ? Infinity : 0) : (left * 1e6) / price.output;
      if (affordable < leastOutput) return { over: `The $${limits.usd} of this run are used up ($${state.spent.usd.toFixed(4)} spent; the next answer does not fit).` };
      output = Math.min(output, affordable);
    }
    return output < boundBelow ? { maxOutputTokens: Math.floor(output) } : {};
  }

  private runOver(): RunOver | undefined {
    const { signal } = this.parts;
    if (!signal.aborted) return undefined;
    const reason: unknown = signal.reason;
    return reason instanceof RunOver ? reason : new RunOver('stopped', reason instanceof CancelledError ? reason.message : 'Stopped.');
  }
}

/** The answer that a journaled call gave. */
export async function recorded(call: EventData<'model_call'>, blobs: Pick<Blobs, 'get'>): Promise<Asked> {
  if (call.finish === null) return { kind: 'overflow' };
  const message: unknown = call.message ?? JSON.parse(new TextDecoder().decode(await blobs.get(call.blob ?? '')));
  return { kind: 'answer', reply: replySchema.parse(message), usage: call.usage };
}

function newsOf(event: RunEvent, events: readonly RunEvent[]): string[] {
  if (event.type === 'instruction') return [`The person who watches says: ${event.data.text}`];
  return event.type === 'bench_decision' ? decisionNews(event, events) : [];
}
