import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../storage/atomicFile';
import { homeFolder } from '../storage/podiumHome';
import { isAlive } from '../storage/processLock';

/** Where a runner listens, and the token that proves that the caller may read the user's own files. */
const addressSchema = z.object({ socket: z.string(), token: z.string(), pid: z.int() });
export type RunnerAddress = z.output<typeof addressSchema>;

/**
 * A new address for a run. Unix socket paths end near 104 bytes, hence the short hashed name
 * under the runtime or temp folder; on Windows a named pipe.
 */
export async function newAddress(runId: string, env: NodeJS.ProcessEnv = process.env): Promise<RunnerAddress> {
  const name = createHash('sha256').update(`${runId} ${randomBytes(8).toString('hex')}`).digest('hex').slice(0, 16);
  const token = randomBytes(32).toString('hex');
  if (process.platform === 'win32') return { socket: `\\\\.\\pipe\\podium-${name}`, token, pid: process.pid };
  const base = env['XDG_RUNTIME_DIR'] ?? join(tmpdir(), `podium-${userInfo().uid}`);
  const folder = join(base.length > 70 ? `/tmp/podium-${userInfo().uid}` : base, 'podium');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return { socket: join(folder, `${name}.sock`), token, pid: process.pid };
}

const addressPath = async (home: string, runId: string): Promise<string> => join(await homeFolder(home, 'tokens'), `${runId}.json`);

export async function publishAddress(home: string, runId: string, address: RunnerAddress): Promise<void> {
  await writeFileAtomic(await addressPath(home, runId), JSON.stringify(address), { mode: 0o600 });
}

export async function withdrawAddress(home: string, runId: string): Promise<void> {
  await rm(await addressPath(home, runId), { force: true });
}

/** The address of a run's runner, or undefined when none has been published. It may be dead. */
export async function readAddress(home: string, runId: string): Promise<RunnerAddress | undefined> {
  try {
    const parsed = addressSchema.safeParse(JSON.parse(await readFile(await addressPath(home, runId), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Runs of every workspace that a living process holds: a clean-up must leave their sandboxes alone. */
export async function heldRunIds(home: string): Promise<Set<string>> {
  const held = new Set<string>();
  for (const name of await readdir(await homeFolder(home, 'tokens'))) {
    if (!name.endsWith('.json')) continue;
    const runId = name.slice(0, -'.json'.length);
    const address = await readAddress(home, runId);
    // Its hidden test has a sandbox of its own.
    if (address && isAlive(address.pid)) held.add(runId).add(`${runId}-test`);
  }
  return held;
}
