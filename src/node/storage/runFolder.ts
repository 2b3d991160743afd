import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { AttemptFolder } from '../../core/environment/ports';
import { runConfigSchema, type RunConfig } from '../../core/run/events';
import { writeFileAtomic } from './atomicFile';
import { StorageError } from './storageError';

/** `<workspace>/.podium/runs` */
export const runsFolder = (workspace: string): string => join(workspace, '.podium', 'runs');

const runIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;

/** Folder of a run. @throws StorageError `unknown_run` for an id that cannot be one. */
export function runFolder(workspace: string, runId: string): string {
  if (!runIdPattern.test(runId)) throw new StorageError('unknown_run', `"${runId.slice(0, 80)}" is no run id.`, 'See `podium runs`.');
  return join(runsFolder(workspace), runId);
}

/** Workspace that a run folder belongs to. */
export const workspaceOf = (folder: string): string => dirname(dirname(dirname(folder)));

/** Makes `.podium` with its own .gitignore, so that no run is ever committed by accident. @throws StorageError `write_failed` */
export async function makeRunFolder(workspace: string, config: RunConfig): Promise<string> {
  const folder = runFolder(workspace, config.runId);
  await makeFolder(folder);
  await writeFile(join(workspace, '.podium', '.gitignore'), '*\n');
  await writeFile(join(folder, '.gitignore'), '*\n');
  await writeFileAtomic(join(folder, 'run.json'), `${JSON.stringify(config, null, 2)}\n`);
  return folder;
}

/**
 * Makes a folder and those above it. Not by `recursive`: where nothing can be made, as in /proc,
 * Node would try for ever. @throws StorageError `write_failed`
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    const isMissing = code === 'ENOENT' && (await stat(parent).catch(() => undefined)) === undefined;
    if (!isMissing) throw new StorageError('write_failed', `No folder can be made at ${path}.`, 'Choose a workspace that can be written.', { cause });
    await makeFolder(parent);
    await makeFolder(path);
  }
}

/** @throws StorageError `unknown_run`, `newer_version` or `corrupt` */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  let text: string;
  try {
    text = await readFile(join(folder, 'run.json'), 'utf8');
  } catch (cause) {
    throw new StorageError('unknown_run', `There is no run in ${folder}.`, 'See `podium runs`.', { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new StorageError('corrupt', `${join(folder, 'run.json')} is not JSON.`, 'Restore it from a backup.', { cause });
  }
  if (typeof value === 'object' && value !== null && 'schema' in value && typeof value.schema === 'number' && value.schema > 1) {
    throw new StorageError('newer_version', `${folder} was written by a newer Podium.`, 'Update Podium.');
  }
  const config = runConfigSchema.safeParse(value);
  if (!config.success) throw new StorageError('corrupt', `${join(folder, 'run.json')} is broken: ${config.error.issues[0]?.message ?? ''}.`);
  return config.data;
}

/** Ids of the runs of a workspace, oldest first. */
export async function listRunIds(workspace: string): Promise<string[]> {
  try {
    const entries = await readdir(runsFolder(workspace), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && runIdPattern.test(entry.name)).map((entry) => entry.name).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** `attempts/<n>/` of a run folder, as files that a person can open. A view of the journal, never read back. */
export class AttemptFiles implements AttemptFolder {
  constructor(private readonly folder: string) {}

  async writeCode(attempt: number, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const root = join(this.folder, 'attempts', String(attempt), 'code');
    for (const path of await listFiles(root)) {
      if (!files.has(path)) await rm(join(root, path), { force: true });
    }
    for (const [path, content] of files) await this.writeInside(root, path, content);
  }

  async write(attempt: number, name: string, content: Uint8Array | string): Promise<string> {
    const root = join(this.folder, 'attempts', String(attempt));
    await this.writeInside(root, name, content);
    return `attempts/${attempt}/${name}`;
  }

  async appendLog(attempt: number, name: string, text: string): Promise<string> {
    const path = inside(join(this.folder, 'attempts', String(attempt)), name);
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, text);
    return `attempts/${attempt}/${name}`;
  }

  private async writeInside(root: string, path: string, content: Uint8Array | string): Promise<void> {
    const target = inside(root, path);
    const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
    const before = await stat(target).catch(() => undefined);
    if (before?.isFile() && before.size === bytes.length && bytes.equals(await readFile(target))) return;
    await writeFileAtomic(target, bytes);
  }
}

/** The path below `root`. @throws StorageError when it would leave the folder. */
function inside(root: string, path: string): string {
  const target = join(root, path);
  const way = relative(root, target);
  if (way === '' || way.startsWith('..') || path.startsWith('/')) throw new StorageError('corrupt', `"${path}" leaves its folder.`);
  return target;
}

async function listFiles(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
