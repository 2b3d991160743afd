import { timingSafeEqual } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { CancellationTokenSource, createMessageConnection, ResponseError, SocketMessageReader, SocketMessageWriter, type MessageConnection } from 'vscode-jsonrpc/node';
import type * as z from 'zod';
import { describeError, PodiumError } from '../../core/errors';
import { runnerProtocolVersion, runnerRequests, type RunnerRequest, windowRequests, type ModelAnswer, type ModelAsk } from '../../protocol/runner';
import { newAddress, publishAddress, withdrawAddress, type RunnerAddress } from './address';
import { refusedCode, wrongProtocolCode } from './runnerClient';
import { StorageError } from '../storage/storageError';
import type { RunSession } from './session';

type Handlers = {
  readonly [R in RunnerRequest]: (client: Client, params: z.output<(typeof runnerRequests)[R]['params']>) => Promise<z.input<(typeof runnerRequests)[R]['result']>>;
};

/** What a server needs of the session that it serves. */
export type ServedSession = Pick<
  RunSession,
  'runId' | 'events' | 'onEvent' | 'listen' | 'stats' | 'pause' | 'resume' | 'stop' | 'giveKey' | 'instruct' | 'act' | 'answerApproval' | 'blob' | 'reveal' | 'windowCame'
> & { readonly bench: Pick<RunSession['bench'], 'decide'> };

interface Client {
  readonly connection: MessageConnection;
  readonly socket: Socket;
  role: 'unknown' | 'window' | 'watcher';
  subscribed: boolean;
  /** Tells the session that this window has gone. */
  gone?: () => void;
}

const statsEveryMs = 2_000;
/** A window that does not read gets no more live output than this; the journal's events are never dropped. */
const maxBuffered = 4_000_000;
/** A busy window may take this long to read what the runner said last; it would miss the end and its answers. */
const patienceMs = 5_000;

/** Serves a session to windows over a local socket; only who knows the token gets further than `hello`. */
export class RunnerServer {
  private readonly clients = new Set<Client>();
  /** The window that brings automatic edits to the bench: of several only one may. */
  private applier: Client | undefined;
  private readonly stops: (() => void)[] = [];
  private asking = false;
  private closing = false;

  private constructor(
    private readonly session: ServedSession,
    private readonly home: string,
    private readonly address: RunnerAddress,
    private readonly server: Server,
    private readonly log: (line: string) => void,
  ) {}

