import { Duplex, PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobEvent, JobSpec } from '../../../src/core/runtime/runtime';
import { BridgeClient } from '../../../src/node/kernel/bridgeClient';
import { BridgeError } from '../../../src/node/kernel/bridgeError';
import { ScriptedBridge } from '../../fakes/scriptedBridge';

const job: JobSpec = { id: 'a1-s1', folder: 'a1', task: { kind: 'shell', command: 'true' }, seconds: 10 };
const output = (seq: number, text: string) => ({ job: job.id, seq, at: 0.1, event: 'output', stream: 'stdout', text });
const end = (seq: number, status = 'done') => ({ job: job.id, seq, at: 1, event: 'end', status, exitCode: 0, seconds: 1, peakMemoryMb: 12.5 });
const never = new AbortController().signal;

const clients: BridgeClient[] = [];
afterEach(() => clients.splice(0).forEach((client) => client.close()));

async function open(bridge: ScriptedBridge, options: Parameters<typeof BridgeClient.open>[1] = {}): Promise<{ client: BridgeClient; log: string[] }> {
  const log: string[] = [];
  const client = await BridgeClient.open(bridge.clientEnd, { log: (line) => log.push(line), ...options });
  clients.push(client);
  return { client, log };
}

function follow(client: BridgeClient, signal: AbortSignal = never) {
  const events: JobEvent[] = [];
  const texts = (): string => events.map((event) => (event.type === 'output' ? event.text : `<${event.type}>`)).join('');
  return { events, texts, result: client.run(job, (event) => events.push(event), signal) };
}

describe('greeting', () => {
  it('tells what the bridge is', async () => {
    const { client } = await open(new ScriptedBridge());
    expect(client.hello).toMatchObject({ python: '/usr/bin/python3', ipykernel: true, libraries: { numpy: '1.24' } });
  });

  it('refuses another version of the protocol', async () => {
    const bridge = new ScriptedBridge((request) => (request.op === 'hello' ? { result: { version: 99 } } : {}));
    await expect(open(bridge)).rejects.toSatisfy((error) => BridgeError.is(error, 'protocol'));
  });

  it('refuses an answer of another form', async () => {
    const bridge = new ScriptedBridge((request) => (request.op === 'hello' ? { result: { libraries: 'many' } } : {}));
    await expect(open(bridge)).rejects.toSatisfy((error) => BridgeError.is(error, 'protocol'));
  });

  it('says when nothing answers', async () => {
    const silent = new ScriptedBridge(() => 'silent');
    await expect(open(silent, { answerMs: 10 })).rejects.toSatisfy((error) => BridgeError.is(error, 'timeout'));
  });

  it('says when the stream ends at once', async () => {
    const bridge = new ScriptedBridge(() => 'silent');
    bridge.break();
    await expect(open(bridge)).rejects.toSatisfy((error) => BridgeError.is(error, 'connection_lost'));
  });
});

