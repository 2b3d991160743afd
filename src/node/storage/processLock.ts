import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { StorageError } from './storageError';

/**
 * A file that one live process holds. It names process id, start time and machine, so that a lock
 * left by a killed process is recognised although its id may have been given to another one since.
 * A lock from another machine (a dev container that was rebuilt) is stale when its holder has
 * not touched it for a while.
 */
const lockSchema = z.object({
  pid: z.int(),
  started: z.string(),
  host: z.string(),
  /** What the holder does, in its own words. */
  note: z.string().optional(),
});
export type Holder = z.output<typeof lockSchema>;

const touchEveryMs = 20_000;
const foreignStaleMs = 90_000;
const patienceMs = 20_000;
const claimSuffix = '.taking';

export class ProcessLock {
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly path: string) {
    this.timer = setInterval(() => {
      const now = new Date();
      // A failed touch only makes the lock look older to another machine.
      utimes(this.path, now, now).catch(() => undefined);
    }, touchEveryMs);
    this.timer.unref();
  }

  /** The lock, or the live process that has it; `contended`: others take and leave it all the time. */
  static async take(path: string, note?: string): Promise<ProcessLock | Holder | 'contended'> {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await writeHolder(path, note)) return new ProcessLock(path);
      const holder = await liveHolder(path);
      if (holder) return holder;
      if (!(await removeStale(path))) await sleep(1 + Math.random() * 20 * (attempt + 1));
    }
    return 'contended';
  }

  /**
   * Does something while holding the lock, waiting for it while others have it.
   * @throws StorageError `locked` when they have it for 20 s
   */
  static async during<T>(path: string, action: () => Promise<T>): Promise<T> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const lock = await ProcessLock.take(path);
      if (lock instanceof ProcessLock) {
        try {
          return await action();
        } finally {
          await lock.release();
        }
      }
      if (performance.now() > until) throw new StorageError('locked', `${path} is held by ${lock === 'contended' ? 'others' : `process ${lock.pid} on ${lock.host}`}.`, 'Try again; delete the file if no Podium runs.');
      await sleep(2 + Math.random() * 20);
    }
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await rm(this.path, { force: true });
  }
}

/** Makes the file, which names this process; false when it is there. */
async function writeHolder(path: string, note?: string): Promise<boolean> {
  const me: Holder = { pid: process.pid, started: await startTime(process.pid), host: hostname(), ...(note === undefined ? {} : { note }) };
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(me));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a lock whose holder is gone, unless another process is at it: between seeing that it is
 * stale and removing it, another one could have removed it and taken the lock. So each says first,
 * in a file of its own, that it is at it, and only then looks for others and at the lock: of two,
 * the later one sees the earlier. Both may leave it to each other; then they try again.
 */
async function removeStale(path: string): Promise<boolean> {
  const claim = `${path}.${randomBytes(6).toString('hex')}${claimSuffix}`;
  await writeHolder(claim);
  try {
    if (await othersAt(path, claim)) return false;
    // One that was given back meanwhile is nobody's: what is there by now may be another one's.
    if ((await readHolder(path)) === 'stale') await rm(path, { force: true });
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

async function othersAt(path: string, own: string): Promise<boolean> {
  const folder = dirname(path);
  const claims = (await readdir(folder)).filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith(claimSuffix) && name !== basename(own));
  for (const name of claims) {
    if (await liveHolder(join(folder, name))) return true;
    // Its name is never used again, so nobody else's can be removed by mistake.
    await rm(join(folder, name), { force: true });
  }
  return false;
}

/** The live process that holds a lock file; undefined when there is none. */
export async function liveHolder(path: string): Promise<Holder | undefined> {
  const found = await readHolder(path);
  return typeof found === 'string' ? undefined : found;
}

/** The live holder; `stale`: the file is there and its holder is gone. */
async function readHolder(path: string): Promise<Holder | 'absent' | 'stale'> {
  let holder: Holder;
  let age: number;
  try {
    const text = await readFile(path, 'utf8');
    age = Date.now() - (await stat(path)).mtimeMs;
    const parsed = lockSchema.safeParse(text === '' ? null : JSON.parse(text));
    // Between creation and writing the file is empty: its owner is alive for that moment.
    if (!parsed.success) return age < 2_000 ? { pid: 0, started: '', host: hostname() } : 'stale';
    holder = parsed.data;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    if (error instanceof SyntaxError) return 'stale';
    throw error;
  }
  if (holder.host !== hostname()) return age < foreignStaleMs ? holder : 'stale';
  return isAlive(holder.pid) && (await startTime(holder.pid)) === holder.started ? holder : 'stale';
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    // A zombie has ended; it only waits for its parent.
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true; // no /proc on this platform
  }
}

/** Start time of a process in the system's own form; empty where it cannot be had, which then compares equal. */
export async function startTime(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    try {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8');
      // Field 22, counted after the command name, which may hold spaces and brackets.
      return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    } catch {
      return '';
    }
  }
  if (process.platform === 'win32') return '';
  return await new Promise((resolve) => {
    execFile('ps', ['-o', 'lstart=', '-p', String(pid)], (error, stdout) => resolve(error ? '' : stdout.trim()));
  });
}
