import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import type { SandboxSpec } from '../../core/runtime/runtime';
import type { MachineProbe } from '../machineProbe';
import { gpuDeviceFiles } from './gpuDevices';

const execFileAsync = promisify(execFile);

/** The user inside; maps to the one who runs Podium, whoever that is. */
const uid = '10001';

/** What programs need of /etc; nothing there that tells about the person or the machine. */
const etc = ['alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'timezone', 'fonts', 'mime.types', 'magic', 'python3', 'matplotlibrc', 'OpenCL', 'R'];
const etcForNetwork = ['resolv.conf', 'hosts', 'nsswitch.conf', 'ssl', 'ca-certificates', 'pki', 'host.conf', 'gai.conf'];

const systemFolders = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

export const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The interpreter's folders outside /usr, which must be bound as well: an environment and its base. */
export function prefixesOutside(probe: MachineProbe): string[] {
  const all = [...probe.prefixes, dirname(dirname(probe.executable))].filter((prefix) => !isWithin(prefix, '/usr') && !systemFolders.includes(prefix) && prefix !== '/');
  const unique = [...new Set(all)];
  return unique.filter((prefix) => !unique.some((other) => other !== prefix && isWithin(prefix, other)));
}

/** Folders of the machine that the sandbox sees. */
export const visibleRoots = (probe: MachineProbe): string[] => ['/usr', ...prefixesOutside(probe)];

export interface BubblewrapPlace {
  readonly spec: SandboxSpec;
  /** With the covered paths found below `visibleRoots`. */
  readonly probe: MachineProbe;
  readonly bridgeFile: string;
  readonly workFolder: string;
  /** Host files with the sandbox's own user and group. */
  readonly passwd: string;
  readonly group: string;
  /** Folders that must not be seen even if they lie in a bound one. */
  readonly hide: readonly string[];
}

function system(): string[] {
  const args = ['--ro-bind', '/usr', '/usr'];
  for (const folder of systemFolders) {
    if (!existsSync(folder)) continue;
    if (lstatSync(folder).isSymbolicLink()) args.push('--symlink', readlinkSync(folder), folder);
    else args.push('--ro-bind', folder, folder);
  }
  return args;
}

/** Environment inside, and of bwrap itself: its first process keeps what it was started with. */
export function sandboxEnvironment(probe: MachineProbe): Record<string, string> {
  return {
    PATH: [...new Set([dirname(probe.executable), '/usr/local/bin', '/usr/bin', '/bin'])].join(':'),
    HOME: '/tmp',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    PYTHONNOUSERSITE: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    MPLCONFIGDIR: '/tmp/.matplotlib',
  };
}

/**
 * Arguments of bwrap up to the command: a read-only system without home, the data read-only, one
 * writable work folder, own process, network, IPC, host-name and user namespaces. It does not die
 * with its parent on purpose: the bridge's lease ends it. The command is the first process of the
 * namespace, since one of bubblewrap's own there could be traced by what runs beside it.
 */
export function bubblewrapArguments(place: BubblewrapPlace): string[] {
  const { spec, probe } = place;
  const network = spec.network === 'bridge';
  const roots = visibleRoots(probe);
  const args = ['--unshare-all', '--as-pid-1', ...(network ? ['--share-net'] : []), '--new-session', '--uid', uid, '--gid', uid, '--hostname', 'podium', '--clearenv'];
  for (const [name, value] of Object.entries(sandboxEnvironment(probe))) args.push('--setenv', name, value);
  args.push(...system(), '--proc', '/proc', '--dev', '/dev', ...gpuDeviceFiles(spec.gpu).flatMap((file) => ['--dev-bind-try', file, file]));
  for (const name of [...etc, ...(network ? etcForNetwork : [])]) args.push('--ro-bind-try', join('/etc', name), join('/etc', name));
  args.push('--ro-bind', place.passwd, '/etc/passwd', '--ro-bind', place.group, '/etc/group');
  args.push('--size', String(Math.min(1024, Math.max(64, Math.round(spec.diskMb / 2))) * 1024 * 1024), '--tmpfs', '/tmp');
  args.push('--size', String(Math.round(spec.shmMb * 1024 * 1024)), '--tmpfs', '/dev/shm');
  for (const prefix of prefixesOutside(probe)) args.push('--ro-bind', prefix, prefix);
  for (const folder of [...probe.directories, ...place.hide.filter((hidden) => existsSync(hidden))]) {
    if (roots.some((root) => folder !== root && isWithin(folder, root))) args.push('--tmpfs', folder, '--remount-ro', folder);
  }
  for (const file of probe.files) if (roots.some((root) => isWithin(file, root))) args.push('--ro-bind', '/dev/null', file);
  args.push('--ro-bind', spec.dataFolder, '/data', '--bind', place.workFolder, '/work');
  args.push('--ro-bind', place.bridgeFile, '/run/podium/bridge.py', '--chdir', '/work');
  // Folders in memory that bwrap makes have no size of their own.
  args.push('--remount-ro', '/dev', '--remount-ro', '/');
  return args;
}

export type BubblewrapProbe = { readonly works: true; readonly version: string } | { readonly works: false; readonly why: string };

/** Whether bwrap can make the namespaces that a sandbox needs on this machine: a real run of it. */
export async function probeBubblewrap(env: NodeJS.ProcessEnv): Promise<BubblewrapProbe> {
  if (process.platform !== 'linux') return { works: false, why: 'bubblewrap exists on Linux only' };
  const options = { timeout: 10_000, env: { PATH: env.PATH } };
  try {
    await execFileAsync('bwrap', ['--unshare-all', '--uid', uid, '--gid', uid, '--clearenv', ...system(), '--proc', '/proc', '--dev', '/dev', '--size', '1048576', '--tmpfs', '/tmp', '/usr/bin/env'], options);
    const { stdout } = await execFileAsync('bwrap', ['--version'], options);
    return { works: true, version: stdout.trim().replace(/^bubblewrap\s*/, '') };
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    if (code === 'ENOENT') return { works: false, why: 'bubblewrap (bwrap) is not installed' };
    return { works: false, why: `bubblewrap does not work here: ${(stderr ?? String(error)).trim().slice(0, 200)}` };
  }
}
