import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { extractArchive } from '../archives/extract';
import { safePath } from '../archives/safePath';
import type { CallOptions } from './client';
import type { KaggleCompetitions } from './competitions';
import { download } from './download';
import { KaggleError } from './kaggleError';
import type { KaggleFile } from './wire';

/** Beyond so many files the archive of all is asked for: single ones soon meet the rate limit. */
export const mostSingleFiles = 20;

/** @param total null: unknown */
export type DownloadProgress = (name: string, bytes: number, total: number | null) => void;

/**
 * Downloads the data of a competition and unpacks what arrives packed. What an earlier call loaded
 * is kept and taken up again.
 * @param folder receives the data; may hold what an earlier call left
 * @returns paths of the files, or the folder where they came as one archive
 * @throws KaggleError, CancelledError
 */
export async function downloadCompetition(api: KaggleCompetitions, slug: string, files: readonly KaggleFile[], folder: string, progress: DownloadProgress, options: CallOptions, keepArchives = false): Promise<string[]> {
  if (files.length === 0) throw new KaggleError('not_found', `"${slug}" has no files.`, 'See its data page.');
  if (files.length > mostSingleFiles) {
    if (!(await isFree(folder))) return [folder];
    const archive = await downloadArchive(api, slug, `${folder}.download`, progress, options);
    await rm(folder, { recursive: true, force: true });
    await extractArchive(archive, folder, options);
    await rm(dirname(archive), { recursive: true });
    return [folder];
  }
  const paths: string[] = [];
  for (const file of files) {
    const there = join(folder, ...safePath(file.name).split('/'));
    const size = await stat(there).then((found) => found.size, () => -1);
    paths.push(size === file.totalBytes && size > 0 ? there : await downloadFile(api, slug, file.name, folder, progress, options, keepArchives));
  }
  return paths;
}

/** The archive of all files, as it comes. */
export async function downloadArchive(api: KaggleCompetitions, slug: string, folder: string, progress: DownloadProgress, options: CallOptions): Promise<string> {
  const locate = (): Promise<URL> => api.explained(slug, options, () => api.client.locate('competitions.CompetitionApiService/DownloadDataFiles', { competitionName: slug }, options));
  return await download({ locate, folder, name: slug, progress: (bytes, total) => progress(slug, bytes, total) }, options);
}

/** One file; one that arrives packed is unpacked unless `keepArchives`. */
export async function downloadFile(api: KaggleCompetitions, slug: string, name: string, folder: string, progress: DownloadProgress, options: CallOptions, keepArchives = false): Promise<string> {
  const locate = (): Promise<URL> => api.explained(slug, options, () => api.client.locate('competitions.CompetitionApiService/DownloadDataFile', { competitionName: slug, fileName: name }, options));
  const path = await download({ locate, folder, name, progress: (bytes, total) => progress(name, bytes, total) }, options);
  return !keepArchives && basename(path) === `${basename(name)}.zip` ? await unpackedFile(path, basename(name), options) : path;
}

/** `train.csv` that arrived as `train.csv.zip` takes the archive's place. */
export async function unpackedFile(archive: string, name: string, options: CallOptions): Promise<string> {
  const scratch = `${archive}.unpacked`;
  await rm(scratch, { recursive: true, force: true });
  await extractArchive(archive, scratch, options);
  const target = join(dirname(archive), name);
  const [only, ...more] = await readdir(scratch);
  if (only === undefined || more.length > 0) {
    await rename(scratch, target);
  } else {
    await rename(join(scratch, only), target);
    await rm(scratch, { recursive: true });
  }
  await rm(archive);
  return target;
}

/** Whether a folder can be made there: nothing is, or an empty folder. A file of that name is the person's. */
export async function isFree(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
