import * as z from 'zod';
import { parseJson } from '../../core/parseJson';
import { ModelError, type ChatAnswer, type ChatMessage, type ChatModel, type ToolDefinition } from '../../core/agent/model/chat';
import type { Check } from '../doctor/runtimeChecks';
import type { Endpoint } from './client';
import { listModels } from './listModels';
import { createOpenAiModel } from './openaiModel';

export interface TestOptions {
  readonly signal: AbortSignal;
  /** The checks so far, after each one: the last of them may still be under way. */
  readonly onCheck?: (checks: readonly Check[]) => void;
}

/** Shorter than in a run: a person waits. */
const patience = { attempts: 2, firstPauseMs: 500, maxRetryAfterMs: 5_000, silenceMs: 60_000 } as const;

/**
 * Tries what a run needs of a model at an OpenAI-compatible endpoint: address and key, an answer,
 * streaming, usage, tool calls and what follows them. Sends three short requests.
 * What goes wrong is a check with state `fail` or `warn`, and what comes after a failure is left out.
 * @throws CancelledError when the signal fired
 */
export async function testConnection({ name, ...endpoint }: Endpoint & { readonly name: string }, options: TestOptions): Promise<Check[]> {
  const known = await checkAddress(endpoint, name, options.signal);
  options.onCheck?.([known]);
  if (known.state === 'fail') return [known];
  let streams: boolean | null = null;
  const model = createOpenAiModel({ name, ...endpoint, ...patience, onAnswer: (inPieces) => (streams = inPieces) });
  const rest = await testModel(model, () => streams, { ...options, onCheck: (checks) => options.onCheck?.([known, ...checks]) });
  return [known, ...rest];
}

/**
 * The checks of `testConnection` that hold for a model of any kind.
 * @param streams whether the last answer came in pieces; null when that is not known
 * @throws CancelledError
 */
export async function testModel(model: ChatModel, streams: () => boolean | null, { signal, onCheck }: TestOptions): Promise<Check[]> {
  const checks: Check[] = [];
  const add = (...more: readonly Check[]): void => {
    checks.push(...more);
    onCheck?.(checks);
  };
  try {
    const began = Date.now();
    const answer = await model.answer({ messages: [{ role: 'user', content: 'This is a test of the connection. Reply with the one word: ready' }], tools: [] }, { signal });
    add(checkAnswer(answer, Date.now() - began), checkStreaming(streams()), checkUsage(answer));
  } catch (error) {
    add(failed('chat', 'Chat', error));
    return checks;
  }
  add(await checkTools(model, signal));
  return checks;
}

async function checkAddress(endpoint: Endpoint, name: string, signal: AbortSignal): Promise<Check> {
  const title = 'Address and key';
  try {
    const models = await listModels(endpoint, signal);
    if (models.includes(name)) return { id: 'address', title, state: 'ok', detail: `${endpoint.baseUrl} offers ${models.length} ${models.length === 1 ? 'model' : 'models'}, ${name} among them.` };
    return { id: 'address', title, state: 'warn', detail: `${endpoint.baseUrl} does not list ${name}.`, nextStep: 'Check the name if the next check fails; some endpoints list only a part.' };
  } catch (error) {
    if (!ModelError.is(error)) throw error;
    // Anything else may be a lack of the list alone.
    if (error.reason === 'unauthorized' || error.reason === 'no_key' || error.reason === 'unreachable') return failed('address', title, error);
    return { id: 'address', title, state: 'ok', detail: `${endpoint.baseUrl} answers; it lists no models.` };
  }
}

function checkAnswer({ reply, retries }: ChatAnswer, milliseconds: number): Check {
  const title = 'Chat';
  if (reply.finish === 'refused') return { id: 'chat', title, state: 'fail', detail: 'The model refused a harmless request.', nextStep: 'Choose another model.' };
  if (reply.content.trim() === '') return { id: 'chat', title, state: 'warn', detail: 'The answer was empty.', nextStep: 'Try again; choose another model if it stays so.' };
  const again = retries > 0 ? ` at the second try` : '';
  return { id: 'chat', title, state: 'ok', detail: `Answered in ${(milliseconds / 1000).toFixed(1)} s${again}.` };
}

function checkStreaming(streams: boolean | null): Check {
  const title = 'Streaming';
  if (streams === false) return { id: 'streaming', title, state: 'warn', detail: 'Answers arrive whole, not in pieces.', nextStep: 'Runs work; a long answer shows only at its end.' };
  return { id: 'streaming', title, state: 'ok', detail: streams === null ? 'Left to the editor.' : 'Answers arrive in pieces.' };
}

function checkUsage({ usage, usd }: ChatAnswer): Check {
  const title = 'Usage';
  if (usage === null) return { id: 'usage', title, state: 'warn', detail: 'The endpoint reports no tokens.', nextStep: 'They are estimated from the text and marked ≈, and so is what a budget of tokens or money counts.' };
  if (usage.estimated) return { id: 'usage', title, state: 'warn', detail: `≈ ${usage.input} tokens in, ${usage.output} out, counted by the editor. What they cost is unknown.`, nextStep: 'Bound runs by tokens, not by money.' };
  return { id: 'usage', title, state: 'ok', detail: `${usage.input} tokens in, ${usage.output} out${usd === null ? '' : `, $${usd}`}.` };
}

const tool: ToolDefinition = {
  name: 'report_word',
  description: 'Reports one word.',
  parameters: { type: 'object', properties: { word: { type: 'string', description: 'The word to report.' } }, required: ['word'], additionalProperties: false },
};
const argumentsSchema = z.object({ word: z.string() });

/** A call, its result and what the model says to it: the three things that a step of a run is made of. */
async function checkTools(model: ChatModel, signal: AbortSignal): Promise<Check> {
  const title = 'Tool calls';
  const fail = (detail: string): Check => ({ id: 'tools', title, state: 'fail', detail, nextStep: 'Choose a model that supports tool calls; some servers need an option for them (vLLM: --enable-auto-tool-choice).' });
  const messages: ChatMessage[] = [{ role: 'user', content: 'Call the tool report_word with the word "ready". Do not answer in any other way.' }];
  try {
    const { reply } = await model.answer({ messages, tools: [tool] }, { signal });
    const [call] = reply.toolCalls;
    if (!call) return fail('The model answered with text in place of a call.');
    if (call.name !== tool.name) return fail(`The model called "${call.name.slice(0, 60)}", which is no tool of the request.`);
    if (!argumentsSchema.safeParse(parseJson(call.arguments)).success) return fail('The arguments of the call do not fit the tool.');
    const results = reply.toolCalls.map((one) => ({ role: 'tool' as const, toolCallId: one.id, content: 'Reported. Say: done' }));
    await model.answer({ messages: [...messages, { role: 'assistant', content: reply.content, toolCalls: reply.toolCalls }, ...results], tools: [tool] }, { signal });
    return { id: 'tools', title, state: 'ok', detail: 'A tool was called and its result was read.' };
  } catch (error) {
    return failed('tools', title, error);
  }
}

/** @throws anything but a ModelError */
function failed(id: string, title: string, error: unknown): Check {
  if (!ModelError.is(error)) throw error;
  return { id, title, state: 'fail', detail: error.message, ...(error.nextStep === undefined ? {} : { nextStep: error.nextStep }) };
}
