import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ModelError, type ChatOptions, type ChatRequest } from '../../../../src/core/agent/model/chat';
import { toolDefinitions } from '../../../../src/core/agent/model/tools';
import { CancelledError } from '../../../../src/core/errors';
import { createOpenAiModel, type OpenAiModelOptions } from '../../../../src/node/models/openaiModel';
import { ModelServer, type ModelServerOptions, type Turn } from '../../../fakes/modelServer';

/** The client against a server over real HTTP that behaves, and one that does not. */
const request: ChatRequest = {
  messages: [
    { role: 'system', content: 'Play.' },
    { role: 'user', content: 'Go.' },
  ],
  tools: toolDefinitions('none'),
};
const servers: ModelServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serve(turns: readonly Turn[], more: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await ModelServer.start({ turns, ...more });
  servers.push(server);
  return server;
}

const secret = 'sk-test-0123456789abcdef';
const modelAt = (server: { url: string }, more: Partial<OpenAiModelOptions> = {}) =>
  createOpenAiModel({ name: 'scripted', baseUrl: server.url, key: secret, attempts: 4, firstPauseMs: 5, maxPauseMs: 10, silenceMs: 20_000, ...more });
/** Short only where silence is what is tried: a busy machine is slow elsewhere. */
const patience = (turn: Turn): Partial<OpenAiModelOptions> => (turn.kind === 'silence' ? { silenceMs: 700 } : {});
const quiet = (): ChatOptions => ({ signal: new AbortController().signal });
const ok: Turn = { text: 'Look.', calls: [{ name: 'list_files', args: {} }], usage: [200, 20] };

async function failure(work: Promise<unknown>): Promise<ModelError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!ModelError.is(error)) throw new Error(`expected a ModelError, got ${String(error)}`);
  expect(error.nextStep).toBeTruthy();
  return error;
}

