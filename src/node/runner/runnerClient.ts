import { connect, type Socket } from 'node:net';
import { createMessageConnection, ResponseError, SocketMessageReader, SocketMessageWriter, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc/node';
import type * as z from 'zod';
import type { Observation } from '../../core/environment/observation';
import type { RunEvent } from '../../core/run/events';
import { runnerNotifications, runnerProtocolVersion, runnerRequests, type Revealed, type RunnerRequest, windowRequests } from '../../protocol/runner';
import { readAddress } from './address';
import { RunnerError } from './runnerError';
import type { AnsweringWindow } from './windowModel';

type Params<R extends RunnerRequest> = z.input<(typeof runnerRequests)[R]['params']>;
type Result<R extends RunnerRequest> = z.output<(typeof runnerRequests)[R]['result']>;

export interface RunnerListener {
  /** Journal events in order, each exactly once, also across a reconnect. */
  event?(event: RunEvent): void;
  /** Live output of the job under way; may have gaps. */
  output?(output: z.output<(typeof runnerNotifications)['output']>): void;
  stats?(stats: z.output<(typeof runnerNotifications)['stats']>): void;
  /** This window now brings automatic edits to the bench. */
  applies?(): void;
  /** The connection is gone: the runner has ended or was killed. */
  closed?(): void;
}

export interface ConnectOptions {
  readonly home: string;
  readonly runId: string;
  /** A window applies bench edits itself and answers `decide`. */
  readonly role: 'window' | 'watcher';
  readonly timeoutMs?: number;
  /** Asks a model of the editor; left out by what is no editor. */
  readonly answer?: AnsweringWindow;
}

const answerTimeoutMs = 10_000;

/** A window's (or the CLI's) connection to the runner of a run. */
export class RunnerClient {
  private closed = false;
  private listener: RunnerListener = {};

  private constructor(
    private readonly socket: Socket,
    private readonly connection: MessageConnection,
    readonly runId: string,
    readonly pid: number,
    private applier: boolean,
  ) {
    connection.onNotification('applies', () => {
      this.applier = true;
      this.listener.applies?.();
    });
  }

  /**
   * Connects and says hello.
   * @throws RunnerError `not_running`, `refused` or `wrong_protocol`
   */
  static async connect(options: ConnectOptions): Promise<RunnerClient> {
    const address = await readAddress(options.home, options.runId);
    if (!address) throw new RunnerError('not_running', `Run ${options.runId} has no runner.`, 'Resume the run.');
    const socket = await openSocket(address.socket, options);
    const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    // The connection reports a broken pipe here too; `onClose` is what callers act on.
    connection.onError(() => undefined);
    serveModels(connection, options.answer);
    connection.listen();
    try {
      const hello = { protocol: runnerProtocolVersion, token: address.token, role: options.role };
      const answer = await ask(connection, 'hello', hello, options.timeoutMs ?? answerTimeoutMs);
      if (answer.runId !== options.runId) throw new RunnerError('refused', `Another run answers at the address of ${options.runId}.`, 'Resume the run.');
      // A runner of an earlier version says nothing and leaves the edits to every window.
      return new RunnerClient(socket, connection, answer.runId, answer.pid, answer.applies ?? true);
    } catch (error) {
      connection.dispose();
      socket.destroy();
      throw error;
    }
  }

  /**
   * Delivers every journal event from `from` on to the listener, then the live ones.
   * Call once per client; returns the number of events that were there already.
   */
  async subscribe(from: number, listener: RunnerListener): Promise<number> {
    this.listener = listener;
    let next = from;
    const waiting: RunEvent[] = [];
    let ready = false;
    const deliver = (event: RunEvent): void => {
      if (event.seq < next) return;
      next = event.seq + 1;
      listener.event?.(event);
    };
    this.connection.onNotification('event', (raw: unknown) => {
      const message = runnerNotifications.event.safeParse(raw);
      if (!message.success) return; // an event of a newer version
      if (ready) deliver(message.data.event);
      else waiting.push(message.data.event);
    });
    this.connection.onNotification('output', (raw: unknown) => {
      const message = runnerNotifications.output.safeParse(raw);
      if (message.success) listener.output?.(message.data);
    });
    this.connection.onNotification('stats', (raw: unknown) => {
      const message = runnerNotifications.stats.safeParse(raw);
      if (message.success) listener.stats?.(message.data);
    });
    this.connection.onClose(() => {
      this.closed = true;
      listener.closed?.();
    });
    const { events } = await this.request('subscribe', { from });
    for (const event of events) deliver(event);
    ready = true;
    for (const event of waiting) deliver(event);
    return events.length;
  }

  pause = async (): Promise<void> => void (await this.request('pause', {}));
  resume = async (): Promise<void> => void (await this.request('resume', {}));
  /** Stops the run and removes its sandbox; answers when both are done. */
  stop = async (): Promise<void> => void (await this.request('stop', {}, null));
  giveKey = async (key: string): Promise<void> => void (await this.request('giveKey', { key }));
  instruct = async (text: string): Promise<void> => void (await this.request('instruct', { text }));
  decide = async (decision: Params<'decide'>): Promise<void> => void (await this.request('decide', decision));
  answerApproval = async (answer: Params<'answerApproval'>): Promise<void> => void (await this.request('answerApproval', answer));
  reveal = (): Promise<Revealed> => this.request('reveal', {});

  /** An action by the person; waits as long as the action takes. `files`: texts of the bench that a new `human` attempt starts from. */
  async act(action: Params<'act'>): Promise<Observation> {
    return (await this.request('act', action, null)).observation;
  }

  /** Text of a blob of the run, e.g. a bench edit's new content. */
  async blob(hash: string): Promise<string> {
    return (await this.request('blob', { hash })).text;
  }

  /** Whether this window brings automatic edits to the bench. */
  get applies(): boolean {
    return this.applier;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Lets go; the run goes on. */
  dispose(): void {
    this.closed = true;
    this.connection.dispose();
    this.socket.destroy();
  }

  private request<R extends RunnerRequest>(method: R, params: Params<R>, timeoutMs: number | null = answerTimeoutMs): Promise<Result<R>> {
    if (this.closed) return Promise.reject(new RunnerError('connection_lost', 'The runner is gone.', 'Attach again or resume the run.'));
    return ask(this.connection, method, params, timeoutMs);
  }
}

async function openSocket(path: string, options: ConnectOptions): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (cause?: Error): void => {
      socket.destroy();
      reject(new RunnerError('not_running', `The runner of ${options.runId} does not answer.`, 'Resume the run.', { cause }));
    };
    const timer = setTimeout(fail, options.timeoutMs ?? answerTimeoutMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      fail(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/** Asks and checks the answer; rejects as soon as the connection closes, so that no caller waits for a dead runner. */
async function ask<R extends RunnerRequest>(connection: MessageConnection, method: R, params: Params<R>, timeoutMs: number | null): Promise<Result<R>> {
  let timer: NodeJS.Timeout | undefined;
  let dropped: { dispose(): void } | undefined;
  const gone = new Promise<never>((_resolve, reject) => {
    dropped = connection.onClose(() => reject(new RunnerError('connection_lost', 'The runner is gone.', 'Attach again or resume the run.')));
    if (timeoutMs !== null) {
      timer = setTimeout(() => reject(new RunnerError('connection_lost', `The runner did not answer "${method}" in ${timeoutMs / 1000} s.`, 'Try again, or show the log.')), timeoutMs);
    }
  });
  try {
    const answer: unknown = await Promise.race([connection.sendRequest(method, params), gone]);
    return runnerRequests[method].result.parse(answer) as Result<R>;
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const reason = error.code === refusedCode ? 'refused' : error.code === wrongProtocolCode ? 'wrong_protocol' : 'bad_request';
    throw new RunnerError(reason, error.message, typeof error.data === 'string' ? error.data : undefined, { cause: error });
  } finally {
    clearTimeout(timer);
    dropped?.dispose();
  }
}

/** Answers the runner's questions to models of the editor. */
function serveModels(connection: MessageConnection, answer: AnsweringWindow | undefined): void {
  if (!answer) return;
  connection.onRequest('answer', async (raw: unknown, token: CancellationToken) => {
    const ask = windowRequests.answer.params.safeParse(raw);
    if (!ask.success) return new ResponseError(-32602, 'The question to the model does not fit.');
    const controller = new AbortController();
    const cancelled = token.onCancellationRequested(() => controller.abort());
    const closed = connection.onClose(() => controller.abort());
    try {
      return await answer(ask.data, controller.signal);
    } finally {
      cancelled.dispose();
      closed.dispose();
    }
  });
}

/** JSON-RPC error codes of the runner's server. */
export const refusedCode = -32001;
export const wrongProtocolCode = -32002;
