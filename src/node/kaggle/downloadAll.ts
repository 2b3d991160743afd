import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { nearMatches } from '../../core/grading/nearMatches';
import { extractArchive } from '../archives/extract';
import { safePath } from '../archives/safePath';
import type { CallOptions } from './client';
import type { KaggleCompetitions } from './competitions';
import { download, downloadKept, unpacking, type DownloadRequest } from './download';
import type { DownloadRecord } from './downloadRecord';
import { KaggleError } from './kaggleError';
import type { KaggleFile } from './wire';

/** Beyond so many files the archive of all is asked for: single ones soon meet the rate limit. */
export const mostSingleFiles = 20;

/** @param total null: unknown */
export type DownloadProgress = (name: string, bytes: number, total: number | null) => void;

export interface DownloadHow {
  /** Leaves archives as they come. */
  readonly keepArchives?: boolean;
  /** What an earlier call loaded into a folder that is the program's own. */
  readonly record?: DownloadRecord;
}

/**
 * Downloads the data of a competition and unpacks what arrives packed. What an earlier call loaded
 * is kept and taken up again.
 * @param folder receives the data; may hold what an earlier call left
 * @returns paths of the files, or the folder where they came as one archive
 * @throws KaggleError, ArchiveError, CancelledError
 */
export async function downloadCompetition(api: KaggleCompetitions, slug: string, files: readonly KaggleFile[], folder: string, progress: DownloadProgress, options: CallOptions, how: DownloadHow = {}): Promise<string[]> {
  if (files.length === 0) throw new KaggleError('not_found', `"${slug}" has no files.`, 'See its data page.');
  if (files.length > mostSingleFiles) return [await downloadPacked(api, slug, files, folder, progress, options, how.record)];
  const paths: string[] = [];
  for (const file of files) {
    const there = how.record ? await how.record.find(folder, file) : await sameSize(folder, file);
    const path = there ?? (await downloadFile(api, slug, file.name, folder, progress, options, how.keepArchives));
    if (!there) await how.record?.add(file, path);
    paths.push(path);
  }
  return paths;
}

async function sameSize(folder: string, { name, totalBytes }: KaggleFile): Promise<string | undefined> {
  const path = join(folder, ...safePath(name).split('/'));
  const size = await stat(path).then((found) => found.size, () => -1);
  return size === totalBytes && size > 0 ? path : undefined;
}

/** All files as one archive, unpacked. */
async function downloadPacked(api: KaggleCompetitions, slug: string, files: readonly KaggleFile[], folder: string, progress: DownloadProgress, options: CallOptions, record: DownloadRecord | undefined): Promise<string> {
  if (!(await isFree(folder))) {
    if (!record || record.hasAll(files)) return folder;
    await rm(folder, { recursive: true });
  }
  const place = `${folder}.download`;
  const archive = await downloadKept(archiveOf(api, slug, place, progress, options), options);
  await rm(folder, { recursive: true, force: true });
  await record?.setAll(files);
  await unpacking(archive, (path) => extractArchive(path, folder, options));
  await rm(place, { recursive: true });
  return folder;
}

function archiveOf(api: KaggleCompetitions, slug: string, folder: string, progress: DownloadProgress, options: CallOptions): DownloadRequest {
  const locate = (): Promise<URL> => api.explained(slug, options, () => api.client.locate('competitions.CompetitionApiService/DownloadDataFiles', { competitionName: slug }, options));
  return { locate, folder, name: slug, waits: api.client.waits, progress: (bytes, total) => progress(slug, bytes, total) };
}

/** @throws KaggleError `not_found` with near ones, before anything is asked of the storage */
export function requireListed(slug: string, files: readonly KaggleFile[], wanted: string): void {
  const names = files.map(({ name }) => name);
  if (names.includes(wanted)) return;
  const near = nearMatches(wanted, names);
  const few = `${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}`;
  throw new KaggleError('not_found', `"${slug}" has no file "${wanted}".`, near.length > 0 ? `Did you mean ${near.join(', ')}?` : `Its files: ${few}.`);
}

/** The archive of all files, as it comes. */
export async function downloadArchive(api: KaggleCompetitions, slug: string, folder: string, progress: DownloadProgress, options: CallOptions): Promise<string> {
  return await download(archiveOf(api, slug, folder, progress, options), options);
}

/** One file; one that arrives packed is unpacked unless `keepArchives`. */
export async function downloadFile(api: KaggleCompetitions, slug: string, name: string, folder: string, progress: DownloadProgress, options: CallOptions, keepArchives = false): Promise<string> {
  const locate = (): Promise<URL> => api.explained(slug, options, () => api.client.locate('competitions.CompetitionApiService/DownloadDataFile', { competitionName: slug, fileName: name }, options));
  const loaded = await downloadKept({ locate, folder, name, waits: api.client.waits, progress: (bytes, total) => progress(name, bytes, total) }, options);
  const packed = !keepArchives && basename(loaded.path) === `${basename(name)}.zip`;
  const wanted = packed ? await unpacking(loaded, (path) => unpackedFile(path, basename(name), options)) : loaded.path;
  await loaded.settle();
  return wanted;
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
