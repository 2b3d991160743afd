import type Docker from 'dockerode';
import * as z from 'zod';
import type { JobEvent, JobResult, JobSpec, Sandbox, SandboxFile, SandboxInfo, SandboxStats } from '../../core/runtime/runtime';
import type { GpuUse } from '../../core/runtime/gpu';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { BridgeJobs } from '../bridgeJobs';
import { cardQuery, parseCards, useOf } from '../gpu/nvidiaSmi';
import { checkFolder, checkPath, isWorkPath } from '../workPaths';
import { packWorkFiles, readSingleFile } from './archive';
import { ContainerNetwork } from './containerNetwork';
import { inside, labels } from './containerOptions';
import { execInContainer, openExecStream } from './execStream';
import { removeRun, statusOf } from './removeRun';

/** A run's container. */
export class DockerSandbox implements Sandbox {
  private lastCpu: { total: number; system: number } | undefined;
  private gpuTool: 'unknown' | 'absent' = 'unknown';

  private constructor(
    private readonly docker: Docker,
    private readonly container: Docker.Container,
    private readonly runId: string,
    private readonly hasGpu: boolean,
    private readonly jobs: BridgeJobs,
    readonly network: 'open' | ContainerNetwork,
    readonly info: SandboxInfo,
  ) {}

  /**
   * Connects to the bridge of a running container.
   * @throws RuntimeError `sandbox_lost` when it ends or does not answer
   */
  static async connect(docker: Docker, container: Docker.Container, image: string, log: (line: string) => void): Promise<DockerSandbox> {
    const details = await container.inspect();
    const requests = details.HostConfig.DeviceRequests ?? [];
    const runId = details.Config.Labels[labels.run] ?? '';
    const network = details.HostConfig.NetworkMode === 'none' ? new ContainerNetwork(docker, container, runId) : 'open';
    // A runner that was killed may have left one behind.
    if (network !== 'open' && Object.keys(details.NetworkSettings.Networks).some((name) => name !== 'none')) await network.disconnect();
    // Isolated (-I): what jobs install for their own user has no say in it.
    const command = ['python3', '-I', inside.bridge, 'connect', '--socket', inside.socket, '--pid', '1'];
    const jobs = new BridgeJobs({
      open: () => openExecStream(docker, container, command, (text) => log(`bridge: ${text.trim()}`)),
      isAlive: () => container.inspect().then(({ State }) => State.Running, (error: unknown) => statusOf(error) !== 404),
      whyLost: () => whyLost(container),
      log,
    });
    const hello = await jobs.connect();
    return new DockerSandbox(docker, container, runId, requests.length > 0, jobs, network, {
      id: details.Id,
      runtime: 'docker',
      isolation: 'container',
      image,
      python: hello.python,
      libraries: hello.libraries,
      gpus: requests.flatMap((request) => request.DeviceIDs ?? []).map((id) => id.replace(/^nvidia\.com\/gpu=/, '')),
    });
  }

  async put(folder: string, files: readonly SandboxFile[]): Promise<void> {
    await this.container.putArchive(packWorkFiles(folder, files), { path: '/work' }).catch((error: unknown) => this.lost(error));
  }

  async remove(folder: string, paths: readonly string[]): Promise<void> {
    if (paths.length > 0) await this.jobs.remove(checkFolder(folder), paths.map(checkPath));
  }

  async clear(folder: string, keep: readonly string[]): Promise<void> {
    await this.jobs.clear(checkFolder(folder), keep.map(checkPath));
  }

  async get(folder: string, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    try {
      const place = `/work/${checkFolder(folder)}/${checkPath(path)}`;
      if (!(await this.leadsThroughFolders(place))) return undefined;
      const archive = await this.container.getArchive({ path: place });
      return await readSingleFile(archive, maxBytes);
    } catch (error) {
      if (statusOf(error) === 404 && (await this.exists())) return undefined;
      return this.lost(error);
    }
  }

  /** Whether the way to a file below /work is folders only: the engine follows a link that was put in the place of one. */
  private async leadsThroughFolders(place: string): Promise<boolean> {
    const parts = place.split('/').slice(0, -1);
    const folders = parts.map((_, depth) => parts.slice(0, depth + 1).join('/')).slice(2);
    const links = await Promise.all(folders.map(async (path) => linkTargetOf(await this.container.infoArchive({ path }))));
    return links.every((target) => target === '');
  }

