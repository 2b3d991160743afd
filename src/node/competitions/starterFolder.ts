import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Competition } from '../../core/environment/ports';
import { CompetitionError } from './competitionError';
import { readText } from './files';

export const starterFolder = 'starter';
/** A name as it lies on the bench. */
export const starterName = /^[A-Za-z0-9_][A-Za-z0-9_ .-]*\.(py|ipynb)$/;
export const maxStarterBytes = 4 * 1024 * 1024;

/**
 * The scripts and notebooks of `starter/`, as text: nothing there is run before a person or an agent does so.
 * @throws CompetitionError `bad_file` for a link, a file that is too large or no text
 */
export async function readStarter(folder: string): Promise<Pick<Competition, 'starter'>> {
  let names: string[];
  try {
    names = await readdir(join(folder, starterFolder));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new CompetitionError('bad_file', `${join(folder, starterFolder)} cannot be read.`, 'Make it a folder with scripts and notebooks, or remove it.', { cause: error });
  }
  const kept = names.filter((name) => starterName.test(name)).sort();
  if (kept.length === 0) return {};
  return { starter: await Promise.all(kept.map(async (path) => ({ path, text: await readText(folder, `${starterFolder}/${path}`, { maxBytes: maxStarterBytes, fix: 'Put the script itself there.' }) }))) };
}
