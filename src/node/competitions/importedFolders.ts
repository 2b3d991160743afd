import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CompetitionError } from './competitionError';

/** Imported competitions lie in this folder of a workspace, one folder each. */
export const importedFolderName = 'competitions';

/**
 * Absolute paths of the folders below `folder` that hold a competition.yaml, by name; none when
 * `folder` is not there. Hidden folders are left out: an import under way is one.
 * Throws CompetitionError `bad_file` when the folder cannot be read.
 */
export async function competitionFolders(folder: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw new CompetitionError('bad_file', `The competitions in ${folder} cannot be read.`, 'Check its permissions.', { cause: error });
  }
  const names = entries.filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.')).map((entry) => entry.name);
  const found = await Promise.all(names.map(async (name) => ((await isThere(join(folder, name, 'competition.yaml'))) ? [join(folder, name)] : [])));
  return found.flat().sort();
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