  /** Asked over the bridge: an exec of its own takes as long as a small script. */
  async list(folder: string): Promise<readonly { path: string; bytes: number }[]> {
    const found = await this.jobs.files(checkFolder(folder));
    // What runs inside could answer anything; names that could not be asked for are left out.
    return found.filter(({ path }) => isWorkPath(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  run(job: JobSpec, listener: (event: JobEvent) => void, signal: AbortSignal): Promise<JobResult> {
    return this.jobs.run(job, listener, signal);
  }

  interrupt(jobId: string): Promise<void> {
    return this.jobs.interrupt(jobId);
  }

  restartKernel(folder: string): Promise<void> {
    return this.jobs.restartKernel(folder);
  }

  /** From the engine; the processor share is since the call before, 0 on the first. */
  async stats(): Promise<SandboxStats> {
    const raw = await this.container.stats({ stream: false, 'one-shot': true }).catch((error: unknown) => this.lost(error));
    const now = { total: raw.cpu_stats.cpu_usage.total_usage, system: raw.cpu_stats.system_cpu_usage ?? 0 };
    const before = this.lastCpu;
    this.lastCpu = now;
    const share = before && now.system > before.system ? (now.total - before.total) / (now.system - before.system) : 0;
    const cache = raw.memory_stats.stats?.total_inactive_file ?? raw.memory_stats.stats?.inactive_file ?? 0;
    return {
      cpuPercent: Math.max(0, share) * (raw.cpu_stats.online_cpus || 1) * 100,
      memoryMb: Math.max(0, (raw.memory_stats.usage ?? 0) - cache) / 1048576,
      memoryLimitMb: (raw.memory_stats.limit ?? 0) / 1048576,
      ...(this.hasGpu ? { gpus: await this.gpuUse() } : {}),
    };
  }

  /** From the tool that NVIDIA's toolkit puts into the container: it sees the run's cards and no others. */
  private async gpuUse(): Promise<GpuUse[]> {
    if (this.gpuTool === 'absent') return [];
    const { code, stdout } = await this.exec(cardQuery);
    // 126 and 127: there is no such program, and there will be none.
    if (code === 126 || code === 127) this.gpuTool = 'absent';
    return code === 0 ? parseCards(stdout).map(useOf) : [];
  }

  async stop(): Promise<void> {
    this.jobs.close('stopped');
    await removeRun(this.docker, this.runId);
  }

  detach(): Promise<void> {
    this.jobs.close('detached');
    return Promise.resolve();
  }

  private async exec(command: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return execInContainer(this.docker, this.container, command).catch((error: unknown) => this.lost(error));
  }

  private async exists(): Promise<boolean> {
    return this.container.inspect().then(() => true, (error: unknown) => statusOf(error) !== 404);
  }

  /** The error that a failed request stands for. */
  private async lost(error: unknown): Promise<never> {
    if (statusOf(error) === 404 || statusOf(error) === 409) {
      throw new RuntimeError('sandbox_lost', `The container of run ${this.runId} is gone: ${(await whyLost(this.container)).text}.`, 'Resume the run to get a new one.', { cause: error });
    }
    throw error;
  }
}

const pathStat = z.object({ headers: z.looseObject({ 'x-docker-container-path-stat': z.string() }) });
const linkStat = z.object({ linkTarget: z.string() });

/** Where a path in a container leads as a link, from the engine's answer about it; '' for no link. */
function linkTargetOf(answer: unknown): string {
  const { headers } = pathStat.parse(answer);
  return linkStat.parse(JSON.parse(Buffer.from(headers['x-docker-container-path-stat'], 'base64').toString('utf8'))).linkTarget;
}

/** Why a container does not run any more. */
async function whyLost(container: Docker.Container): Promise<{ text: string; outOfMemory: boolean }> {
  try {
    const { State } = await container.inspect();
    if (State.Running) return { text: 'it runs, but its bridge does not answer', outOfMemory: false };
    if (State.OOMKilled) return { text: 'it was stopped for want of memory', outOfMemory: true };
    const said = await lastWords(container);
    return { text: `it ended with exit code ${State.ExitCode}${said ? ` (${said})` : ''}`, outOfMemory: false };
  } catch (error) {
    const text = statusOf(error) === 404 ? 'it was removed' : `the engine does not answer (${error instanceof Error ? error.message : String(error)})`;
    return { text, outOfMemory: false };
  }
}

/** The last line of the bridge's own log. */
async function lastWords(container: Docker.Container): Promise<string> {
  const log: unknown = await container.logs({ stdout: true, stderr: true, tail: 1 });
  if (!Buffer.isBuffer(log)) return '';
  // Each piece has a header of 8 bytes: stream and length.
  return log.subarray(8).toString('utf8').trim().slice(-300);
}
