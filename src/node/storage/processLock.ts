import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import * as z from 'zod';

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
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        const file = await open(path, 'wx', 0o600);
        try {
          const me: Holder = { pid: process.pid, started: await startTime(process.pid), host: hostname(), ...(note === undefined ? {} : { note }) };
          await file.writeFile(JSON.stringify(me));
        } finally {
          await file.close();
        }
        return new ProcessLock(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = await liveHolder(path);
      if (holder) return holder;
      // Move the stale lock aside first: of two processes that find it, one wins the rename.
      const aside = `${path}.${process.pid}.stale`;
      try {
        await rename(path, aside);
        await rm(aside, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return 'contended';
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await rm(this.path, { force: true });
  }
}

/** The live process that holds a lock file; undefined when there is none. */
export async function liveHolder(path: string): Promise<Holder | undefined> {
  let holder: Holder;
  let age: number;
  try {
    const text = await readFile(path, 'utf8');
    age = Date.now() - (await stat(path)).mtimeMs;
    const parsed = lockSchema.safeParse(text === '' ? null : JSON.parse(text));
    // Between creation and writing the file is empty: its owner is alive for that moment.
    if (!parsed.success) return age < 2_000 ? { pid: 0, started: '', host: hostname() } : undefined;
    holder = parsed.data;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (holder.host !== hostname()) return age < foreignStaleMs ? holder : undefined;
  return isAlive(holder.pid) && (await startTime(holder.pid)) === holder.started ? holder : undefined;
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
