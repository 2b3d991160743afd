import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { CancelledError, PodiumError } from '../../core/errors';
import type { GpuOffer } from '../../core/runtime/gpu';
import type { Runtime, RuntimeStatus, Sandbox, SandboxSpec } from '../../core/runtime/runtime';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { hostTool } from '../gpu/nvidiaSmi';
import { packVolumes } from './archive';
import { connectEngine, explainConnection, findEngine, pingEngine, type EngineAddress, type EnginePlace } from './connection';
import { helperOptions, labels, namesOf, sandboxOptions } from './containerOptions';
import { DockerSandbox } from './dockerSandbox';
import { cdiDevices, deviceRequests, engineInfoSchema, explainGpuRefusal, gpuWay, type GpuWay } from './engineGpus';
import { offerOf } from './gpuOffer';
import { ensureImage, findImage, type ReadyImage } from './image';
import { probeImage, type ImageProbe } from './imageProbe';
import { removeRun, statusOf } from './removeRun';

export interface DockerRuntimeOptions {
  /** `media/python/bridge.py` on this machine. */
  readonly bridgeFile: string;
  /** `media/container`. */
  readonly containerFolder: string;
  /** Folder for what was found out about images; none: found out each time. */
  readonly cacheFolder?: string;
  /** Local image to use instead of the presets; PODIUM_IMAGE when absent. */
  readonly image?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly log?: (line: string) => void;
}

/** What the engine says about itself. */
export interface EngineInfo {
  readonly version: string;
  readonly address: EngineAddress;
  /** How it hands GPUs to containers. */
  readonly gpu: GpuWay;
  readonly storage: string;
}

/** Whether the engine most likely runs on this machine: its CDI files and NVIDIA's tool can be asked here. */
const isHere = (address: EngineAddress): boolean => /^(unix|npipe):/.test(address.url);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Containers that are only being made belong to a start in progress until they are this old. */
const freshSeconds = 600;

/** Sandboxes as containers of a Docker engine, here or elsewhere. */
export class DockerRuntime implements Runtime {
  readonly kind = 'docker';
  private readonly place: EnginePlace;
  private readonly log: (line: string) => void;
  private readonly image: string | undefined;

  constructor(private readonly options: DockerRuntimeOptions) {
    const env = options.env ?? process.env;
    this.place = { env, home: env.HOME ?? homedir(), platform: process.platform };
    this.log = options.log ?? (() => undefined);
    this.image = options.image ?? (env.PODIUM_IMAGE || undefined);
  }

  /**
   * A client for an engine that has just answered, with what it says about itself.
   * @throws RuntimeError `no_engine`, `engine_stopped`, `permission_denied`
   */
  async engine(): Promise<{ docker: Docker; info: EngineInfo }> {
    const address = await findEngine(this.place);
    try {
      const docker = await connectEngine(address);
      await pingEngine(docker, 10_000);
      const info = engineInfoSchema.parse(await docker.info());
      const gpu = await gpuWay(info, isHere(address) ? cdiDevices : undefined);
      return { docker, info: { version: info.ServerVersion, address, gpu, storage: info.Driver } };
    } catch (error) {
      if (error instanceof PodiumError) throw error;
      throw explainConnection(error, address, this.place);
    }
  }

  async probe(): Promise<RuntimeStatus> {
    try {
      const { info } = await this.engine();
      return { available: true, isolation: 'container', detail: `Docker ${info.version} at ${info.address.url} (${info.address.source})` };
    } catch (error) {
      const known = error instanceof RuntimeError ? error : undefined;
      return { available: false, isolation: 'container', detail: messageOf(error), reason: known?.reason ?? 'no_engine', nextStep: known?.nextStep };
    }
  }

  /** Whether the image is on the engine already, so that a start needs neither build nor pull. */
  async hasImage(wanted: string): Promise<boolean> {
    const { docker } = await this.engine();
    return (await findImage(docker, this.options.containerFolder, wanted, this.image)) !== undefined;
  }

