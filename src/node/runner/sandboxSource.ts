import { isModel } from '../../core/agent/agentName';
import { approvedIn } from '../../core/environment/approval';
import type { RunConfig } from '../../core/run/events';
import type { Runtime, RuntimeKind, Sandbox, SandboxSpec } from '../../core/runtime/runtime';
import { RuntimeError } from '../../core/runtime/runtimeError';
import type { LoadedCompetition } from '../competitions/library';
import { GpuDesk } from '../gpu/gpuDesk';
import { chooseRuntime, type Runtimes } from '../runtimes';

/** Where a run's sandbox comes from. */
export interface SandboxSource {
  /**
   * The run's own sandbox when it still lives, else a new one.
   * @param known runtime of the sandbox that the run had before
   * @throws RuntimeError, CancelledError
   */
  open(known: RuntimeKind | undefined, progress: (line: string) => void, signal: AbortSignal): Promise<Sandbox>;
  /** The run lets go of what it holds of this machine besides its sandbox: its GPUs. */
  release(): Promise<void>;
}

/** Seconds that a sandbox waits for a runner to come back. */
const graceSeconds = 600;
const maxProcesses = 256;

/** What a sandbox needs of a competition. */
type Place = Pick<LoadedCompetition, 'dataFolder'> & { readonly manifest: Pick<LoadedCompetition['manifest'], 'environment'> };

/**
 * What the sandbox of a run is made with; its GPUs are decided when it starts.
 * @param asks the person can be asked while the run goes on, so an agent's code needs no word beforehand
 */
export function specOf(config: RunConfig, competition: Place, asks: boolean): SandboxSpec {
  const { environment } = competition.manifest;
  return {
    runId: config.runId,
    dataFolder: competition.dataFolder,
    image: config.image,
    gpu: 'none',
    memoryGb: environment.memoryGb,
    shmMb: environment.shmMb,
    diskMb: environment.diskMb,
    pids: maxProcesses,
    // A model reaches the network only where the competition has one and the person allows it.
    network: isModel(config.agent) && !approvedIn(config).includes('network') ? 'none' : environment.network,
    graceSeconds,
    // The offline agent runs its own templates, which are part of Podium; of a model's code nothing runs unasked.
    allowUnisolated: config.allowUnisolated || config.agent === 'offline' || (asks && isModel(config.agent)),
  };
}

/** @param place `home`: PODIUM_HOME, where runs say which cards they have; `asks`: see `specOf` */
export function sandboxSource(runtimes: Runtimes, config: RunConfig, competition: Place, place: { readonly home: string; readonly asks: boolean }): SandboxSource {
  const spec = specOf(config, competition, place.asks);
  const desk = new GpuDesk({ runId: config.runId, choice: config.gpu, need: competition.manifest.environment.gpu, image: config.image }, place.home);
  const find = async (runtime: Runtime): Promise<Sandbox | undefined> => {
    const sandbox = await runtime.find(spec);
    if (sandbox) await desk.keep(sandbox.info.gpus ?? []);
    return sandbox;
  };
  return {
    async open(known, progress, signal) {
      if (known) {
        const alive = await find(runtimes[known]);
        if (alive) return alive;
        progress('The sandbox of the run is gone; a new one is started.');
      }
      // A run stays with the runtime that it began with: its results depend on the libraries there.
      const { runtime, why } = await chooseRuntime(known ?? config.runtime, runtimes, spec, progress, signal);
      progress(why);
      // Killed between starting it and writing that down: it is there, and must not be made twice.
      const unnoted = await find(runtime);
      if (unnoted) return unnoted;
      const { grant, line, elseCpu } = await desk.claim(runtime);
      if (line) progress(line);
      try {
        return await runtime.start({ ...spec, gpu: grant }, progress, signal);
      } catch (error) {
        if (!elseCpu || !RuntimeError.is(error, 'no_gpu')) throw error;
        progress(`${error.message} The run uses the CPU.`);
        await desk.release();
        return await runtime.start(spec, progress, signal);
      }
    },
    release: () => desk.release(),
  };
}
