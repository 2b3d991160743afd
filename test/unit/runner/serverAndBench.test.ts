import { connect, type Socket } from 'node:net';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { NewEvent, RunConfig, RunEvent } from '../../../src/core/run/events';
import { foldAll } from '../../../src/core/run/fold';
import { CompetitionLibrary } from '../../../src/node/competitions/library';
import { publishAddress, readAddress } from '../../../src/node/runner/address';
import { BenchSync } from '../../../src/node/runner/benchSync';
import { RunnerClient } from '../../../src/node/runner/runnerClient';
import { RunnerServer } from '../../../src/node/runner/runnerServer';
import { Runs } from '../../../src/node/runner/runs';
import { RunSession } from '../../../src/node/runner/session';
import { BlobStore } from '../../../src/node/storage/blobStore';
import { runnerProtocolVersion } from '../../../src/protocol/runner';
import { fakeGrade, FakeSandbox } from '../environment/fakes';

/** A real session with its socket, over a sandbox that is a fake: what windows may ask for, and what reaches the bench. */
let scratch: string;
let home: string;
let bench: string;
let runId: string;
let session: RunSession;
let server: RunnerServer;
let blobs: BlobStore;
/** The journal as it grows. */
let events: RunEvent[];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-server-'));
  home = join(scratch, 'home');
  bench = join(scratch, 'penguins');
  await mkdir(bench);
  const competition = await new CompetitionLibrary({ bundledFolder: resolve(__dirname, '../../../media/competitions'), home }).load('penguins');
  const created = await new Runs({ workspace: scratch, home, version: '0.0.0' }).create({ competition, agent: 'human' });
  runId = created.runId;
  blobs = new BlobStore(join(created.folder, 'blobs'));
  session = await RunSession.open({
    folder: created.folder,
    config: created.config,
    competition,
    home,
    benchFolder: bench,
    grader: { grade: async (submission) => fakeGrade(submission) },
    sandboxes: { open: async () => new FakeSandbox(), release: async () => undefined },
    actor: 'human',
    clock: { now: () => Date.now() },
    log: () => undefined,
  });
  events = [...(await session.events())];
  session.onEvent((event) => events.push(event));
  server = await RunnerServer.start(session, home, () => undefined);
  void session.run();
  await until(() => events.some((event) => event.type === 'sandbox'));
});
afterEach(async () => {
  await session.stop();
  await server.close();
  await session.close();
  await rm(scratch, { recursive: true, force: true });
});

const window = (role: 'window' | 'watcher' = 'window'): Promise<RunnerClient> => RunnerClient.connect({ home, runId, role });
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((done) => setTimeout(done, 5));
};
const of = <T extends RunEvent['type']>(type: T) => events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
const ownEdit = async (text: string): Promise<void> => {
  const client = await window('watcher');
  await client.act({ action: 'write_file', params: { path: 'train.py', content: text } });
  client.dispose();
};

describe('a run that is still starting', () => {
  it('answers the request that ends the run, also to a window that is busy for a while', async () => {
    const address = await readAddress(home, runId);
    const socket = connect(address?.socket ?? '');
    const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    connection.listen();
    await connection.sendRequest('hello', { protocol: runnerProtocolVersion, token: address?.token, role: 'watcher' });
    await connection.sendRequest('subscribe', { from: 0 });
    socket.pause();
    // More than the system keeps for it.
    for (let n = 0; n < 200; n++) await session.act({ name: 'note', params: { text: `${n} ${'x'.repeat(5_000)}` } });
    const stopped = connection.sendRequest('stop', {});
    await session.run();
    const closed = server.close();
    await new Promise((done) => setTimeout(done, 1_500));
    socket.resume();
    expect(await stopped).toEqual({});
    await closed;
    connection.dispose();
  });

  /** A second run, whose sandbox is there when it is told so. */
  async function slowRun(): Promise<{ slow: RunSession; ready: () => void }> {
    const competition = await new CompetitionLibrary({ bundledFolder: resolve(__dirname, '../../../media/competitions'), home }).load('penguins');
    const created = await new Runs({ workspace: scratch, home, version: '0.0.0' }).create({ competition, agent: 'human' });
    let ready = (): void => undefined;
    const made = new Promise<void>((done) => (ready = done));
    const open = async (): Promise<FakeSandbox> => {
      await made;
      return new FakeSandbox();
    };
    const slow = await RunSession.open({ folder: created.folder, config: created.config, competition, home, benchFolder: bench, grader: { grade: async (submission) => fakeGrade(submission) }, sandboxes: { open, release: async () => undefined }, actor: 'human', clock: { now: () => Date.now() }, log: () => undefined });
    void slow.run();
    return { slow, ready };
  }

  it('does what the person asks for as soon as it runs', async () => {
    const { slow, ready } = await slowRun();
    const asked = slow.act({ name: 'note', params: { text: 'early' } });
    ready();
    expect(await asked).toMatchObject({ status: 'ok' });
    await slow.stop();
    await slow.close();
  });

  it('begins at its beginning when it was killed before its first event', async () => {
    const competition = await new CompetitionLibrary({ bundledFolder: resolve(__dirname, '../../../media/competitions'), home }).load('penguins');
    const runs = new Runs({ workspace: scratch, home, version: '0.0.0' });
    const { folder, config } = await runs.create({ competition, agent: 'human' });
    await writeFile(join(folder, 'journal.jsonl'), '');
    const again = await RunSession.open({ folder, config, competition, home, benchFolder: bench, grader: { grade: async (submission) => fakeGrade(submission) }, sandboxes: { open: async () => new FakeSandbox(), release: async () => undefined }, actor: 'human', clock: { now: () => Date.now() }, log: () => undefined });
    void again.run();
    await again.act({ name: 'note', params: { text: 'it runs' } });
    await again.stop();
    await again.close();
    expect((await runs.read(config.runId)).view).toMatchObject({ status: 'stopped', competition: { id: 'penguins' } });
  });

  it('says so when it never ran', async () => {
    const { slow, ready } = await slowRun();
    const asked = slow.act({ name: 'note', params: { text: 'early' } });
    const refused = expect(asked).rejects.toMatchObject({ reason: 'run_ended' });
    const stopped = slow.stop();
    ready();
    await refused;
    await stopped;
    await slow.close();
  });
});