describe('a model over HTTP', () => {
  it.each([false, true])('gives text, parallel tool calls in order and usage (whole answers: %s)', async (neverStreams) => {
    const calls = [
      { name: 'write_file', args: { path: 'train.py', content: 'print("ä ∑")\n' } },
      { name: 'run_script', args: {} },
    ];
    const server = await serve([{ text: 'Two things.', calls, usage: [300, 40] }], { neverStreams });
    const heard: string[] = [];
    const answer = await modelAt(server).answer(request, { ...quiet(), onDelta: (text) => heard.push(text) });
    expect(answer.reply.content).toBe('Two things.');
    expect(heard.join('')).toBe('Two things.');
    expect(answer.reply.toolCalls.map((call) => ({ name: call.name, args: JSON.parse(call.arguments) as unknown }))).toEqual(calls);
    expect(new Set(answer.reply.toolCalls.map((call) => call.id)).size).toBe(2);
    expect(answer.usage).toEqual({ input: 300, output: 40, cached: 150, estimated: false });
    expect(answer.retries).toBe(0);
    const [sent] = server.requests;
    expect(sent?.body.stream).toBe(true);
    expect(sent?.body.tools?.find((tool) => tool.function.name === 'edit_cell')?.function.parameters).toMatchObject({ type: 'object', required: ['path', 'cell', 'source'] });
    expect(sent?.authorization).toBe(`Bearer ${secret}`);
  });

  it('keeps the query of the address', async () => {
    const server = await serve([ok]);
    await modelAt({ url: `${server.url}?api-version=preview` }).answer(request, quiet());
    expect(server.requests[0]?.path).toBe('/v1/chat/completions?api-version=preview');
  });

  it('reports missing usage as missing', async () => {
    expect((await modelAt(await serve([{ ...ok, usage: null }])).answer(request, quiet())).usage).toBeNull();
  });

  it('does without the option for usage where it is refused, from then on', async () => {
    const server = await serve([ok, ok], { noUsageOption: true });
    const model = modelAt(server);
    await model.answer(request, quiet());
    await model.answer(request, quiet());
    expect(server.requests.map((one) => one.body.stream_options !== undefined)).toEqual([true, false, false]);
  });

  it('bounds the answer only when told to', async () => {
    const server = await serve([ok, ok]);
    await modelAt(server).answer(request, { ...quiet(), maxOutputTokens: 700 });
    await modelAt(server).answer(request, quiet());
    expect(server.requests.map((one) => one.body.max_tokens)).toEqual([700, undefined]);
  });

  const passing: [string, Turn][] = [
    ['429 without Retry-After', { kind: 'error', status: 429, message: 'Slow down.' }],
    ['500', { kind: 'error', status: 500 }],
    ['503', { kind: 'error', status: 503 }],
    ['a reset in mid-stream', { kind: 'reset' }],
    ['a stream that stops in the middle of a call', { kind: 'cut' }],
    ['silence before the headers', { kind: 'silence' }],
    ['silence in mid-stream', { kind: 'silence', afterHeaders: true }],
    ['an overload told inside the stream', { kind: 'stream_error', code: 503, message: 'Overloaded.' }],
  ];
  it.each(passing)('asks again after %s', async (_what, turn) => {
    const server = await serve([turn, turn, ok]);
    const told: string[] = [];
    const answer = await modelAt(server, patience(turn)).answer(request, { ...quiet(), onRetry: (why) => told.push(why) });
    expect(answer.reply.toolCalls[0]?.name).toBe('list_files');
    // Nothing of the broken answers is left in the good one.
    expect(answer.reply.content).toBe('Look.');
    expect(answer.retries).toBe(2);
    expect(told).toHaveLength(2);
  });

  const lasting: [string, Turn, string][] = [
    ['429', { kind: 'error', status: 429 }, 'rate_limited'],
    ['500', { kind: 'error', status: 500 }, 'server_error'],
    ['resets', { kind: 'reset' }, 'unreachable'],
    ['silence', { kind: 'silence' }, 'silent'],
  ];
  it.each(lasting)('gives up after lasting %s', async (_what, turn, reason) => {
    const server = await serve([turn, turn, turn, turn, ok]);
    expect((await failure(modelAt(server, patience(turn)).answer(request, quiet()))).reason).toBe(reason);
    expect(server.requests).toHaveLength(4);
  });

  it('honours Retry-After in seconds and as a date', async () => {
    const date = new Date(Date.now() + 100_000).toUTCString();
    for (const [header, least, most] of [['0.2', 0.2, 0.2], ['2', 2, 2], [date, 1, 100]] as const) {
      const server = await serve([{ kind: 'error', status: 429, headers: { 'retry-after': header } }, ok]);
      const abort = new AbortController();
      let pause = NaN;
      const work = modelAt(server).answer(request, {
        signal: abort.signal,
        onRetry: (_why, seconds) => {
          pause = seconds;
          abort.abort();
        },
      });
      await expect(work).rejects.toBeInstanceOf(CancelledError);
      expect(pause).toBeGreaterThanOrEqual(least);
      expect(pause).toBeLessThanOrEqual(most);
    }
  });

  it('leaves a very long Retry-After to the person', async () => {
    const server = await serve([{ kind: 'error', status: 429, headers: { 'retry-after': '7200' } }, ok]);
    expect((await failure(modelAt(server).answer(request, quiet()))).reason).toBe('rate_limited');
    expect(server.requests).toHaveLength(1);
  });

  const final: [string, Turn, string][] = [
    ['403', { kind: 'error', status: 403 }, 'unauthorized'],
    ['402', { kind: 'error', status: 402 }, 'no_credit'],
    ['a used-up quota', { kind: 'error', status: 429, code: 'insufficient_quota', message: 'You exceeded your current quota.' }, 'no_credit'],
    ['a conversation that is too long', { kind: 'error', status: 400, code: 'context_length_exceeded', message: "This model's maximum context length is 8192 tokens." }, 'context_overflow'],
    ['a model without tools', { kind: 'error', status: 400, message: 'scripted does not support tools' }, 'no_tools'],
    ['another refusal', { kind: 'error', status: 400, message: 'Bad.' }, 'bad_request'],
  ];
  it.each(final)('does not repeat a request after %s', async (_what, turn, reason) => {
    const server = await serve([turn, ok]);
    expect((await failure(modelAt(server).answer(request, quiet()))).reason).toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  it('says that a key is refused, and never says the key', async () => {
    const server = await serve([ok], { key: 'another' });
    const error = await failure(modelAt(server).answer(request, quiet()));
    expect(error.reason).toBe('unauthorized');
    expect(`${error.message} ${error.nextStep} ${error.stack} ${String(error.cause)} ${JSON.stringify(error)}`).not.toContain(secret.slice(3, 12));
  });

  it('says that a model is unknown', async () => {
    const error = await failure(modelAt(await serve([ok]), { name: 'nobody' }).answer(request, quiet()));
    expect(error.reason).toBe('unknown_model');
    expect(error.message).toContain('nobody');
  });

  it('says that nothing answers at an address', async () => {
    const free = createServer();
    const port = await new Promise<number>((resolve) => free.listen(0, '127.0.0.1', () => resolve((free.address() as { port: number }).port)));
    await new Promise((resolve) => free.close(resolve));
    expect((await failure(modelAt({ url: `http://127.0.0.1:${port}/v1` }).answer(request, quiet()))).reason).toBe('unreachable');
  });

  it('asks for a key where the endpoint is known to need one', async () => {
    const model = createOpenAiModel({ name: 'm', baseUrl: 'https://api.openai.com/v1', key: undefined });
    expect((await failure(model.answer(request, quiet()))).reason).toBe('no_key');
  });

  it.each([{ bytes: 10_000_000 }, { bytes: 10_000_000, oneLine: true }])('stops reading an answer of 10 MB (%o)', async (flood) => {
    const answer = await modelAt(await serve([{ kind: 'flood', ...flood }])).answer(request, quiet());
    expect(answer.reply).toMatchObject({ finish: 'too_long', toolCalls: [] });
    expect(answer.reply.content.length).toBeLessThan(10_000);
  });

  it('hands broken tool calls on as they are, and sends them back in a form that endpoints take', async () => {
    const server = await serve([{ calls: [{ name: 'no such tool!', args: '{"path": ' }] }, ok]);
    const model = modelAt(server);
    const { reply } = await model.answer(request, quiet());
    expect(reply.toolCalls[0]).toMatchObject({ name: 'no such tool!', arguments: '{"path": ' });
    const [call] = reply.toolCalls;
    await model.answer({ ...request, messages: [...request.messages, { role: 'assistant', ...reply }, { role: 'tool', toolCallId: call?.id ?? '', content: 'no' }] }, quiet());
    const sent = server.requests[1]?.body.messages?.find((message) => message.role === 'assistant')?.tool_calls?.[0]?.function;
    expect(sent?.name).toMatch(/^[\w-]+$/);
    expect(JSON.parse(sent?.arguments ?? '')).toEqual({ invalid: '{"path": ' });
  });

  it.each([{ kind: 'silence' }, { kind: 'silence', afterHeaders: true }] as Turn[])('is cancelled at once (%o)', async (turn) => {
    const server = await serve([turn]);
    const abort = new AbortController();
    const work = modelAt(server, { silenceMs: 60_000 }).answer(request, { signal: abort.signal });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort();
    await expect(work).rejects.toBeInstanceOf(CancelledError);
  });
});
