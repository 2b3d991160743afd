import { lstat, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { PodiumError } from '../../core/errors';

/** A path that a run names does not belong to its bench. */
export class BenchPathError extends PodiumError<'outside_bench'> {}

/**
 * Absolute path of a bench file. Paths come from a journal and are untrusted: one that leaves the
 * bench, also through a link, or that points into `data/`, throws BenchPathError.
 */
export async function resolveBenchFile(bench: string, path: string): Promise<string> {
  const refuse = () => new BenchPathError('outside_bench', `The path "${path}" does not belong to the bench ${bench}.`, 'Nothing was written.');
  if (path === '' || isAbsolute(path) || path.includes('\\') || path.includes('\0')) throw refuse();
  const file = resolve(bench, path);
  if (!isInside(bench, file)) throw refuse();
  const [first] = relative(bench, file).split(sep);
  if (first === 'data') throw refuse();
  const [realBench, realParent] = await Promise.all([realExisting(bench), realExisting(dirname(file))]);
  if (realParent !== realBench && !isInside(realBench, realParent)) throw refuse();
  // A link as the file itself is refused wherever it leads, also nowhere.
  if (await isLink(file)) throw refuse();
  return file;
}

function isInside(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The real path of the part that exists, with the rest appended. */
async function realExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realExisting(parent), relative(parent, path));
  }
}
