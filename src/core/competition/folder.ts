import { readCsv, type CsvTable } from '../grading/csv';
import { ProblemList } from '../grading/problems';
import type { FolderProfile, Picture } from './manifest';

/**
 * Profiles of public folders: what the competition page, `data_preview` and the agents know of a
 * folder of pictures. Pure: names, sizes and bytes in, plain data out.
 */

/** As many pictures as a page shows of one folder. */
export const maxPictures = 10;
/** A picture above this is counted but not shown: the page carries the shown ones in itself. */
export const maxPictureBytes = 64 * 1024;

/** A file below a public folder. */
export interface FolderFile {
  /** Relative to the competition folder, as in the manifest. */
  readonly path: string;
  readonly bytes: number;
}

/** A picture to show: which file, and what the training file says of it. */
export interface PictureChoice {
  readonly path: string;
  readonly label: string | null;
}

/** How a training file names the files of a folder: `base` and a cell of `column` together are a path. */
export interface NamingColumn {
  readonly column: string;
  readonly base: string;
}

const bySize = (a: { count: number; kind: string }, b: { count: number; kind: string }): number => b.count - a.count || (a.kind < b.kind ? -1 : 1);

/** Endings of file names and how often each occurs, the most frequent first. */
export function kindsOf(files: readonly FolderFile[]): { kind: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { path } of files) {
    const kind = /\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1]?.toLowerCase() ?? '';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => ({ kind, count })).sort(bySize);
}

/** Finds the column of a CSV file whose every value names a file of the folder. Null when there is none. */
export function namingColumn(folder: string, files: readonly FolderFile[], table: CsvTable): NamingColumn | null {
  if (table.rows === 0) return null;
  const known = new Set(files.map((file) => file.path));
  for (const column of table.columns.values()) {
    for (const base of new Set(['data/', folder])) {
      if (Array.from({ length: table.rows }, (_, row) => known.has(base + column.text(row))).every(Boolean)) return { column: column.name, base };
    }
  }
  return null;
}

/**
 * A few files to show: one of each label while there are few labels, else the first rows of the
 * training file; without such a file, the first of the folder.
 *
 * @param target column of the training file with the answer
 */
export function choosePictures(files: readonly FolderFile[], table: CsvTable | undefined, naming: NamingColumn | null, target: string | undefined): PictureChoice[] {
  const small = new Set(files.filter((file) => file.bytes <= maxPictureBytes).map((file) => file.path));
  const column = naming ? table?.columns.get(naming.column) : undefined;
  if (!table || !naming || !column) return [...small].sort().slice(0, maxPictures).map((path) => ({ path, label: null }));
  const labels = target === undefined ? undefined : table.columns.get(target);
  const rows = Array.from({ length: table.rows }, (_, row) => ({ path: naming.base + column.text(row), label: labels?.text(row) ?? null })).filter((row) => small.has(row.path));
  const first = new Map(rows.map((row) => [row.label, row] as const).reverse());
  const different = [...first.values()].sort((a, b) => ((a.label ?? '') < (b.label ?? '') ? -1 : 1));
  return different.length > 1 && different.length <= maxPictures ? different : rows.slice(0, maxPictures);
}

/** Reads a CSV file as the profiles do; undefined when it is none. */
export function readTable(bytes: Uint8Array): CsvTable | undefined {
  return readCsv(bytes, (header) => header, new ProblemList()) ?? undefined;
}

const startsWith = (bytes: Uint8Array, ...start: number[]): boolean => start.every((byte, at) => bytes[at] === byte);

/** The type of a picture by its first bytes; null for what a page cannot show. SVG is none: it may hold scripts. */
export function pictureType(bytes: Uint8Array): string | null {
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (startsWith(bytes, 0x47, 0x49, 0x46, 0x38)) return 'image/gif';
  return startsWith(bytes, 0x52, 0x49, 0x46, 0x46) && startsWith(bytes.subarray(8), 0x57, 0x45, 0x42, 0x50) ? 'image/webp' : null;
}

/** Width and height in pixels, which a PNG file tells in its first header; null for other types. */
export function pictureSize(bytes: Uint8Array): [number, number] | null {
  if (pictureType(bytes) !== 'image/png' || bytes.length < 24) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [view.getUint32(16), view.getUint32(20)];
}

/** A picture with its content as a data URI; null when it is none that a page can show. */
export function pictureOf({ path, label }: PictureChoice, bytes: Uint8Array): Picture | null {
  const type = pictureType(bytes);
  if (type === null) return null;
  return { path, label, size: pictureSize(bytes), uri: `data:${type};base64,${base64(bytes)}` };
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export function profileFolder(path: string, files: readonly FolderFile[], naming: NamingColumn | null, pictures: readonly Picture[]): FolderProfile {
  return {
    path,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    kinds: kindsOf(files),
    namedBy: naming === null ? null : { ...naming },
    pictures: [...pictures],
  };
}