describe('the door of a runner', () => {
  it('refuses a wrong token of any length, and another protocol, with a reason', async () => {
    const address = await readAddress(home, runId);
    if (!address) throw new Error('no address');
    for (const token of ['', 'x', '0'.repeat(address.token.length), `${address.token}0`]) {
      await publishAddress(home, runId, { ...address, token });
      await expect(window()).rejects.toMatchObject({ reason: 'refused' });
    }
    await publishAddress(home, runId, address);
    const raw = await rawClient(address.socket);
    const answer = await raw.ask({ jsonrpc: '2.0', id: 1, method: 'hello', params: { protocol: 99, token: address.token } });
    expect(answer).toContain('version 99');
    expect(await raw.ask({ jsonrpc: '2.0', id: 2, method: 'subscribe', params: { from: 1 } })).toContain('Say hello first');
    raw.socket.destroy();
  });

  it('survives whatever comes in', async () => {
    const address = await readAddress(home, runId);
    if (!address) throw new Error('no address');
    for (const bytes of ['garbage\r\n\r\n', 'Content-Length: x\r\n\r\n{}', 'Content-Length: 3\r\n\r\n{{{', '\0'.repeat(10_000), '{"jsonrpc":"2.0","id":1,"method":"stop"}\n']) {
      const raw = await rawClient(address.socket);
      raw.socket.write(bytes);
      raw.socket.end();
    }
    const client = await window();
    await expect(client.decide({ id: 'e-unknown', decision: 'applied' })).resolves.toBeUndefined();
    await expect(client.blob('../../etc/passwd')).rejects.toMatchObject({ reason: 'bad_request' });
    expect(await client.act({ action: 'fly', params: {} })).toMatchObject({ status: 'error', error: { type: 'bad_action' } });
    await expect(client.act({ action: 'submit', params: {}, files: { '../x.py': '' } })).rejects.toMatchObject({ reason: 'bad_request' });
    expect(of('run_finished')).toEqual([]);
    client.dispose();
  });

  it('gives every window every event once and in order', async () => {
    const seen: number[][] = [[], []];
    const clients = await Promise.all([window(), window('watcher')]);
    await Promise.all(clients.map((client, i) => client.subscribe(1, { event: (event) => seen[i]?.push(event.seq) })));
    await clients[0]?.instruct('go on');
    await until(() => seen.every((list) => list.length === events.length));
    for (const list of seen) expect(list).toEqual(events.map((event) => event.seq));
    clients.forEach((client) => client.dispose());
  });
});

