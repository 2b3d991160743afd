import type { ContainerCreateOptions, DeviceRequest, HostConfig } from 'dockerode';
import type { SandboxSpec } from '../../core/runtime/runtime';
import { clientUid, sandboxUid } from './archive';

/** Paths inside the container that both sides know. */
export const inside = {
  bridge: '/podium/bridge.py',
  socket: '/run/podium/bridge.sock',
  work: '/work',
  spool: '/work/.podium/spool',
} as const;

/** Labels: how containers and volumes of a run are found again and removed. */
export const labels = { run: 'podium.run', role: 'podium.role' } as const;

export interface RunNames {
  readonly container: string;
  readonly helper: string;
  readonly network: string;
  readonly volumes: { readonly data: string; readonly work: string; readonly bridge: string };
}

/** Names of a run's objects on the engine. */
export function namesOf(runId: string): RunNames {
  const stem = `podium-${runId.replace(/[^A-Za-z0-9_.-]/g, '-')}`;
  return { container: stem, helper: `${stem}-fill`, network: `${stem}-net`, volumes: { data: `${stem}-data`, work: `${stem}-work`, bridge: `${stem}-bridge` } };
}

const megabyte = 1024 * 1024;

/** The container that only fills the volumes and is never started. */
export function helperOptions(spec: SandboxSpec, image: string): ContainerCreateOptions {
  const names = namesOf(spec.runId);
  return {
    name: names.helper,
    Image: image,
    Entrypoint: ['true'],
    Cmd: [],
    Labels: { [labels.run]: spec.runId, [labels.role]: 'fill' },
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: 'none',
      Binds: [`${names.volumes.data}:/data:nocopy`, `${names.volumes.work}:/work:nocopy`, `${names.volumes.bridge}:/podium:nocopy`],
    },
  };
}

/**
 * The container of a run: everything that is not needed is taken away, whatever the image says.
 * @param masked paths to cover, the engine's own list included
 * @param gpus the engine's form of the run's GPUs; none when absent
 */
export function sandboxOptions(spec: SandboxSpec, image: string, masked: readonly string[], gpus?: readonly DeviceRequest[]): ContainerCreateOptions {
  const names = namesOf(spec.runId);
  const memory = Math.round(spec.memoryGb * 1024 * megabyte);
  const host: HostConfig = {
    // nocopy: what an image has at these places, and its owner, must not get into the volumes.
    Binds: [`${names.volumes.data}:/data:ro,nocopy`, `${names.volumes.work}:/work:nocopy`, `${names.volumes.bridge}:/podium:ro,nocopy`],
    // Not NetworkDisabled as well: with it the engine forgets to take a network away that was connected later.
    NetworkMode: spec.network,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    ReadonlyRootfs: true,
    MaskedPaths: [...masked],
    Tmpfs: {
      '/tmp': `rw,nosuid,nodev,size=${Math.min(1024, Math.max(64, Math.round(spec.diskMb / 2)))}m,mode=1777`,
      '/run/podium': `rw,nosuid,nodev,noexec,size=1m,mode=0711,uid=${sandboxUid},gid=${sandboxUid}`,
    },
    Memory: memory,
    MemorySwap: memory,
    ShmSize: Math.round(spec.shmMb * megabyte),
    PidsLimit: spec.pids,
    IpcMode: 'private',
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    RestartPolicy: { Name: 'no' },
    ...(spec.cpus ? { NanoCpus: Math.round(spec.cpus * 1e9) } : {}),
    ...(gpus ? { DeviceRequests: [...gpus] } : {}),
  };
  return {
    name: names.container,
    Image: image,
    User: `${sandboxUid}:${sandboxUid}`,
    WorkingDir: '/work',
    Entrypoint: ['python3'],
    Cmd: [
      ...['-I', inside.bridge, 'serve', '--work', inside.work, '--spool', inside.spool, '--socket', inside.socket, '--client-uid', String(clientUid), '--alone'],
      // No --pids: that limit counts per user, and all containers share one; the engine's own holds.
      ...['--grace', String(spec.graceSeconds), '--disk-mb', String(spec.diskMb)],
    ],
    // Nothing of the host's environment: keys stay out of the sandbox.
    Env: ['HOME=/tmp', 'PYTHONUNBUFFERED=1', 'PYTHONDONTWRITEBYTECODE=1', 'MPLCONFIGDIR=/tmp/.matplotlib', 'LANG=C.UTF-8', 'LC_ALL=C.UTF-8', ...(spec.kernel === 'repl' ? ['PODIUM_NO_IPYKERNEL=1'] : [])],
    Labels: { [labels.run]: spec.runId, [labels.role]: 'sandbox' },
    StopSignal: 'SIGTERM',
    HostConfig: host,
  };
}
