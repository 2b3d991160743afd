import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { CompetitionError, type CompetitionReason } from './competitionError';

/**
 * Reading of competition folders. They are untrusted: a link in one could make Podium copy a
 * file of the person's into a sandbox, so only regular files and folders are taken.
 */

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Throws `reason` with `fix` unless `file` is a regular file, reached without links, of at most `maxBytes`. */
export async function requireFile(
  folder: string,
  path: string,
  { maxBytes, reason = 'missing_file', fix }: { maxBytes: number; reason?: CompetitionReason; fix: string },
): Promise<string> {
  const file = join(folder, path);
  let stats;
  try {
    stats = await lstat(file);
  } catch (error) {
    if (isMissing(error)) throw new CompetitionError(reason, `${file} is missing.`, fix, { cause: error });
    throw new CompetitionError('bad_file', `${file} cannot be read.`, 'Check its permissions.', { cause: error });
  }
  if (!stats.isFile()) {
    throw new CompetitionError('bad_file', `${file} is ${stats.isSymbolicLink() ? 'a link' : 'no regular file'}.`, 'Put the file itself there.');
  }
  const inside = relative(await realpath(folder), await realpath(file));
  if (inside.split(sep)[0] === '..') {
    throw new CompetitionError('bad_file', `${file} lies outside of its competition folder.`, 'Replace the linked folder by the folder itself.');
  }
  if (stats.size > maxBytes) {
    throw new CompetitionError('bad_file', `${file} has ${stats.size} bytes; at most ${maxBytes} are read.`, 'Make it smaller.');
  }
  return file;
}

/** The text of a required file, without a byte-order mark. Throws CompetitionError. */
export async function readText(folder: string, path: string, options: { maxBytes: number; fix: string }): Promise<string> {
  const file = await requireFile(folder, path, options);
  const bytes = await readFile(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CompetitionError('bad_file', `${file} is not UTF-8 text.`, 'Save it as UTF-8.', { cause: error });
  }
}

/** As `requireFile`; undefined when the file is absent. */
export async function findFile(folder: string, path: string, options: { maxBytes: number; fix: string }): Promise<string | undefined> {
  try {
    return await requireFile(folder, path, { ...options, reason: 'missing_file' });
  } catch (error) {
    if (CompetitionError.is(error, 'missing_file')) return undefined;
    throw error;
  }
}

/**
 * Every file below a folder that a manifest names, with its path relative to the competition
 * folder, in the order of the paths. Throws CompetitionError when it is missing or holds a link.
 */
export async function listFolder(competitionFolder: string, path: string): Promise<{ path: string; bytes: number }[]> {
  const start = join(competitionFolder, path);
  await requirePlainTree(start);
  const entries = await readdir(start, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sized = await Promise.all(files.map(async (file) => ({ path: relative(competitionFolder, file).split(sep).join('/'), bytes: (await lstat(file)).size })));
  return sized.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Throws unless everything under `folder` is a regular file or a folder: nothing else may travel into a sandbox. */
export async function requirePlainTree(folder: string): Promise<void> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) {
      throw new CompetitionError('missing_file', `${folder} is missing.`, 'Put the public files of the competition there.', { cause: error });
    }
    throw new CompetitionError('bad_file', `${folder} cannot be read.`, 'Check its permissions.', { cause: error });
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await requirePlainTree(path);
    else if (!entry.isFile()) {
      throw new CompetitionError('bad_file', `${path} is ${entry.isSymbolicLink() ? 'a link' : 'no regular file'}.`, 'Put the file itself there.');
    }
  }
}