describe('a job', () => {
  it('is asked for in full, and its events and end come as the runtime names them', async () => {
    const bridge = new ScriptedBridge();
    const { client } = await open(bridge);
    const { events, result } = follow(client);
    expect(await bridge.seen((request) => request.op === 'start')).toMatchObject({
      job: 'a1-s1', folder: 'a1', task: { kind: 'shell', command: 'true' }, seconds: 10, memoryMb: null, env: {},
    });
    bridge.send(output(0, 'hello'));
    bridge.send({ job: job.id, seq: 1, at: 0.2, event: 'milestone', name: 'fold_done', done: 1, of: 5 });
    bridge.send({ job: job.id, seq: 2, at: 0.2, event: 'cell_output', cell: 'c1', output: { output_type: 'display_data', data: { 'text/plain': 'x' }, metadata: {} } });
    bridge.send({ job: job.id, seq: 3, at: 0.3, event: 'cell_done', cell: 'c1', ok: true, executionCount: 4, seconds: 0.1 });
    bridge.send({ ...end(4, 'failed'), exitCode: 1, exception: { type: 'KeyError', message: "'x'", frames: [{ file: 'train.py', line: 3, source: 'd["x"]' }] } });
    expect(await result).toEqual({
      status: 'failed', exitCode: 1, seconds: 1, peakMemoryMb: 12.5,
      exception: { type: 'KeyError', message: "'x'", frames: [{ file: 'train.py', line: 3, source: 'd["x"]' }] },
    });
    expect(events).toEqual([
      { type: 'output', stream: 'stdout', text: 'hello' },
      { type: 'milestone', milestone: { name: 'fold_done', at: 0.2, done: 1, of: 5 } },
      { type: 'cell_output', cell: 'c1', output: { output_type: 'display_data', data: { 'text/plain': 'x' }, metadata: {} } },
      { type: 'cell_done', cell: 'c1', ok: true, executionCount: 4, seconds: 0.1 },
    ]);
  });

  it('hands on every event once when some are repeated', async () => {
    const bridge = new ScriptedBridge();
    const { client } = await open(bridge);
    const { texts, result } = follow(client);
    await bridge.seen((request) => request.op === 'start');
    for (const event of [output(0, 'a'), output(0, 'a'), output(1, 'b'), output(0, 'a'), output(1, 'b'), end(2)]) bridge.send(event);
    await result;
    expect(texts()).toBe('ab');
  });

  it('asks again where a hole begins', async () => {
    const bridge = new ScriptedBridge((request) => (request.op === 'attach' ? { result: { known: true } } : {}));
    const { client } = await open(bridge);
    const { texts, result } = follow(client);
    await bridge.seen((request) => request.op === 'start');
    bridge.send(output(0, 'a'));
    bridge.send(output(2, 'c'));
    expect(await bridge.seen((request) => request.op === 'attach')).toMatchObject({ job: job.id, from: 1 });
    for (const event of [output(1, 'b'), output(2, 'c'), end(3)]) bridge.send(event);
    await result;
    expect(texts()).toBe('abc');
  });

  it('ends although a hole stays, and says so', async () => {
    const bridge = new ScriptedBridge((request) => (request.op === 'attach' ? { result: { known: true } } : {}));
    const { client, log } = await open(bridge);
    const { result } = follow(client);
    await bridge.seen((request) => request.op === 'start');
    for (let i = 0; i < 4; i++) bridge.send(end(5));
    expect((await result).status).toBe('done');
    expect(log.join()).toContain('events 0 to 4 of job a1-s1 are missing');
  });

  it('survives lines that mean nothing', async () => {
    const bridge = new ScriptedBridge();
    const { client, log } = await open(bridge);
    const { texts, result } = follow(client);
    await bridge.seen((request) => request.op === 'start');
    bridge.sendText('not json\n{"job":"a1-s1","seq":0}\n[1,2]\nnull\n{"job":"a1-s1","seq":"0","at":0,"event":"output","stream":"stdout","text":"x"}\n\n');
    bridge.sendText('{"id":99,"ok":true}\n{"job":"other","seq":0,"at":0,"event":"output","stream":"stdout","text":"x"}\n');
    bridge.send(output(0, 'fine'));
    bridge.send(end(1));
    await result;
    expect(texts()).toBe('fine');
    expect(log).toHaveLength(5);
  });

  it('goes on when a listener throws', async () => {
    const bridge = new ScriptedBridge();
    const { client, log } = await open(bridge);
    const result = client.run(job, () => { throw new Error('listener'); }, never);
    await bridge.seen((request) => request.op === 'start');
    bridge.send(output(0, 'x'));
    bridge.send(end(1));
    expect((await result).status).toBe('done');
    expect(log.join()).toContain('listener');
  });

  it('rejects with the reason when the bridge refuses it', async () => {
    const bridge = new ScriptedBridge((request) => (request.op === 'start' ? { error: 'not a working folder' } : {}));
    const { client } = await open(bridge);
    await expect(follow(client).result).rejects.toThrow(/not a working folder/);
  });

  it('is cancelled by its signal and ends as the bridge says', async () => {
    const bridge = new ScriptedBridge();
    const { client } = await open(bridge);
    const controller = new AbortController();
    const { result } = follow(client, controller.signal);
    await bridge.seen((request) => request.op === 'start');
    controller.abort();
    await bridge.seen((request) => request.op === 'cancel');
    bridge.send({ ...end(0, 'cancelled'), exitCode: 130 });
    expect((await result).status).toBe('cancelled');
  });

  it('is not started when its signal is aborted already', async () => {
    const bridge = new ScriptedBridge();
    const { client } = await open(bridge);
    expect((await follow(client, AbortSignal.abort()).result).status).toBe('cancelled');
    expect(bridge.requests.map((request) => request.op)).toEqual(['hello', 'cancel']);
  });
});

