import { lstat, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { JobEvent, JobResult, JobSpec, Sandbox, SandboxFile, SandboxInfo, SandboxSpec, SandboxStats } from '../../core/runtime/runtime';
import type { GpuUse } from '../../core/runtime/gpu';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { BridgeJobs } from '../bridgeJobs';
import { cardQuery, hostTool, parseCards, useOf } from '../gpu/nvidiaSmi';
import { removeControlGroup } from './controlGroup';
import { isAlive, processesWith, send, startTime, waitUntil } from './processes';
import type { SandboxPlaces, SandboxState } from './sandboxState';
import { WorkTree } from './workTree';

/** Mark in the environment of everything an unisolated sandbox starts, so that all of it can be found and ended. */
export const groupVariable = 'SANDBOX_GROUP';

/** Whether the process that a state tells of is still the same one. */
export async function isRunning(state: SandboxState): Promise<boolean> {
  if (!isAlive(state.pid)) return false;
  return state.started === null || (await startTime(state.pid)) === state.started;
}

/** A connection to the bridge's socket, which untrusted code could have replaced by a link to another one. */
async function openSocket(path: string): Promise<Duplex> {
  const info = await lstat(path);
  if (!info.isSocket()) throw new RuntimeError('sandbox_lost', `${path} is not the sandbox's socket any more.`, 'Stop the run and resume it.');
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/**
 * Ends everything a local sandbox runs and removes its folders; safe to call twice.
 * @param state undefined when nothing is known any more: then only folders are removed
 */
export async function removeSandbox(places: Pick<SandboxPlaces, 'folder' | 'socketFolder' | 'group'>, state: SandboxState | undefined): Promise<void> {
  if (state && (await isRunning(state))) {
    // The end of its first process ends all others of a process namespace.
    if (state.init) send(state.init, 'SIGKILL');
    send(state.pid, 'SIGKILL');
    await waitUntil(() => !isAlive(state.pid), 5000);
  }
  const mark = `${groupVariable}=${places.group}`;
  await waitUntil(() => {
    const left = processesWith(mark);
    for (const pid of left) send(pid, 'SIGKILL');
    return left.length === 0;
  }, 5000);
  await removeControlGroup(places.group);
  await rm(places.socketFolder, { recursive: true, force: true });
  await rm(places.folder, { recursive: true, force: true, maxRetries: 3 });
}

/** A run's sandbox on this machine: bubblewrap's, or a plain process where that is allowed. */
export class LocalSandbox implements Sandbox {
  readonly network: 'open' | 'closed';
  private readonly tree: WorkTree;
  private lastCpu: { seconds: number; at: number } | undefined;

  private constructor(
    private readonly places: SandboxPlaces,
    private readonly state: SandboxState,
    private readonly jobs: BridgeJobs,
    spec: Pick<SandboxSpec, 'dataFolder' | 'network'>,
    private readonly env: NodeJS.ProcessEnv,
    readonly info: SandboxInfo,
  ) {
    this.tree = new WorkTree(places.work, state.isolation === 'bubblewrap' ? '/data' : spec.dataFolder);
    // bubblewrap makes its namespaces once: a sandbox without network stays without.
    this.network = state.isolation === 'none' || spec.network === 'bridge' ? 'open' : 'closed';
  }

  /**
   * Connects to the bridge of a running sandbox.
   * @throws RuntimeError `sandbox_lost`
   */
  static async connect(places: SandboxPlaces, state: SandboxState, spec: Pick<SandboxSpec, 'dataFolder' | 'network'>, env: NodeJS.ProcessEnv, log: (line: string) => void): Promise<LocalSandbox> {
    const jobs = new BridgeJobs({
      open: () => openSocket(places.socket),
      isAlive: () => isRunning(state),
      whyLost: async () => ({ text: (await isRunning(state)) ? 'it runs, but its bridge does not answer' : 'its process has ended', outOfMemory: false }),
      log,
    });
    const hello = await jobs.connect();
    return new LocalSandbox(places, state, jobs, spec, env, {
      id: places.group,
      runtime: 'local',
      isolation: state.isolation,
      image: state.python,
      python: hello.python,
      libraries: hello.libraries,
      gpus: state.cards ?? [],
    });
  }

  put(folder: string, files: readonly SandboxFile[]): Promise<void> {
    return this.tree.put(folder, files);
  }

  remove(folder: string, paths: readonly string[]): Promise<void> {
    return this.tree.remove(folder, paths);
  }

  clear(folder: string, keep: readonly string[]): Promise<void> {
    return this.tree.clear(folder, keep);
  }

  get(folder: string, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.tree.get(folder, path, maxBytes);
  }

  list(folder: string): Promise<readonly { path: string; bytes: number }[]> {
    return this.tree.list(folder);
  }

  run(job: JobSpec, listener: (event: JobEvent) => void, signal: AbortSignal): Promise<JobResult> {
    return this.jobs.run({ ...job, memoryMb: job.memoryMb ?? this.state.memoryMb }, listener, signal);
  }

  interrupt(jobId: string): Promise<void> {
    return this.jobs.interrupt(jobId);
  }

  restartKernel(folder: string): Promise<void> {
    return this.jobs.restartKernel(folder);
  }

  /** From the bridge; the processor share is since the call before, 0 on the first. */
  async stats(): Promise<SandboxStats> {
    const { cpuSeconds, memoryMb } = await this.jobs.stats();
    const now = { seconds: cpuSeconds, at: performance.now() / 1000 };
    const before = this.lastCpu;
    this.lastCpu = now;
    const share = before && now.at > before.at ? (now.seconds - before.seconds) / (now.at - before.at) : 0;
    return { cpuPercent: Math.max(0, share) * 100, memoryMb, memoryLimitMb: this.state.memoryMb, ...(this.state.gpu ? { gpus: await this.gpuUse() } : {}) };
  }

  /** From NVIDIA's tool on this machine; a slice (MIG) is in no table of its own. */
  private async gpuUse(): Promise<GpuUse[]> {
    const { code, text } = await hostTool(this.env)(cardQuery);
    const { cards } = this.state;
    return code === 0 ? parseCards(text).filter((card) => !cards || cards.includes(card.uuid) || cards.includes(card.index)).map(useOf) : [];
  }

  async stop(): Promise<void> {
    // Without a process namespace only the bridge knows all that its jobs have started.
    if (this.state.isolation === 'none' && (await isRunning(this.state))) {
      await this.jobs.shutdown();
      await waitUntil(() => !isAlive(this.state.pid), 10_000);
    }
    this.jobs.close('stopped');
    await removeSandbox(this.places, this.state);
  }

  detach(): Promise<void> {
    this.jobs.close('detached');
    return Promise.resolve();
  }
}
