import { approvedIn } from '../../core/environment/approval';
import type { RunConfig } from '../../core/run/events';
import type { RuntimeKind, Sandbox, SandboxSpec } from '../../core/runtime/runtime';
import type { LoadedCompetition } from '../competitions/library';
import { chooseRuntime, type Runtimes } from '../runtimes';
import { isModel } from '../../core/agent/agentName';

/** Where a run's sandbox comes from. */
export interface SandboxSource {
  /**
   * The run's own sandbox when it still lives, else a new one.
   * @param known runtime of the sandbox that the run had before
   * @throws RuntimeError, CancelledError
   */
  open(known: RuntimeKind | undefined, progress: (line: string) => void, signal: AbortSignal): Promise<Sandbox>;
}

/** Seconds that a sandbox waits for a runner to come back. */
const graceSeconds = 600;
const maxProcesses = 256;

export function specOf(config: RunConfig, competition: LoadedCompetition): SandboxSpec {
  const { environment } = competition.manifest;
  return {
    runId: config.runId,
    dataFolder: competition.dataFolder,
    image: config.image,
    gpu: environment.gpu === 'none' && config.gpu === 'auto' ? 'none' : config.gpu,
    memoryGb: environment.memoryGb,
    shmMb: environment.shmMb,
    diskMb: environment.diskMb,
    pids: maxProcesses,
    // A model reaches the network only where the competition has one and the person allows it.
    network: isModel(config.agent) && !approvedIn(config).has('network') ? 'none' : environment.network,
    graceSeconds,
    // The offline agent runs its own templates, which are part of Podium.
    allowUnisolated: config.allowUnisolated || config.agent === 'offline',
  };
}

export function sandboxSource(runtimes: Runtimes, config: RunConfig, competition: LoadedCompetition): SandboxSource {
  const spec = specOf(config, competition);
  return {
    async open(known, progress, signal) {
      if (known) {
        const alive = await runtimes[known].find(spec);
        if (alive) return alive;
        progress('The sandbox of the run is gone; a new one is started.');
      }
      // A run stays with the runtime that it began with: its results depend on the libraries there.
      const choice = await chooseRuntime(known ?? config.runtime, runtimes, spec, progress, signal);
      progress(choice.why);
      // Killed between starting it and writing that down: it is there, and must not be made twice.
      const unnoted = await choice.runtime.find(spec);
      if (unnoted) return unnoted;
      return await choice.runtime.start(spec, progress, signal);
    },
  };
}
