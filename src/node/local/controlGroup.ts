import { access, constants, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxSpec } from '../../core/runtime/runtime';
import { waitUntil } from './processes';

/**
 * Limits by the kernel's control groups, where this user may make one: that is root, for whom the
 * process limit of `setrlimit` does not hold. Elsewhere the bridge's own limits do the work.
 */
export interface ControlGroup {
  /** Folders to which the first process's id is written, one per hierarchy. */
  readonly folders: readonly string[];
}

const root = '/sys/fs/cgroup';

async function isWritable(folder: string): Promise<boolean> {
  return access(join(folder, 'cgroup.procs'), constants.W_OK).then(() => true, () => false);
}

async function set(folder: string, file: string, value: string): Promise<void> {
  await writeFile(join(folder, file), value);
}

/** The limits as files of a hierarchy, by controller. */
function limitsOf(spec: SandboxSpec, version: 1 | 2): { memory: [string, string][]; pids: [string, string][] } {
  const bytes = String(Math.round(spec.memoryGb * 1024 ** 3));
  // Room for the sandbox's own processes: init, bridge, kernel.
  const pids: [string, string][] = [['pids.max', String(spec.pids + 16)]];
  if (version === 1) return { memory: [['memory.limit_in_bytes', bytes]], pids };
  return { memory: [['memory.max', bytes]], pids };
}

/** Makes a group for a sandbox; no folders when this user may not. */
export async function makeControlGroup(name: string, spec: SandboxSpec): Promise<ControlGroup> {
  const folders: string[] = [];
  const unified = await readFile(join(root, 'cgroup.controllers'), 'utf8').catch(() => undefined);
  const places = unified === undefined ? (['memory', 'pids'] as const).map((controller) => ({ parent: join(root, controller), controllers: [controller] })) : [{ parent: root, controllers: ['memory', 'pids'] as const }];
  const limits = limitsOf(spec, unified === undefined ? 1 : 2);
  for (const { parent, controllers } of places) {
    if (!(await isWritable(parent))) continue;
    const folder = join(parent, name);
    try {
      await mkdir(folder, { recursive: true });
      for (const controller of controllers) for (const [file, value] of limits[controller]) await set(folder, file, value);
      folders.push(folder);
    } catch {
      // A controller that is not handed down to this group: the bridge watches instead.
      await rmdir(folder).catch(() => undefined);
    }
  }
  return { folders };
}

/** Removes the group's folders once their last process has gone. */
export async function removeControlGroup(name: string): Promise<void> {
  for (const folder of [join(root, name), join(root, 'memory', name), join(root, 'pids', name)]) {
    await waitUntil(async () => rmdir(folder).then(() => true, (error: NodeJS.ErrnoException) => error.code !== 'EBUSY'), 3000);
  }
}