  /**
   * Gets the image and looks into it, so that what follows starts at once.
   * @throws RuntimeError as `start` does
   */
  async prepare(wanted: string, progress: (line: string) => void, signal: AbortSignal): Promise<{ image: ReadyImage; probe: ImageProbe }> {
    const { docker } = await this.engine();
    const image = await ensureImage(docker, this.options.containerFolder, wanted, this.image, progress, signal);
    return { image, probe: await probeImage(docker, image, this.options.cacheFolder) };
  }

  async gpus(wanted: string): Promise<GpuOffer> {
    try {
      const { docker, info } = await this.engine();
      const image = await findImage(docker, this.options.containerFolder, wanted, this.image);
      return await offerOf({ docker, way: info.gpu, here: isHere(info.address) ? hostTool(this.place.env) : undefined, image: image?.id });
    } catch (error) {
      const nextStep = error instanceof RuntimeError ? error.nextStep : undefined;
      return { usable: 'no', why: messageOf(error).replace(/\.$/, ''), ...(nextStep ? { nextStep: nextStep.replace(/\.$/, '') } : {}) };
    }
  }

  async start(spec: SandboxSpec, progress: (line: string) => void, signal: AbortSignal): Promise<Sandbox> {
    const { docker, info } = await this.engine();
    if (signal.aborted) throw new CancelledError();
    const container = docker.getContainer(namesOf(spec.runId).container);
    const state = await this.stateOf(container);
    if (state === 'running') {
      const sandbox = await this.attach(docker, container);
      if (sandbox) return sandbox;
    }
    if (state === 'exited') {
      // Its work and its record of finished jobs are still there: go on with them.
      progress('Starting the container of this run again …');
      const sandbox = await container.start().then(() => this.attach(docker, container), (error: unknown) => this.log(`The old container does not start: ${messageOf(error)}`));
      if (sandbox) return sandbox;
    }
    const { image, probe } = await this.prepare(spec.image, progress, signal);
    if (signal.aborted) throw new CancelledError();
    await removeRun(docker, spec.runId);
    try {
      return await this.create(docker, spec, image, probe, info, progress, signal);
    } catch (error) {
      await removeRun(docker, spec.runId);
      throw error;
    }
  }

  private async create(docker: Docker, spec: SandboxSpec, image: ReadyImage, probe: ImageProbe, info: EngineInfo, progress: (line: string) => void, signal: AbortSignal): Promise<Sandbox> {
    const names = namesOf(spec.runId);
    progress('Copying the data into a volume …');
    for (const [role, Name] of Object.entries(names.volumes)) await docker.createVolume({ Name, Labels: { [labels.run]: spec.runId, [labels.role]: role } });
    const helper = await docker.createContainer(helperOptions(spec, image.id));
    try {
      await helper.putArchive(packVolumes(spec.dataFolder, await readFile(this.options.bridgeFile)), { path: '/' });
    } finally {
      await helper.remove({ force: true });
    }
    if (signal.aborted) throw new CancelledError();
    progress('Starting the container …');
    const masked = [...new Set([...probe.engineMasked, ...probe.directories, ...probe.files])];
    const cards = spec.gpu !== 'none' && info.gpu.kind === 'cdi' ? (await this.gpus(spec.image)).cards : undefined;
    const container = await docker.createContainer(sandboxOptions(spec, image.id, masked, deviceRequests(spec.gpu, info.gpu, cards)));
    try {
      await container.start();
    } catch (error) {
      throw explainStart(error, image);
    }
    return await DockerSandbox.connect(docker, container, image.reference, this.log);
  }