  static async start(session: ServedSession, home: string, log: (line: string) => void): Promise<RunnerServer> {
    const address = await newAddress(session.runId);
    const server = createServer();
    const runner = new RunnerServer(session, home, address, server, log);
    server.on('connection', (socket) => runner.accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.socket, resolve);
    });
    server.on('error', (error) => log(`Socket: ${error.message}`));
    if (process.platform !== 'win32') await chmod(address.socket, 0o600);
    runner.watch();
    await publishAddress(home, session.runId, address);
    return runner;
  }

  /** Lets the windows go and takes the address back. */
  async close(): Promise<void> {
    this.closing = true;
    for (const stop of this.stops) stop();
    await withdrawAddress(this.home, this.session.runId);
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const { connection, socket } of this.clients) {
      // Messages leave in their order: once this one is out, so is the answer to the request that ended the run.
      connection.sendNotification('leaving', {}).then(
        () => socket.end(),
        () => socket.destroy(),
      );
      setTimeout(() => socket.destroy(), patienceMs).unref();
    }
    await closed;
    if (process.platform !== 'win32') await rm(this.address.socket, { force: true });
  }

  private watch(): void {
    this.stops.push(
      this.session.onEvent((event) => this.tell('event', { event }, false)),
      this.session.listen({ output: (attempt, text) => this.tell('output', { attempt, text }, true) }),
    );
    const timer = setInterval(() => void this.sendStats(), statsEveryMs);
    timer.unref();
    this.stops.push(() => clearInterval(timer));
  }

  private async sendStats(): Promise<void> {
    if (this.asking || ![...this.clients].some((client) => client.subscribed)) return;
    this.asking = true;
    try {
      const stats = await this.session.stats();
      if (stats) this.tell('stats', stats, true);
    } catch {
      // Figures for the footer; what ails the sandbox shows in the step that meets it.
    } finally {
      this.asking = false;
    }
  }

  private tell(method: 'event' | 'output' | 'stats', params: object, droppable: boolean): void {
    for (const client of this.clients) {
      if (!client.subscribed || (droppable && client.socket.writableLength > maxBuffered)) continue;
      client.connection.sendNotification(method, params).catch(() => client.socket.destroy());
    }
  }

  /** The window that applied edits has gone: the one that came next takes its place. */
  private passOn(): void {
    this.applier = [...this.clients].find(({ role }) => role === 'window');
    const next = this.applier;
    next?.connection.sendNotification('applies', {}).catch(() => next.socket.destroy());
  }

  private accept(socket: Socket): void {
    const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    const client: Client = { connection, socket, role: 'unknown', subscribed: false };
    this.clients.add(client);
    // A window that dies breaks its pipe; `onClose` cleans up.
    socket.on('error', () => socket.destroy());
    connection.onError(() => undefined);
    connection.onClose(() => {
      if (!this.clients.delete(client)) return;
      // The runner leaves then, not the window: what it was given stays its own to do.
      if (!this.closing) {
        client.gone?.();
        if (client === this.applier) this.passOn();
      }
      connection.dispose();
      socket.destroy();
    });
    for (const method of Object.keys(runnerRequests) as RunnerRequest[]) this.register(client, method);
    connection.listen();
  }

  private register<R extends RunnerRequest>(client: Client, method: R): void {
    client.connection.onRequest(method, async (raw: unknown) => {
      if (client.role === 'unknown' && method !== 'hello') return new ResponseError(refusedCode, 'Say hello first.');
      const params = runnerRequests[method].params.safeParse(raw);
      if (!params.success) return new ResponseError(-32602, `Parameters of "${method}" do not fit: ${params.error.issues[0]?.message ?? ''}`);
      try {
        const handler: Handlers[R] = this.handlers[method];
        return await handler(client, params.data as z.output<(typeof runnerRequests)[R]['params']>);
      } catch (error) {
        if (error instanceof ResponseError) return error;
        this.log(`${method}: ${describeError(error)}`);
        return new ResponseError(-32000, error instanceof Error ? error.message : String(error), error instanceof PodiumError ? error.nextStep : undefined);
      }
    });
  }

  private readonly handlers: Handlers = {
    hello: async (client, { protocol, token, role }) => {
      const given = Buffer.from(token);
      const wanted = Buffer.from(this.address.token);
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new ResponseError(refusedCode, 'Wrong token.');
      if (protocol !== runnerProtocolVersion) {
        throw new ResponseError(wrongProtocolCode, `The runner speaks version ${runnerProtocolVersion} of the protocol, the window version ${protocol}.`, 'Let the run end, or stop it with the version of Podium that started it.');
      }
      if (client.role === 'unknown') {
        client.role = role ?? 'watcher';
        if (client.role === 'window') {
          this.applier ??= client;
          client.gone = this.session.windowCame((ask, signal) => askWindow(client.connection, ask, signal));
        }
      }
      return { protocol: runnerProtocolVersion, runId: this.session.runId, pid: process.pid, applies: client === this.applier };
    },
    subscribe: async (client, { from }) => {
      client.subscribed = true;
      // Events that come meanwhile are told too; the client takes each once.
      return { events: (await this.session.events()).filter((event) => event.seq >= from) };
    },
    pause: async () => {
      await this.session.pause();
      return {};
    },
    resume: async () => {
      await this.session.resume();
      return {};
    },
    stop: async () => {
      await this.session.stop();
      return {};
    },
    giveKey: async (_client, { key }) => {
      this.session.giveKey(key);
      return {};
    },
    instruct: async (_client, { text }) => {
      await this.session.instruct(text);
      return {};
    },
    act: async (_client, { action, params, files, plan }) => ({ observation: await this.session.act({ name: action, params }, files, plan) }),
    decide: async (_client, decision) => {
      await this.session.bench.decide(decision);
      return {};
    },
    answerApproval: async (client, { id, answer, words }) => {
      // A window of a restricted workspace only watches.
      if (client.role !== 'window') throw new ResponseError(refusedCode, 'Only a window can answer for the person.');
      await this.session.answerApproval(id, { answer, words });
      return {};
    },
    blob: async (_client, { hash }) => {
      try {
        return { text: await this.session.blob(hash) };
      } catch (error) {
        if (StorageError.is(error)) throw new ResponseError(-32000, error.message, error.nextStep);
        throw error;
      }
    },
    reveal: async () => await this.session.reveal(),
  };
}

/** An answer of a model of the window's editor. Rejects when the window goes, or is of a version that cannot be asked. */
async function askWindow(connection: MessageConnection, ask: ModelAsk, signal: AbortSignal): Promise<ModelAnswer> {
  const source = new CancellationTokenSource();
  const cancel = (): void => source.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  let dropped: { dispose(): void } | undefined;
  const gone = new Promise<never>((_resolve, reject) => (dropped = connection.onClose(() => reject(new Error('The window has gone.')))));
  try {
    return windowRequests.answer.result.parse(await Promise.race([connection.sendRequest('answer', ask, source.token), gone]));
  } finally {
    signal.removeEventListener('abort', cancel);
    dropped?.dispose();
    source.dispose();
  }
}