describe('a broken connection', () => {
  it('ends what runs when there is no way back', async () => {
    const bridge = new ScriptedBridge();
    const { client } = await open(bridge);
    const { result } = follow(client);
    await bridge.seen((request) => request.op === 'start');
    bridge.break();
    await expect(result).rejects.toSatisfy((error) => BridgeError.is(error, 'connection_lost'));
    await expect(client.stats()).rejects.toSatisfy((error) => BridgeError.is(error, 'connection_lost'));
    expect(client.isClosed).toBe(true);
  });

  it('attaches from the first unseen event, without starting again', async () => {
    const first = new ScriptedBridge();
    const second = new ScriptedBridge((request) => (request.op === 'attach' ? { result: { known: true } } : {}));
    const { client } = await open(first, { connect: () => Promise.resolve(second.clientEnd), retryMs: [0] });
    const { texts, result } = follow(client);
    await first.seen((request) => request.op === 'start');
    first.send(output(0, 'a'));
    first.send(output(1, 'b'));
    await expect.poll(texts).toBe('ab');
    first.break();
    expect(await second.seen((request) => request.op === 'attach')).toMatchObject({ from: 2 });
    second.send(output(2, 'c'));
    second.send(end(3));
    expect((await result).status).toBe('done');
    expect(texts()).toBe('abc');
    expect(second.requests.map((request) => request.op)).toEqual(['hello', 'attach']);
  });

  it('asks for a start again when its answer was lost', async () => {
    const first = new ScriptedBridge((request) => (request.op === 'start' ? 'silent' : {}));
    const second = new ScriptedBridge();
    const { client } = await open(first, { connect: () => Promise.resolve(second.clientEnd), retryMs: [0] });
    const { result } = follow(client);
    await first.seen((request) => request.op === 'start');
    first.break();
    await second.seen((request) => request.op === 'start');
    second.send(end(0));
    expect((await result).status).toBe('done');
  });

  it('tells a job that the bridge has forgotten as lost', async () => {
    const first = new ScriptedBridge();
    const second = new ScriptedBridge((request) => (request.op === 'attach' ? { result: { known: false } } : {}));
    const { client } = await open(first, { connect: () => Promise.resolve(second.clientEnd), retryMs: [0] });
    const { result } = follow(client);
    await first.seen((request) => request.op === 'start');
    await client.stats().catch(() => undefined);
    first.break();
    expect(await result).toEqual({ status: 'lost', exitCode: null, seconds: 0 });
  });

  it('passes a cancel on that was asked for in between', async () => {
    const first = new ScriptedBridge();
    const second = new ScriptedBridge((request) => (request.op === 'attach' ? { result: { known: true } } : {}));
    let goOn = (): void => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const { client } = await open(first, { connect: () => gate.then(() => second.clientEnd), retryMs: [0] });
    const controller = new AbortController();
    const { result } = follow(client, controller.signal);
    await first.seen((request) => request.op === 'start');
    await client.list().catch(() => undefined);
    first.break();
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    goOn();
    await second.seen((request) => request.op === 'cancel');
    second.send(end(0, 'cancelled'));
    expect((await result).status).toBe('cancelled');
  });

  it('gives up after the last try', async () => {
    const bridge = new ScriptedBridge();
    let tries = 0;
    const { client } = await open(bridge, { connect: () => Promise.reject(new Error(`no ${++tries}`)), retryMs: [0, 0, 0] });
    const { result } = follow(client);
    await bridge.seen((request) => request.op === 'start');
    bridge.break();
    await expect(result).rejects.toSatisfy((error) => BridgeError.is(error, 'connection_lost'));
    expect(tries).toBe(3);
  });

  it('survives a new connection that breaks at once', async () => {
    const first = new ScriptedBridge();
    const dead = new ScriptedBridge(() => 'silent');
    const third = new ScriptedBridge((request) => (request.op === 'attach' ? { result: { known: true } } : {}));
    const ends = [dead, third];
    const connect = () => {
      const next = ends.shift();
      if (!next) return Promise.reject(new Error('no more'));
      if (next === dead) setImmediate(() => dead.break());
      return Promise.resolve(next.clientEnd);
    };
    const { client } = await open(first, { connect, retryMs: [0, 0, 0] });
    const { result } = follow(client);
    await first.seen((request) => request.op === 'start');
    await client.list().catch(() => undefined);
    first.break();
    await third.seen((request) => request.op === 'attach');
    third.send(end(0));
    expect((await result).status).toBe('done');
  });

  it('notices a connection on which nothing answers', async () => {
    let mute = false;
    const first = new ScriptedBridge(() => (mute ? 'silent' : {}));
    const second = new ScriptedBridge();
    const { client } = await open(first, { connect: () => Promise.resolve(second.clientEnd), retryMs: [0], pulseMs: 5, answerMs: 20 });
    mute = true;
    await second.seen((request) => request.op === 'hello');
    expect(client.isClosed).toBe(false);
  });
});