  private async stateOf(container: Docker.Container): Promise<'running' | 'exited' | 'other' | undefined> {
    try {
      const { State } = await container.inspect();
      if (State.Running) return 'running';
      return State.Status === 'exited' ? 'exited' : 'other';
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  private async attach(docker: Docker, container: Docker.Container): Promise<Sandbox | undefined> {
    try {
      const { Image } = await container.inspect();
      const image = await findImage(docker, this.options.containerFolder, Image, undefined);
      return await DockerSandbox.connect(docker, container, image?.reference ?? Image, this.log);
    } catch (error) {
      this.log(`The sandbox ${container.id} does not answer: ${messageOf(error)}`);
      return undefined;
    }
  }

  async find(spec: SandboxSpec): Promise<Sandbox | undefined> {
    const { docker } = await this.engine();
    const container = docker.getContainer(namesOf(spec.runId).container);
    return (await this.stateOf(container)) === 'running' ? this.attach(docker, container) : undefined;
  }

  /** Removes containers that have ended and volumes that nothing uses, of runs that are not kept. A running container is another window's, or ends by its own lease. */
  async cleanUp(keepRunIds: ReadonlySet<string>, mode: 'remove' | 'look' = 'remove'): Promise<string[]> {
    const { docker } = await this.engine();
    const removed: string[] = [];
    const busy = new Set<string>(keepRunIds);
    const containers = await docker.listContainers({ all: true, filters: { label: [labels.run] } });
    for (const { Id, State, Names, Labels, Created } of containers) {
      const run = Labels[labels.run] ?? '';
      const fresh = State === 'created' && Date.now() / 1000 - Created < freshSeconds;
      if (keepRunIds.has(run) || State === 'running' || fresh) {
        busy.add(run);
        continue;
      }
      if (mode === 'remove') await docker.getContainer(Id).remove({ force: true, v: true });
      removed.push(`container ${(Names[0] ?? Id).replace(/^\//, '')}`);
    }
    const { Volumes } = await docker.listVolumes({ filters: { label: [labels.run] } });
    for (const { Name, Labels, ...rest } of Volumes ?? []) {
      const created = Date.parse((rest as { CreatedAt?: string }).CreatedAt ?? '') || 0;
      if (busy.has(Labels?.[labels.run] ?? '') || Date.now() - created < freshSeconds * 1000 && !removed.some((text) => Name.startsWith(`${text.replace('container ', '')}-`))) continue;
      if (mode === 'remove') await docker.getVolume(Name).remove();
      removed.push(`volume ${Name}`);
    }
    removed.push(...(await removeNetworks(docker, busy, mode)));
    return removed;
  }
}

/** Networks that runs were given for a while and that are not busy any more. */
async function removeNetworks(docker: Docker, busy: ReadonlySet<string>, mode: 'remove' | 'look'): Promise<string[]> {
  const networks = await docker.listNetworks({ filters: { label: [labels.run] } });
  const unused = networks.filter(({ Labels }) => !busy.has(Labels?.[labels.run] ?? ''));
  if (mode === 'remove') for (const { Name } of unused) await docker.getNetwork(Name).remove();
  return unused.map(({ Name }) => `network ${Name}`);
}

/** What the engine's refusal to start a container means. */
export function explainStart(error: unknown, image: ReadyImage): RuntimeError {
  const text = messageOf(error);
  const gpu = explainGpuRefusal(text, error);
  if (gpu) return gpu;
  if (/exec: "?python3"?|executable file not found/i.test(text)) {
    return new RuntimeError('no_python', `The image ${image.reference} has no python3.`, 'Use an image with Python 3.9 or newer.', { cause: error });
  }
  return new RuntimeError('start_failed', `The container could not be started: ${text}.`, 'Check the engine with `docker info`.', { cause: error });
}

/** Runtime over the engine that the `docker` command would use. */
export function createDockerRuntime(options: DockerRuntimeOptions): DockerRuntime {
  return new DockerRuntime(options);
}

/** Default place of the image cache below PODIUM_HOME. */
export const imageCacheFolder = (home: string): string => join(home, 'cache', 'images');
