import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../core/competition/manifest';
import { CompetitionError } from './competitionError';

/** Data as it was before a test set was cut from it: `PODIUM_HOME/originals/<name>/data`. It holds answers. */
export const originalsFolder = (home: string): string => join(home, 'originals');

/**
 * The folder with all training rows and the real test set, at the paths of `data/`.
 * @throws CompetitionError `no_original`
 */
export async function originalData(home: string, { original, title }: Pick<Manifest, 'original' | 'title'>): Promise<{ readonly dataFolder: string; readonly sample: string }> {
  if (!original) throw new CompetitionError('no_original', `"${title}" was not cut from a larger data set: its attempts are fitted with all there is.`, 'Import the competition from Kaggle to send what was made for it.');
  const folder = join(originalsFolder(home), original.folder);
  const sample = join(folder, original.sample);
  const there = await stat(sample).then((found) => found.isFile(), () => false);
  if (!there) throw new CompetitionError('no_original', `The full data of "${title}" is not in ${folder}.`, 'Import the competition again on this machine.');
  return { dataFolder: join(folder, 'data'), sample };
}
