import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { RuntimeError } from '../../core/runtime/runtimeError';

const stateSchema = z.object({
  version: z.literal(1),
  runId: z.string(),
  isolation: z.enum(['bubblewrap', 'none']),
  /** The process that was started here, and when, in the kernel's ticks. */
  pid: z.int(),
  started: z.string().nullable(),
  /** The first process of the sandbox's own process namespace, as seen from here. */
  init: z.int().nullable(),
  python: z.string(),
  memoryMb: z.number(),
  gpu: z.boolean(),
  /** UUIDs of its cards; absent: all, or none. */
  cards: z.array(z.string()).optional(),
  socket: z.string(),
  group: z.string(),
});
/** What is kept of a local sandbox so that another process can find it again. */
export type SandboxState = z.output<typeof stateSchema>;

/** Folders and names of a run's local sandbox. */
export interface SandboxPlaces {
  readonly folder: string;
  readonly work: string;
  readonly spool: string;
  readonly state: string;
  readonly log: string;
  /** Short: socket paths end near 104 bytes, and those of kernels lie two folders below it. */
  readonly socketFolder: string;
  readonly socket: string;
  /** Name of its control group and of the mark in its processes' environment. */
  readonly group: string;
}

export const sandboxesFolder = (home: string): string => join(home, 'sandboxes');

/** Folder of this user's sockets: the session's runtime folder, else one in the temporary folder. */
export function socketsFolder(env: NodeJS.ProcessEnv): string {
  if (env.XDG_RUNTIME_DIR && env.XDG_RUNTIME_DIR.length < 50) return join(env.XDG_RUNTIME_DIR, 'podium');
  return join(tmpdir(), `podium-${userInfo().uid}`);
}

export function placesOf(home: string, runId: string, env: NodeJS.ProcessEnv): SandboxPlaces {
  const key = createHash('sha256').update(`${home}\0${runId}`).digest('hex').slice(0, 12);
  const folder = join(sandboxesFolder(home), `${runId.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 60)}-${key}`);
  const socketFolder = join(socketsFolder(env), key);
  return {
    folder,
    work: join(folder, 'work'),
    spool: join(folder, 'work', '.podium', 'spool'),
    state: join(folder, 'state.json'),
    log: join(folder, 'bridge.log'),
    socketFolder,
    socket: join(socketFolder, 'bridge.sock'),
    group: `podium-${key}`,
  };
}

/**
 * Makes the folders. That of the sockets lies where others may write, so it must be ours.
 * @throws RuntimeError `start_failed` when someone else owns it
 */
export async function makePlaces(places: SandboxPlaces, env: NodeJS.ProcessEnv): Promise<void> {
  for (const folder of [places.folder, places.work]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const sockets = socketsFolder(env);
  await mkdir(sockets, { recursive: true, mode: 0o700 });
  const info = await lstat(sockets);
  if (!info.isDirectory() || (process.getuid && info.uid !== process.getuid())) {
    throw new RuntimeError('start_failed', `${sockets} belongs to someone else.`, 'Set XDG_RUNTIME_DIR or TMPDIR to a folder of your own.');
  }
  await chmod(sockets, 0o700);
  await mkdir(places.socketFolder, { recursive: true, mode: 0o700 });
}

export async function writeState(file: string, state: SandboxState): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The state of a sandbox; undefined when there is none or it cannot be read. */
export async function readState(file: string): Promise<SandboxState | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // written by another version: nothing that could be re-attached
  }
}

/** Folders of all local sandboxes below `home`, with their state where there is one. */
export async function allSandboxes(home: string): Promise<{ folder: string; state: SandboxState | undefined }[]> {
  const names = await readdir(sandboxesFolder(home)).catch(() => []);
  return Promise.all(names.map(async (name) => {
    const folder = join(sandboxesFolder(home), name);
    return { folder, state: await readState(join(folder, 'state.json')) };
  }));
}
