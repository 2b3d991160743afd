import { homedir } from 'node:os';
import type { Runtime, RuntimeKind, RuntimeStatus, SandboxSpec } from '../core/runtime/runtime';
import { RuntimeError } from '../core/runtime/runtimeError';
import { createDockerRuntime, imageCacheFolder, type DockerRuntime } from './docker/dockerRuntime';
import { createLocalRuntime, type LocalRuntime } from './local/localRuntime';

export interface RuntimePlaces {
  /** `media/python/bridge.py`. */
  readonly bridgeFile: string;
  /** `media/container`. */
  readonly containerFolder: string;
  /** PODIUM_HOME. */
  readonly home: string;
  /** Folders that no sandbox may see, besides `home`. */
  readonly hide?: readonly string[];
  /** Interpreter of the local sandbox, by setting. */
  readonly python?: string;
  /** Local image instead of the presets, by setting; PODIUM_IMAGE when absent. */
  readonly image?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly log?: (line: string) => void;
}

export interface Runtimes {
  readonly docker: DockerRuntime;
  readonly local: LocalRuntime;
}

/** Both runtimes of this machine; nothing is started or looked for yet. */
export function createRuntimes(places: RuntimePlaces): Runtimes {
  const { bridgeFile, containerFolder, home, hide, python, image, log } = places;
  const env = places.env ?? process.env;
  // The home folder is never bound; it is hidden in case it lies below a folder that is.
  const hidden = [...(hide ?? []), env.HOME ?? homedir()];
  return {
    docker: createDockerRuntime({ bridgeFile, containerFolder, cacheFolder: imageCacheFolder(home), image, env, log }),
    local: createLocalRuntime({ bridgeFile, home, hide: hidden, python, env, log }),
  };
}

export interface RuntimeChoice {
  readonly runtime: Runtime;
  readonly status: RuntimeStatus;
  /** One sentence for the person: what runs the code, and why this. */
  readonly why: string;
}

function unavailable(kind: RuntimeKind, status: RuntimeStatus): RuntimeError {
  const name = kind === 'docker' ? 'Docker' : 'The local sandbox';
  return new RuntimeError(status.reason ?? 'start_failed', `${name} cannot be used: ${status.detail}`, status.nextStep);
}

/**
 * The runtime of a run. `auto`: Docker if an engine answers and the image is there, or can be
 * built or pulled; else the local sandbox.
 * @throws RuntimeError when the wanted one, or with `auto` neither, can be used
 */
export async function chooseRuntime(wanted: 'auto' | RuntimeKind, runtimes: Runtimes, spec: Pick<SandboxSpec, 'image'>, progress: (line: string) => void, signal: AbortSignal): Promise<RuntimeChoice> {
  if (wanted !== 'auto') {
    const runtime = runtimes[wanted];
    const status = await runtime.probe();
    if (!status.available) throw unavailable(wanted, status);
    return { runtime, status, why: `${status.detail} (as chosen)` };
  }
  const docker = await runtimes.docker.probe();
  let reason = docker.detail;
  if (docker.available) {
    try {
      await runtimes.docker.prepare(spec.image, progress, signal);
      return { runtime: runtimes.docker, status: docker, why: docker.detail };
    } catch (error) {
      if (!RuntimeError.is(error, 'image_failed') && !RuntimeError.is(error, 'image_missing') && !RuntimeError.is(error, 'no_python')) throw error;
      reason = error.message;
    }
  }
  const local = await runtimes.local.probe();
  if (!local.available) {
    throw new RuntimeError(local.reason ?? 'start_failed', `Neither Docker nor the local sandbox can be used. Docker: ${reason} Local: ${local.detail}`, local.nextStep ?? docker.nextStep);
  }
  return { runtime: runtimes.local, status: local, why: `${local.detail}; no Docker: ${reason}` };
}
