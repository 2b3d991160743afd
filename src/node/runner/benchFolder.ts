import { cp, lstat, mkdir, readdir, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StarterFile } from '../../core/agent/starter';
import type { LoadedCompetition } from '../competitions/library';
import { writeFileAtomic } from '../storage/atomicFile';
import type { BlobStore } from '../storage/blobStore';

/** Data up to this size is copied to the bench; larger data is linked. */
const maxCopiedBytes = 64_000_000;

export const benchFolderOf = (workspace: string, competitionId: string): string => join(workspace, competitionId);

/**
 * Makes the bench `<workspace>/<competition>` with the public data and, for a person who starts
 * alone, files to begin from. What is there already stays as it is.
 * @param blobs the run's, which keep the starters too, so that an agent may replace what nobody has touched
 * @returns absolute paths of the starters that were made
 */
export async function makeBench(folder: string, competition: LoadedCompetition, starter: readonly StarterFile[], blobs?: Pick<BlobStore, 'put'>): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, 'data');
  if (!(await exists(data))) {
    if ((await sizeOf(competition.dataFolder)) <= maxCopiedBytes) await cp(competition.dataFolder, data, { recursive: true, force: false });
    else await symlink(competition.dataFolder, data, process.platform === 'win32' ? 'junction' : 'dir');
  }
  const made: string[] = [];
  for (const { path, text } of starter) {
    await blobs?.put(text);
    const target = join(folder, path);
    if (await exists(target)) continue;
    await mkdir(dirname(target), { recursive: true });
    await writeFileAtomic(target, text);
    made.push(target);
  }
  return made;
}

/** Also true for a dangling link, which is the person's too. */
const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

async function sizeOf(folder: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) total += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return total;
}
