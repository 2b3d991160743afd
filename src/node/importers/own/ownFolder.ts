import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { openPromise } from 'yauzl';
import type { CsvTable } from '../../../core/grading/csv';
import { isPicture } from '../../../core/competition/import/own/pictures';
import { readOwnTable } from '../../../core/competition/import/own/table';
import { ImportError } from '../importError';

/** A table of a person's folder. */
export interface OwnFile {
  /** Name in the folder. */
  readonly name: string;
  readonly path: string;
  readonly table: CsvTable;
  /** Read as it is: commas. */
  readonly plain: boolean;
}

/** Pictures by their path from the folder; those of an archive as if it lay unpacked beside it. */
export interface PictureSource {
  readonly archive: string | null;
  /** What the paths begin with: empty, or the archive's name without its ending and `/`. */
  readonly prefix: string;
  readonly files: readonly string[];
}

/** What a person's folder holds, read once. Nothing in it is changed or run. */
export interface OwnFolder {
  readonly folder: string;
  readonly name: string;
  readonly train: OwnFile;
  readonly test: OwnFile | null;
  readonly sample: OwnFile | null;
  /** Text of `description.md`. */
  readonly description: string | null;
  readonly pictures: readonly PictureSource[];
  /** Every other file, by its path from the folder, with forward slashes. */
  readonly others: readonly string[];
  /** Links and special files, which are not followed. */
  readonly links: readonly string[];
}

const maxTableBytes = 2 * 1024 ** 3 - 1;
const maxFiles = 5_000_000;

/**
 * Reads a folder, or a single table. The training table is `train.csv`, or the only table there is.
 * @throws ImportError `no_table`, `bad_table`, `unsafe_archive`, `unreadable`
 */
export async function readOwnFolder(place: string): Promise<OwnFolder> {
  const kind = await lstat(place).catch((cause: unknown) => {
    throw new ImportError('no_table', `${place} is not there.`, 'Give a folder with train.csv.', { cause });
  });
  if (kind.isFile()) return single(place);
  if (!kind.isDirectory()) throw new ImportError('no_table', `${place} is no folder.`, 'Give a folder with train.csv, or a table.');
  const { files, links } = await listFiles(place);
  const tables = files.filter((path) => !path.includes('/') && /\.(csv|tsv)$/i.test(path));
  const named = (...names: string[]): string | undefined => tables.find((path) => names.includes(path.toLowerCase().replace(/\.(csv|tsv)$/, '')));
  const [only, ...more] = tables.filter((path) => !/^(test|sample_?submission)\./i.test(path));
  const trainName = named('train', 'training') ?? (more.length === 0 ? only : undefined);
  if (trainName === undefined) {
    throw new ImportError('no_table', tables.length === 0 ? `${place} holds no CSV file.` : `${place} has no train.csv, and several tables: ${tables.join(', ')}.`, 'Call the table with the rows to learn from train.csv, or give that file itself.');
  }
  const testName = named('test');
  const sampleName = named('sample_submission', 'samplesubmission');
  const descriptionName = files.find((path) => path.toLowerCase() === 'description.md');
  const archives = files.filter((path) => /\.zip$/i.test(path));
  const loose = files.filter(isPicture);
  const packed = (await Promise.all(archives.map((path) => archivedPictures(place, path)))).filter((source) => source !== null);
  const used = new Set([trainName, testName, sampleName, descriptionName, ...loose, ...packed.map(({ archive }) => archive)]);
  return {
    folder: place,
    name: basename(place),
    train: await readTable(place, trainName),
    test: testName === undefined ? null : await readTable(place, testName),
    sample: sampleName === undefined ? null : await readTable(place, sampleName),
    description: descriptionName === undefined ? null : await readFile(join(place, descriptionName), 'utf8'),
    pictures: [...(loose.length > 0 ? [{ archive: null, prefix: '', files: loose }] : []), ...packed],
    others: files.filter((path) => !used.has(path)),
    links,
  };
}

async function single(path: string): Promise<OwnFolder> {
  const folder = dirname(path);
  const train = await readTable(folder, basename(path));
  return { folder, name: basename(path, extname(path)), train, test: null, sample: null, description: null, pictures: [], others: [], links: [] };
}

/** @throws ImportError `bad_table` */
export async function readTable(folder: string, name: string): Promise<OwnFile> {
  const path = join(folder, name);
  const { size } = await lstat(path);
  if (size > maxTableBytes) throw new ImportError('bad_table', `${name} has ${size} bytes; at most ${maxTableBytes} are read.`, 'Take a part of it.');
  const read = readOwnTable(await readFile(path));
  if (!read.ok) throw new ImportError('bad_table', `${name} cannot be read as a table: ${read.message}`, 'Save it as CSV in UTF-8.');
  return { name, path, table: read.table, plain: read.separator === ',' };
}

/** Hidden files and caches are nobody's data. */
const skipped = /^(\.|__pycache__$|__MACOSX$|node_modules$|Thumbs\.db$)/;

async function listFiles(root: string): Promise<{ files: string[]; links: string[] }> {
  const files: string[] = [];
  const links: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (skipped.test(entry.name)) continue;
      const path = join(folder, entry.name);
      const shown = relative(root, path).split(sep).join('/');
      if (entry.isDirectory()) await walk(path);
      else (entry.isFile() ? files : links).push(shown);
      if (files.length > maxFiles) throw new ImportError('unreadable', `${root} holds more than ${maxFiles.toLocaleString('en-US')} files.`, 'Give the folder with the data alone.');
    }
  };
  try {
    await walk(root);
  } catch (error) {
    if (error instanceof ImportError) throw error;
    throw new ImportError('unreadable', `${root} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, 'Check its permissions.', { cause: error });
  }
  const order = (a: string, b: string): number => (a < b ? -1 : 1);
  return { files: files.sort(order), links: links.sort(order) };
}

/** The pictures that an archive holds; null when it holds none. Names are only read. @throws ImportError `unsafe_archive` */
async function archivedPictures(folder: string, archive: string): Promise<PictureSource | null> {
  const prefix = `${archive.replace(/\.zip$/i, '')}/`;
  const files: string[] = [];
  try {
    const zip = await openPromise(join(folder, archive), { lazyEntries: true });
    try {
      // Names that lead out of the archive are refused here.
      for await (const entry of zip.eachEntry()) if (isPicture(entry.fileName)) files.push(`${prefix}${entry.fileName}`);
    } finally {
      zip.close();
    }
  } catch (error) {
    throw unsafeArchive(archive, error);
  }
  return files.length === 0 ? null : { archive, prefix, files };
}

export function unsafeArchive(archive: string, cause: unknown): ImportError {
  const why = cause instanceof Error ? `: ${cause.message.replace(/\.$/, '')}` : '';
  return new ImportError('unsafe_archive', `${archive} is not unpacked${why}.`, 'Pack the pictures again, with plain relative names and without links.', { cause });
}
