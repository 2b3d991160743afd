import { describe, expect, it } from 'vitest';
import { ModelError, type ChatRequest } from '../../../src/core/agent/model/chat';
import { CancelledError } from '../../../src/core/errors';
import { WindowModel, type AnsweringWindow } from '../../../src/node/runner/windowModel';

const request: ChatRequest = { messages: [{ role: 'user', content: 'Go.' }], tools: [] };
const answers =
  (content: string): AnsweringWindow =>
  () =>
    Promise.resolve({ kind: 'answer', answer: { reply: { content, toolCalls: [], finish: 'stop' }, usage: { input: 3, output: 1, cached: 0, estimated: true }, usd: null, retries: 0 } });
const model = (patienceMs = 5_000): WindowModel => new WindowModel({ vendor: 'v', id: 'm/1' }, patienceMs);
const ask = (one: WindowModel, signal = new AbortController().signal) => one.answer(request, { signal });

async function reason(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((caught: unknown) => caught);
  if (!ModelError.is(error)) throw new Error(`expected a ModelError, got ${String(error)}`);
  return error.reason;
}

describe('a model of the editor, from the runner', () => {
  it('is asked through the window that came last, for the model that was chosen', async () => {
    const one = model();
    const asked: unknown[] = [];
    one.windowCame(answers('first'));
    const gone = one.windowCame((question, signal) => (asked.push(question.model), answers('last')(question, signal)));
    expect((await ask(one)).reply.content).toBe('last');
    expect(asked).toEqual([{ vendor: 'v', id: 'm/1' }]);
    gone();
    expect((await ask(one)).reply.content).toBe('first');
  });

  it('waits for a window that is on its way', async () => {
    const one = model();
    const work = ask(one);
    one.windowCame(answers('here'));
    expect((await work).reply.content).toBe('here');
  });

  it('says that there is none, also of a window that goes away meanwhile', async () => {
    expect(await reason(ask(model(5)))).toBe('no_window');
    const one = model();
    one.windowCame(() => Promise.reject(new Error('The window has gone.')));
    expect(await reason(ask(one))).toBe('no_window');
  });

  it('hands on what is wrong with the model', async () => {
    const one = model();
    one.windowCame(() => Promise.resolve({ kind: 'trouble', reason: 'no_consent', message: 'Not allowed.', nextStep: 'Allow it.' }));
    expect(await reason(ask(one))).toBe('no_consent');
  });

  it('is cancelled while it waits for a window, and while the window asks', async () => {
    const abort = new AbortController();
    const one = model();
    const work = ask(one, abort.signal);
    abort.abort();
    await expect(work).rejects.toBeInstanceOf(CancelledError);

    const later = new AbortController();
    one.windowCame((_question, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled')))));
    const asking = ask(one, later.signal);
    await Promise.resolve();
    later.abort();
    await expect(asking).rejects.toBeInstanceOf(CancelledError);
  });

  it('tells when a window arrives, once and for all who wait', async () => {
    const one = model();
    const stop = new AbortController();
    const waits = [one.arrival(Infinity, stop.signal), one.arrival(Infinity, stop.signal)];
    one.windowCame(answers('x'));
    expect(await Promise.all(waits)).toEqual([true, true]);
    const never = model().arrival(Infinity, stop.signal);
    stop.abort();
    expect(await never).toBe(false);
  });
});
