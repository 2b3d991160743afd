import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { JobEvent, JobResult, JobSpec } from '../../core/runtime/runtime';
import { bridgeAnswerSchema, bridgeEventSchema, bridgeProtocolVersion, type BridgeRequest } from '../../protocol/bridge';
import { BridgeError } from './bridgeError';
import { JobFollower } from './jobFollower';
import { LineSplitter } from './lineSplitter';

const helloSchema = z.object({
  version: z.int(),
  python: z.string(),
  pythonVersion: z.string().default(''),
  ipykernel: z.boolean(),
  libraries: z.record(z.string(), z.string()),
  pid: z.int(),
});
/** What a bridge says of itself. */
export type BridgeHello = z.output<typeof helloSchema>;

const filesSchema = z.object({ files: z.array(z.object({ path: z.string(), bytes: z.int().nonnegative() })) });
const statsSchema = z.object({ cpuSeconds: z.number(), memoryMb: z.number(), workMb: z.number() });
/** Of all jobs together: processor seconds since the bridge began, memory now, size of the working folders. */
export type BridgeStats = z.output<typeof statsSchema>;

const listSchema = z.object({ jobs: z.array(z.object({ job: z.string(), running: z.boolean() })) });

export interface BridgeClientOptions {
  /** A new stream to the same bridge after the old one broke. Without it, a break ends what is running. */
  readonly connect?: () => Promise<Duplex>;
  /** Warnings: lines that were not understood, reconnects. */
  readonly log?: (line: string) => void;
  /** Milliseconds to wait before each try to connect again; their number is the number of tries. */
  readonly retryMs?: readonly number[];
  /** Milliseconds between signs of life; the bridge drops a connection that is silent for 150 s. */
  readonly pulseMs?: number;
  /** Milliseconds to wait for an answer. */
  readonly answerMs?: number;
}

type RequestBody = BridgeRequest extends infer R ? (R extends BridgeRequest ? Omit<R, 'id'> : never) : never;