it('closing is no trouble to tell of, though the stream may call it an abort', async () => {
  const bridge = new ScriptedBridge();
  // As a runtime joins the two directions of a container's process: destroying it is an error to itself.
  const { readable, writable } = { readable: new PassThrough(), writable: new PassThrough() };
  bridge.clientEnd.pipe(readable);
  writable.pipe(bridge.clientEnd);
  const stream = Duplex.from({ readable, writable });
  const log: string[] = [];
  const errors: Error[] = [];
  const client = await BridgeClient.open(stream, { log: (line) => log.push(line) });
  stream.on('error', (error: Error) => errors.push(error));
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  client.close();
  await closed;
  expect(errors.map(({ name }) => name)).toEqual(['AbortError']);
  expect(log).toEqual([]);
});

it('closing rejects what is followed and what is asked', async () => {
  const bridge = new ScriptedBridge((request) => (request.op === 'stats' ? 'silent' : {}));
  const { client } = await open(bridge);
  const { result } = follow(client);
  const stats = client.stats();
  await bridge.seen((request) => request.op === 'stats');
  client.close();
  await expect(result).rejects.toSatisfy((error) => BridgeError.is(error, 'closed'));
  await expect(stats).rejects.toSatisfy((error) => BridgeError.is(error, 'closed'));
});

it('list and stats are checked', async () => {
  const bridge = new ScriptedBridge((request) =>
    request.op === 'list' ? { result: { jobs: [{ job: 'x', running: true }] } } : request.op === 'stats' ? { result: { cpuSeconds: 'much' } } : {},
  );
  const { client } = await open(bridge);
  expect(await client.list()).toEqual([{ job: 'x', running: true }]);
  await expect(client.stats()).rejects.toSatisfy((error) => BridgeError.is(error, 'protocol'));
});
