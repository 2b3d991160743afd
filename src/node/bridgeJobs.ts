import type { Duplex } from 'node:stream';
import type { JobEvent, JobResult, JobSpec } from '../core/runtime/runtime';
import { RuntimeError } from '../core/runtime/runtimeError';
import { BridgeClient, type BridgeHello, type BridgeStats } from './kernel/bridgeClient';
import { BridgeError } from './kernel/bridgeError';

/** How a runtime reaches the bridge of a sandbox. */
export interface BridgeDoor {
  /** A new stream to the bridge. */
  readonly open: () => Promise<Duplex>;
  /** Whether the sandbox still runs. */
  readonly isAlive: () => Promise<boolean>;
  /** Why it does not, in a few words. */
  readonly whyLost: () => Promise<{ text: string; outOfMemory: boolean }>;
  readonly log: (line: string) => void;
}

/**
 * The jobs of a sandbox over its bridge, the same in every runtime. Connects again when the
 * connection is gone but the sandbox is not, and tells the one from the other.
 */
export class BridgeJobs {
  private client: BridgeClient | undefined;
  private opening: Promise<BridgeClient> | undefined;
  private state: 'open' | 'detached' | 'stopped' = 'open';

  constructor(private readonly door: BridgeDoor) {}

  /** @throws RuntimeError `sandbox_lost` */
  async connect(): Promise<BridgeHello> {
    return (await this.connected()).hello;
  }

  private async connected(): Promise<BridgeClient> {
    if (this.state !== 'open') throw new RuntimeError('sandbox_lost', 'This sandbox was let go of.');
    if (this.client && !this.client.isClosed) return this.client;
    const { open, isAlive, log } = this.door;
    const again = async (): Promise<Duplex> => {
      // Of all refusals this one alone ends the client's tries: there is nothing left to reach.
      if (!(await isAlive())) throw new BridgeError('protocol', 'The sandbox has ended.');
      return open();
    };
    this.opening ??= open()
      .then((stream) => BridgeClient.open(stream, { connect: again, log }))
      .finally(() => (this.opening = undefined));
    try {
      this.client = await this.opening;
    } catch (error) {
      throw await this.lost(error);
    }
    return this.client;
  }

  private async lost(error: unknown): Promise<RuntimeError> {
    if (error instanceof RuntimeError) return error;
    const { text } = await this.door.whyLost();
    return new RuntimeError('sandbox_lost', `The sandbox cannot be reached: ${text}.`, 'Resume the run to get a new one.', { cause: error });
  }

  /** See `Sandbox.run`. A sandbox that ends below a job is a result, not an error. */
  async run(job: JobSpec, listener: (event: JobEvent) => void, signal: AbortSignal): Promise<JobResult> {
    const began = performance.now();
    const ended = (status: JobResult['status']): JobResult => ({ status, exitCode: null, seconds: (performance.now() - began) / 1000 });
    const client = await this.connected();
    try {
      return await client.run(job, listener, signal);
    } catch (error) {
      if (!BridgeError.is(error)) throw error;
      if (this.state === 'stopped') return ended('cancelled');
      if (error.reason === 'refused' || error.reason === 'protocol') throw error;
      if (this.state === 'detached' || (await this.door.isAlive())) throw error;
      const { text, outOfMemory } = await this.door.whyLost();
      this.door.log(`The sandbox ended below job ${job.id}: ${text}`);
      return ended(outOfMemory ? 'out_of_memory' : 'lost');
    }
  }

  /** @throws RuntimeError `sandbox_lost`; BridgeError `refused` */
  files(folder: string): Promise<readonly { path: string; bytes: number }[]> {
    return this.ask((client) => client.files(folder));
  }

  /** @throws RuntimeError `sandbox_lost`; BridgeError `refused` */
  remove(folder: string, paths: readonly string[]): Promise<void> {
    return this.ask((client) => client.remove(folder, paths));
  }

  clear(folder: string, keep: readonly string[]): Promise<void> {
    return this.ask((client) => client.clear(folder, keep));
  }

  private async ask<T>(question: (client: BridgeClient) => Promise<T>): Promise<T> {
    try {
      return await question(await this.connected());
    } catch (error) {
      if (!BridgeError.is(error) || error.reason === 'refused' || (await this.door.isAlive())) throw error;
      throw await this.lost(error);
    }
  }

  async interrupt(jobId: string): Promise<void> {
    await (await this.connected()).interrupt(jobId);
  }

  async restartKernel(folder: string): Promise<void> {
    await (await this.connected()).restartKernel(folder);
  }

  async stats(): Promise<BridgeStats> {
    return (await this.connected()).stats();
  }

  /** Asks the bridge to end all jobs and itself; one that does not answer is left to the caller. */
  async shutdown(): Promise<void> {
    this.state = 'stopped';
    if (!this.client || this.client.isClosed) return;
    await this.client.shutdown().catch((error: unknown) => this.door.log(`shutdown: ${String(error)}`));
  }

  /** Closes the connection; `stopped`: what is running counts as cancelled. */
  close(how: 'detached' | 'stopped'): void {
    if (this.state === 'open') this.state = how;
    this.client?.close();
  }
}