interface Waiting {
  readonly resolve: (result: Record<string, unknown>) => void;
  readonly reject: (error: BridgeError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Above what the bridge ever sends (one rich output is at most 8 MB before escaping). */
const maxLineBytes = 64 * 1024 * 1024;

/**
 * The runner's end of the protocol in `protocol/bridge.ts`. Every line is checked: what cannot be
 * understood is logged and skipped. When the stream breaks and `connect` was given, the jobs that
 * are followed are attached to again where their events left off; none is started twice.
 */
export class BridgeClient {
  private stream: Duplex | undefined;
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();
  private readonly followed = new Map<string, JobFollower>();
  private readonly pulse: NodeJS.Timeout;
  private reconnecting: Promise<void> | undefined;
  private end: BridgeError | undefined;
  private known: BridgeHello | undefined;

  private constructor(private readonly options: BridgeClientOptions) {
    this.pulse = setInterval(() => this.sayHello(), options.pulseMs ?? 30_000);
    this.pulse.unref();
  }

  /**
   * Greets the bridge at the other end of `stream`. The stream belongs to the client from here on.
   * @throws BridgeError `protocol` for another version, `connection_lost` or `timeout` when nothing answers
   */
  static async open(stream: Duplex, options: BridgeClientOptions = {}): Promise<BridgeClient> {
    const client = new BridgeClient(options);
    try {
      client.use(stream);
      await client.greet();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  get hello(): BridgeHello {
    if (!this.known) throw new BridgeError('protocol', 'The bridge has not answered yet.');
    return this.known;
  }

  /** True when nothing can be asked any more: closed, or lost for good. */
  get isClosed(): boolean {
    return this.end !== undefined;
  }

  /**
   * Starts a job, or follows it from its first event when the bridge knows its id: it never runs
   * twice. Resolves when the job has ended in any way; `lost` when the bridge has forgotten it.
   * Aborting cancels the job and waits for its end.
   * @throws BridgeError when the bridge refuses the job or the connection is lost for good
   */
  async run(spec: JobSpec, listener: (event: JobEvent) => void, signal: AbortSignal): Promise<JobResult> {
    if (this.end) throw this.end;
    const already = this.followed.get(spec.id);
    if (already) return already.ended;
    if (signal.aborted) {
      await this.cancel(spec.id);
      return { status: 'cancelled', exitCode: null, seconds: 0 };
    }
    const follower = new JobFollower(spec, listener, (line) => this.warn(line));
    // The settled promise is always looked at below; this keeps an early rejection from counting as unhandled.
    follower.ended.catch(() => {});
    this.followed.set(spec.id, follower);
    const abort = (): void => {
      follower.cancelling = true;
      this.cancelFollowed(follower);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      await this.start(follower);
      return await follower.ended;
    } finally {
      signal.removeEventListener('abort', abort);
      this.followed.delete(spec.id);
    }
  }

  /** Ctrl-C for a running job; nothing happens when it has ended. */
  async interrupt(jobId: string): Promise<void> {
    await this.request({ op: 'interrupt', job: jobId });
  }

  /** Ends a job with all its processes; resolves when none is left. */
  async cancel(jobId: string): Promise<void> {
    await this.request({ op: 'cancel', job: jobId });
  }

  /** Ends the folder's live kernel; the next cell begins a new one. */
  async restartKernel(folder: string): Promise<void> {
    await this.request({ op: 'restart_kernel', folder });
  }

  /** Regular files of a working folder, in no order. What runs in the sandbox may answer anything. */
  async files(folder: string): Promise<readonly { path: string; bytes: number }[]> {
    return this.parse(filesSchema, await this.request({ op: 'files', folder })).files;
  }

  /** Deletes files of a working folder; missing ones are fine. */
  async remove(folder: string, paths: readonly string[]): Promise<void> {
    await this.request({ op: 'remove', folder, paths: [...paths] });
  }

  async clear(folder: string, keep: readonly string[]): Promise<void> {
    await this.request({ op: 'clear', folder, keep: [...keep] });
  }

  async stats(): Promise<BridgeStats> {
    return this.parse(statsSchema, await this.request({ op: 'stats' }));
  }

  /** All jobs that the bridge remembers. */
  async list(): Promise<readonly { job: string; running: boolean }[]> {
    return this.parse(listSchema, await this.request({ op: 'list' })).jobs;
  }

  /** Ends all jobs and the bridge itself, then closes. */
  async shutdown(): Promise<void> {
    await this.request({ op: 'shutdown' });
    this.close();
  }

  /** Lets go of the connection; jobs live on for the bridge's grace time. Runs that are followed reject with `closed`. */
  close(): void {
    this.giveUp(new BridgeError('closed', 'The connection to the sandbox was closed.'));
  }

  // -- the stream

  private use(stream: Duplex): void {
    this.stream = stream;
    const lines = new LineSplitter(
      maxLineBytes,
      (line) => this.line(line),
      () => this.warn(`a line above ${maxLineBytes} bytes was dropped`),
    );
    stream.on('data', (data: Buffer | string) => {
      if (this.stream === stream) lines.feed(typeof data === 'string' ? Buffer.from(data) : data);
    });
    // 'close' follows every error; it alone decides. One that was let go of may end as it likes:
    // a stream made of two halves calls that an abort.
    stream.on('error', (error: Error) => {
      if (this.stream === stream) this.warn(`connection: ${error.message}`);
    });
    stream.on('end', () => this.broken(stream));
    stream.on('close', () => this.broken(stream));
  }

  private broken(stream: Duplex): void {
    if (this.stream !== stream || this.end) return;
    this.stream = undefined;
    stream.destroy();
    const lost = new BridgeError('connection_lost', 'The connection to the sandbox broke.', 'Resume the run to connect again.');
    for (const waiting of this.waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(lost);
    }
    this.waiting.clear();
    if (this.reconnecting) return; // the loop that is already trying sees it
    const { connect } = this.options;
    if (!connect || this.known === undefined) {
      this.giveUp(lost);
      return;
    }
    this.reconnecting = this.reconnect(connect, lost).finally(() => (this.reconnecting = undefined));
  }

  private async reconnect(connect: () => Promise<Duplex>, lost: BridgeError): Promise<void> {
    for (const wait of this.options.retryMs ?? [50, 200, 500, 1000, 2000, 4000]) {
      await sleep(wait, undefined, { ref: false });
      if (this.end) return;
      try {
        const stream = await connect();
        if (this.end) {
          stream.destroy();
          return;
        }
        this.use(stream);
        await this.greet();
        await Promise.all([...this.followed.values()].map((follower) => this.attach(follower)));
        this.warn('connected again');
        return;
      } catch (error) {
        if (BridgeError.is(error, 'protocol')) break;
        this.warn(`could not connect again: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.giveUp(lost);
  }

  private giveUp(error: BridgeError): void {
    if (this.end) return;
    this.end = error;
    clearInterval(this.pulse);
    const stream = this.stream;
    this.stream = undefined;
    stream?.destroy();
    for (const waiting of this.waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(error);
    }
    this.waiting.clear();
    for (const follower of this.followed.values()) follower.fail(error);
    this.followed.clear();
  }

  // -- jobs

  /** Asks for the job until the bridge has it; a break in between is no reason to give up. */
  private async start(follower: JobFollower): Promise<void> {
    const { spec } = follower;
    for (;;) {
      try {
        await this.request({
          op: 'start',
          job: spec.id,
          folder: spec.folder,
          task: copyTask(spec.task),
          seconds: spec.seconds,
          memoryMb: spec.memoryMb ?? null,
          env: { ...spec.env },
        });
        follower.started = true;
        if (follower.cancelling) this.cancelFollowed(follower);
        return;
      } catch (error) {
        if (!BridgeError.is(error, 'connection_lost') || this.end) throw error;
        await this.reconnecting;
        if (follower.started) return;
      }
    }
  }

  private async attach(follower: JobFollower): Promise<void> {
    // One whose start was not answered is started again: the bridge ignores an id that it knows.
    if (!follower.started) return;
    const { known } = await this.request({ op: 'attach', job: follower.spec.id, from: follower.next }, false);
    if (known !== true) follower.lose();
    else if (follower.cancelling) this.cancelFollowed(follower);
  }

  private cancelFollowed(follower: JobFollower): void {
    if (!follower.started || this.stream === undefined) return; // asked for once it is started or attached
    this.request({ op: 'cancel', job: follower.spec.id }, false).catch((error: unknown) => {
      if (!BridgeError.is(error, 'connection_lost') && !BridgeError.is(error, 'closed')) this.warn(`cancel of ${follower.spec.id}: ${String(error)}`);
    });
  }

  private line(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.warn(`not JSON: ${text.slice(0, 200)}`);
      return;
    }
    const isEvent = typeof value === 'object' && value !== null && 'event' in value;
    const event = isEvent ? bridgeEventSchema.safeParse(value) : undefined;
    if (!event?.success) {
      const answer = isEvent ? undefined : bridgeAnswerSchema.safeParse(value);
      if (answer?.success) this.answered(answer.data);
      else this.warn(`not understood: ${text.slice(0, 200)}`);
      return;
    }
    const follower = this.followed.get(event.data.job);
    if (follower?.take(event.data) === 'hole') {
      this.attach(follower).catch((error: unknown) => this.warn(`attach: ${String(error)}`));
    }
  }

  // -- requests

  private answered(answer: z.output<typeof bridgeAnswerSchema>): void {
    const waiting = this.waiting.get(answer.id);
    if (!waiting) return;
    this.waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if (answer.ok) waiting.resolve(answer.result ?? {});
    else waiting.reject(new BridgeError('refused', `The sandbox refused: ${answer.error ?? 'no reason given'}.`));
  }

  /** @param wait whether to wait for a connection that is being made; never within its making */
  private async request(body: RequestBody, wait = true): Promise<Record<string, unknown>> {
    if (wait && this.reconnecting) await this.reconnecting;
    if (this.end) throw this.end;
    const stream = this.stream;
    if (!stream) throw new BridgeError('connection_lost', 'The connection to the sandbox broke.');
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new BridgeError('timeout', `The sandbox did not answer "${body.op}".`));
      }, this.options.answerMs ?? 60_000);
      timer.unref();
      this.waiting.set(id, { resolve, reject, timer });
      stream.write(`${JSON.stringify({ id, ...body })}\n`);
    });
  }

  private async greet(): Promise<void> {
    const result = await this.request({ op: 'hello', version: bridgeProtocolVersion }, false);
    const hello = this.parse(helloSchema, result);
    if (hello.version !== bridgeProtocolVersion) {
      throw new BridgeError(
        'protocol',
        `The sandbox's bridge speaks version ${hello.version}, this program version ${bridgeProtocolVersion}.`,
        'Stop the run and start it again with this version.',
      );
    }
    this.known = hello;
  }

  /** A sign of life; silence in return means that the connection is dead though nothing said so. */
  private sayHello(): void {
    const stream = this.stream;
    if (!stream || this.known === undefined) return;
    this.request({ op: 'hello', version: bridgeProtocolVersion }).catch((error: unknown) => {
      if (BridgeError.is(error, 'timeout')) this.broken(stream);
    });
  }

  private parse<T>(schema: z.ZodType<T>, value: unknown): T {
    const result = schema.safeParse(value);
    if (!result.success) throw new BridgeError('protocol', `The sandbox answered in an unknown form: ${result.error.issues[0]?.message ?? ''}.`);
    return result.data;
  }

  private warn(line: string): void {
    this.options.log?.(line);
  }
}

/** The task with arrays that may be written to, as the schema's type wants them. */
function copyTask(task: JobSpec['task']): Extract<BridgeRequest, { op: 'start' }>['task'] {
  switch (task.kind) {
    case 'script':
      return { ...task, args: [...task.args] };
    case 'notebook':
      return { ...task, cells: task.cells.map((cell) => ({ ...cell })) };
    case 'shell':
    case 'cell':
      return task;
  }
}
