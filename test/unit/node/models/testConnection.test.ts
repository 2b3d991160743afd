import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ModelError } from '../../../../src/core/agent/model/chat';
import { CancelledError } from '../../../../src/core/errors';
import { listModels } from '../../../../src/node/models/listModels';
import { testConnection } from '../../../../src/node/models/testConnection';
import { ModelServer, type ModelServerOptions, type Turn } from '../../../fakes/modelServer';

const secret = 'sk-test-0123456789abcdef';
const servers: ModelServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serve(turns: readonly Turn[], more: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await ModelServer.start({ turns, ...more });
  servers.push(server);
  return server;
}

const hello: Turn = { text: 'ready', usage: [20, 2] };
const call: Turn = { calls: [{ name: 'report_word', args: { word: 'ready' } }], usage: [40, 9] };
const done: Turn = { text: 'done', usage: [60, 2] };

async function states(server: Pick<ModelServer, 'url'>, more: { name?: string; key?: string } = {}): Promise<Record<string, string>> {
  const checks = await testConnection({ name: 'scripted', baseUrl: server.url, key: secret, ...more }, { signal: new AbortController().signal });
  for (const check of checks) {
    expect(check.detail).not.toBe('');
    if (check.state !== 'ok') expect(check.nextStep, check.id).toBeTruthy();
    expect(JSON.stringify(check)).not.toContain(secret.slice(3, 12));
  }
  return Object.fromEntries(checks.map((check) => [check.id, check.state]));
}
const fine = { address: 'ok', chat: 'ok', streaming: 'ok', usage: 'ok', tools: 'ok' };

describe('the test of a connection', () => {
  it('finds an endpoint that does everything to be fine, and reads the result of the call too', async () => {
    const server = await serve([hello, call, done], { key: secret });
    expect(await states(server)).toEqual(fine);
    const last = server.requests[2]?.body.messages?.map((message) => message.role);
    expect(last).toEqual(['user', 'assistant', 'tool']);
  });

  it('tells of each check while it goes on', async () => {
    const server = await serve([hello, call, done]);
    const seen: number[] = [];
    await testConnection({ name: 'scripted', baseUrl: server.url, key: secret }, { signal: new AbortController().signal, onCheck: (checks) => seen.push(checks.length) });
    expect(seen).toEqual([1, 4, 5]);
  });

  const lacks: [string, readonly Turn[], Partial<ModelServerOptions>, Record<string, string>][] = [
    ['answers whole', [hello, call, done], { neverStreams: true }, { ...fine, streaming: 'warn' }],
    ['reports no usage', [{ text: 'ready', usage: null }, call, done], {}, { ...fine, usage: 'warn' }],
    ['answers with text in place of a call', [hello, { text: 'ready' }], {}, { ...fine, tools: 'fail' }],
    ['calls a tool that there is none of', [hello, { calls: [{ name: 'shout', args: {} }] }], {}, { ...fine, tools: 'fail' }],
    ['breaks the arguments of a call', [hello, { calls: [{ name: 'report_word', args: '{"word": ' }] }], {}, { ...fine, tools: 'fail' }],
    ['turns tools away', [hello, { kind: 'error', status: 400, message: 'scripted does not support tools' }], {}, { ...fine, tools: 'fail' }],
    ['cannot read the result of a call', [hello, call, { kind: 'error', status: 400, message: 'Bad message role.' }], {}, { ...fine, tools: 'fail' }],
    ['says nothing', [{ text: '', usage: [20, 0] }, call, done], {}, { ...fine, chat: 'warn' }],
    ['wants money', [{ kind: 'error', status: 402 }], {}, { address: 'ok', chat: 'fail' }],
    ['does not list the model', [hello, call, done], { unlisted: true }, { ...fine, address: 'warn' }],
    ['has no list of models', [hello, call, done], { noList: true }, fine],
    ['fails once', [{ kind: 'error', status: 500 }, hello, call, done], {}, fine],
  ];
  it.each(lacks)('says so of an endpoint that %s', async (_what, turns, options, expected) => {
    expect(await states(await serve(turns, options))).toEqual(expected);
  });

  it('stops at a refused key and at an unknown model', async () => {
    expect(await states(await serve([hello], { key: 'another' }))).toEqual({ address: 'fail' });
    expect(await states(await serve([hello]), { name: 'nobody' })).toEqual({ address: 'warn', chat: 'fail' });
  });

  it('stops where nothing answers', async () => {
    const free = createServer();
    const port = await new Promise<number>((resolve) => free.listen(0, '127.0.0.1', () => resolve((free.address() as { port: number }).port)));
    await new Promise((resolve) => free.close(resolve));
    expect(await states({ url: `http://127.0.0.1:${port}/v1` })).toEqual({ address: 'fail' });
  });

  it('is cancelled at once', async () => {
    const server = await serve([{ kind: 'silence' }]);
    const abort = new AbortController();
    const work = testConnection({ name: 'scripted', baseUrl: server.url, key: secret }, { signal: abort.signal });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort();
    await expect(work).rejects.toBeInstanceOf(CancelledError);
  });
});

describe('the list of models', () => {
  const list = (server: ModelServer, key = secret) => listModels({ baseUrl: server.url, key }, new AbortController().signal);

  it('is sorted', async () => {
    expect(await list(await serve([], { models: ['b', 'a', 'c'] }))).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['a refused key', { key: 'another' }, 'unauthorized'],
    ['no list', { noList: true }, 'bad_request'],
  ] as const)('says what is wrong: %s', async (_what, options, reason) => {
    const error = await list(await serve([], options)).catch((caught: unknown) => caught);
    if (!ModelError.is(error)) throw new Error(String(error));
    expect(error.reason).toBe(reason);
    expect(error.nextStep).toBeTruthy();
  });
});