describe('the bench', () => {
  const onBench = (): Promise<string> => readFile(join(bench, 'train.py'), 'utf8');

  it('is written by the runner when no window is attached', async () => {
    await ownEdit('print 1');
    await session.bench.settle();
    expect(await onBench()).toBe('print 1');
    expect(of('bench_decision').map((event) => event.data.decision)).toEqual(['applied']);
  });

  it('is left to the window that is attached; of two the first answer counts', async () => {
    const [a, b] = await Promise.all([window(), window()]);
    await ownEdit('print 2');
    await session.bench.settle();
    await expect(onBench()).rejects.toThrow();
    const id = of('bench_edit')[0]?.data.id ?? '';
    await a.decide({ id, decision: 'applied' });
    await b.decide({ id, decision: 'conflict' });
    expect(of('bench_decision').map((event) => event.data)).toEqual([{ id, decision: 'applied' }]);
    a.dispose();
    b.dispose();
  });

  it('gets what a window left unanswered when the last one goes', async () => {
    const [a, b] = await Promise.all([window(), window()]);
    await ownEdit('print 3');
    a.dispose();
    await session.bench.settle();
    await expect(onBench()).rejects.toThrow();
    b.dispose();
    await until(() => of('bench_decision').length > 0);
    expect(await onBench()).toBe('print 3');
  });

  it('is brought its edits by the first window, and by the next when that one goes', async () => {
    const [a, watcher, b] = [await window(), await window('watcher'), await window()];
    expect([a.applies, watcher.applies, b.applies]).toEqual([true, false, false]);
    let subscribed: Promise<number> | undefined;
    const passed = new Promise<void>((done) => (subscribed = b.subscribe(1, { applies: done })));
    await subscribed;
    a.dispose();
    await passed;
    expect(b.applies).toBe(true);
    watcher.dispose();
    b.dispose();
  });

  const verdict = (change: number, accepted: boolean) => ({ change, accepted, where: `line ${change + 1}` });

  it('holds an edit that met a changed file until the person has decided all of it, also after a restart of the runner', async () => {
    const a = await window();
    await ownEdit('print 1');
    await session.bench.settle();
    const id = of('bench_edit')[0]?.data.id ?? '';
    await a.decide({ id, decision: 'conflict' });
    await a.decide({ id, decision: 'partly', hunks: [verdict(0, true)], left: 1 });
    expect(foldAll(events)?.waitingEdits).toMatchObject([{ id, held: true, verdicts: [{ change: 0, accepted: true }] }]);
    const again = new BenchSync({ config: (of('run_started')[0] as { data: { config: RunConfig } }).data.config, folder: bench, runFolder: '', blobs, events: events, append: async (event) => void written.push(event), log: () => undefined });
    const written: NewEvent[] = [];
    expect(await again.decide({ id, decision: 'partly', hunks: [verdict(1, false)] })).toBe(true);
    expect(written).toMatchObject([{ actor: 'human', type: 'bench_decision' }]);
    await a.decide({ id, decision: 'partly', hunks: [verdict(1, false)] });
    expect(foldAll(events)?.waitingEdits).toEqual([]);
    // Decided is decided; taking it back is another matter.
    await a.decide({ id, decision: 'accepted' });
    await a.decide({ id, decision: 'undone' });
    expect(of('bench_decision').map((event) => event.data.decision)).toEqual(['conflict', 'partly', 'partly', 'undone']);
    a.dispose();
  });

  it('ends what was decided in part when a newer edit of the file takes its place', async () => {
    const a = await window();
    await ownEdit('print 1');
    await session.bench.settle();
    const id = of('bench_edit')[0]?.data.id ?? '';
    await a.decide({ id, decision: 'conflict' });
    await a.decide({ id, decision: 'partly', hunks: [verdict(0, false)], left: 1 });
    await ownEdit('print 2');
    await session.bench.settle();
    expect(of('bench_decision').at(-1)?.data).toEqual({ id, decision: 'rejected' });
    expect(foldAll(events)?.waitingEdits).toMatchObject([{ id: of('bench_edit')[1]?.data.id }]);
    a.dispose();
  });

  it('has the version that an edit is made against kept apart from what the run made', async () => {
    await writeFile(join(bench, 'train.py'), 'mine');
    const a = await window();
    await ownEdit('print 1');
    await session.bench.settle();
    const { base } = of('bench_edit')[0]?.data ?? {};
    expect(await a.blob(base ?? '')).toBe('mine');
    await expect(blobs.get(base ?? '')).rejects.toMatchObject({ reason: 'missing_blob' });
    a.dispose();
  });

  it('offers one change per file at a time, the newest next', async () => {
    const a = await window();
    for (const text of ['print 1', 'print 2', 'print 3']) await ownEdit(text);
    await session.bench.settle();
    expect(of('bench_edit')).toHaveLength(1);
    await writeFile(join(bench, 'train.py'), 'print 1');
    await a.decide({ id: of('bench_edit')[0]?.data.id ?? '', decision: 'applied' });
    await until(() => of('bench_edit').length === 2);
    expect(await a.blob(of('bench_edit')[1]?.data.next ?? '')).toBe('print 3');
    a.dispose();
  });

  it('never loses what changed between offer and answer, and follows no link', async () => {
    const a = await window();
    await ownEdit('print 1');
    await session.bench.settle();
    await writeFile(join(bench, 'train.py'), 'typed by the person');
    a.dispose();
    await until(() => of('bench_decision').length === 1);
    expect(of('bench_decision')[0]?.data.decision).toBe('conflict');
    expect(await onBench()).toBe('typed by the person');

    const outside = join(scratch, 'outside.py');
    await writeFile(outside, 'mine');
    await blobs.put('mine');
    await rm(join(bench, 'train.py'));
    await symlink(outside, join(bench, 'train.py'));
    await ownEdit('print 9');
    await session.bench.settle();
    expect(await readFile(outside, 'utf8')).toBe('mine');
    expect(of('bench_decision').at(-1)?.data.decision).toBe('conflict');
  });
});

interface RawClient {
  readonly socket: Socket;
  ask(message: object): Promise<string>;
}

async function rawClient(path: string): Promise<RawClient> {
  const socket = connect(path);
  await new Promise<void>((done) => socket.once('connect', () => done()));
  socket.on('error', () => undefined);
  const ask = (message: object): Promise<string> => {
    const body = JSON.stringify(message);
    const answer = new Promise<string>((done) => socket.once('data', (data: Buffer) => done(data.toString())));
    socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    return answer;
  };
  return { socket, ask };
}
