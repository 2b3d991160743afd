import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/core/agent/model/chat';
import type { Price } from '../../../src/core/agent/model/prices';
import { CancelledError } from '../../../src/core/errors';
import { Completer, type PricedModel, type Use } from '../../../src/core/suggest/model/completer';
import type { Situation } from '../../../src/core/suggest/model/situation';
import { createOpenAiModel } from '../../../src/node/models/openaiModel';
import { ModelServer, type ModelServerOptions, type Turn } from '../../fakes/modelServer';
import { bundledFacts } from './bundled';

/** Completions by a model over real HTTP: one that behaves and one that does not. */
let situation: Situation;
beforeAll(async () => {
  situation = {
    facts: await bundledFacts('penguins'),
    error: { failure: { type: 'KeyError', message: "'iland'" }, line: 'x = train["iland"]' },
    best: { plan: 'Forest of 500 trees', score: 0.9127 },
  };
});
const servers: ModelServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function start(turns: readonly Turn[], price: Price | null = { input: 1, output: 10 }, more: Partial<ModelServerOptions> = {}): Promise<{ server: ModelServer; model: PricedModel }> {
  const server = await ModelServer.start({ turns, ...more });
  servers.push(server);
  const client = createOpenAiModel({ name: 'scripted', baseUrl: server.url, key: 'sk-test', attempts: 1, silenceMs: 20_000 });
  return { server, model: { name: 'scripted', price, answer: (request, options) => client.answer(request, options) } };
}

const body = { before: 'def ratio(X):\n    ', after: '\n' };
const never = new AbortController().signal;
const collect = (): { uses: Use[]; completer: Completer } => {
  const uses: Use[] = [];
  return { uses, completer: new Completer((use) => uses.push(use)) };
};

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a completion by a model', () => {
  it('knows schema, metric, last error and best attempt, and nothing of the answers', async () => {
    const { server, model } = await start([{ text: 'return X.assign(ratio=X.body_mass_g / X.flipper_length_mm)', usage: [400, 20] }]);
    const { completer, uses } = collect();
    expect(await completer.complete(model, body, situation, never)).toBe('return X.assign(ratio=X.body_mass_g / X.flipper_length_mm)');
    const [, user] = server.requests[0]?.body.messages ?? [];
    expect(user?.content).toContain('macro F1 (f1), higher is better; scoring="f1_macro"');
    expect(user?.content).toContain('flipper_length_mm (number');
    expect(user?.content).toContain('species (target, category)');
    expect(user?.content).toContain("KeyError: 'iland' in the line: x = train[\"iland\"]");
    expect(user?.content).toContain('0.9127 public. Forest of 500 trees');
    expect(user?.content).toContain('def ratio(X):\n    <|cursor|>');
    expect(uses).toEqual([{ usage: { input: 400, output: 20, cached: 200, estimated: false }, usd: (400 + 200) / 1e6 }]);
    expect(server.requests[0]?.body.max_tokens).toBe(320);
  });

  it('is asked for once, and typing along keeps it', async () => {
    const { server, model } = await start([{ text: 'return X.sum()' }]);
    const { completer } = collect();
    await completer.complete(model, body, situation, never);
    expect(completer.known(body)).toBe('return X.sum()');
    expect(completer.known({ ...body, before: `${body.before}return X` })).toBe('.sum()');
    // The editor closes the bracket that is typed.
    expect(completer.known({ before: `${body.before}return X.sum(`, after: ')\n' })).toBe(')');
    expect(completer.known({ ...body, before: `${body.before}yield` })).toBeUndefined();
    expect(completer.known({ ...body, after: '\nprint(1)\n' })).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it('ends its request when the person goes on, and a newer one ends an older', async () => {
    const { server, model } = await start([{ kind: 'silence', afterHeaders: true }, { kind: 'silence' }, { text: 'pass' }]);
    const { completer, uses } = collect();
    const abort = new AbortController();
    const first = completer.complete(model, body, situation, abort.signal).catch((error: unknown) => error);
    await until(() => server.requests.length === 1);
    abort.abort();
    expect(await first).toBeInstanceOf(CancelledError);
    const second = completer.complete(model, { ...body, before: `${body.before}r` }, situation, never).catch((error: unknown) => error);
    await until(() => server.requests.length === 2);
    expect(await completer.complete(model, body, situation, never)).toBe('pass');
    expect(await second).toBeInstanceOf(CancelledError);
    // What was sent is counted, by estimate.
    expect(uses.map(({ usage }) => [usage.estimated, usage.output > 0])).toEqual([[true, false], [true, false], [false, true]]);
  });

  it.each([
    [{ kind: 'error', status: 401, message: 'Incorrect API key provided.' }, 'unauthorized'],
    [{ kind: 'error', status: 429, message: 'Slow down.' }, 'rate_limited'],
    [{ kind: 'reset' }, 'unreachable'],
  ] as const)('says why there is none: %o', async (turn, reason) => {
    const { model } = await start([turn]);
    const { completer, uses } = collect();
    const error = await completer.complete(model, body, situation, never).catch((caught: unknown) => caught);
    expect(ModelError.is(error, reason), String(error)).toBe(true);
    expect(uses).toEqual([]);
    expect(completer.known(body)).toBeUndefined();
  });

  it.each([
    ['Sure! Here is how you could continue this function:', null],
    ['The function should return the ratio', null],
    ['```python\nreturn X\n```', 'return X'],
    ['    return X\n\nprint("outside")', 'return X'],
    ['', null],
    ['   \n\n', null],
    ['before<|cursor|>after', null],
    ['\0\0', null],
  ] as const)('takes %o as %o', async (text, expected) => {
    const { model } = await start([{ text }]);
    const { completer } = collect();
    expect(await completer.complete(model, body, situation, never)).toBe(expected);
    // A silence is remembered too.
    expect(completer.known(body)).toBe(expected);
  });

  it('survives a flood', async () => {
    const { model } = await start([{ kind: 'flood', bytes: 6_000_000 }]);
    const { completer } = collect();
    expect(await completer.complete(model, body, situation, never)).toBeNull();
  });

  it('costs something even where nobody says how much', async () => {
    const unknown = await start([{ text: 'return X', usage: null }], null);
    const { completer, uses } = collect();
    await completer.complete(unknown.model, body, situation, never);
    expect(uses[0]?.usage.estimated).toBe(true);
    expect(uses[0]?.usage.input).toBeGreaterThan(100);
    expect(uses[0]?.usd).toBeNull();
  });

  it('is not asked for in the middle of a line', async () => {
    const { server, model } = await start([]);
    const { completer } = collect();
    expect(await completer.complete(model, { before: 'x = ', after: 'y + 1\n' }, situation, never)).toBeNull();
    expect(completer.known({ before: '', after: '' })).toBeNull();
    expect(server.requests).toEqual([]);
  });
});
