import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A disk that takes nothing, which says nothing about what was to be written. */
export interface DiskTrouble {
  /** As the beginning of a sentence. */
  readonly what: string;
  /** What a person does about it, as the beginning of a sentence. */
  readonly remedy: string;
  /** Whether space helps. */
  readonly full: boolean;
}

const troubles: ReadonlyMap<string, DiskTrouble> = new Map([
  ['ENOSPC', { what: 'The disk is full', remedy: 'Free some space', full: true }],
  ['EDQUOT', { what: 'Your share of the disk is used up', remedy: 'Free some space', full: true }],
  ['EROFS', { what: 'The file system is read-only', remedy: 'Make it writable', full: false }],
  ['EIO', { what: 'The disk reports an error', remedy: 'Look at it', full: false }],
]);

/** What a disk says in an error or in what caused it; undefined where it says nothing. */
export function diskTrouble(error: unknown): DiskTrouble | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    const found = 'code' in cause && typeof cause.code === 'string' ? troubles.get(cause.code) : undefined;
    if (found) return found;
  }
  return undefined;
}

/**
 * What to do about it, with the figures of the disk: `Free at least 2.1 GB on the disk of /home (0.3 GB are free)`.
 * @param folder lies on the disk, or will
 * @param needed bytes that are still to be written; null: unknown
 */
export async function remedyOf({ remedy, full }: DiskTrouble, folder: string, needed: number | null): Promise<string> {
  if (!full) return `${remedy} (${folder})`;
  const free = await freeBytes(folder);
  const lacks = needed === null || free === null ? null : needed - free;
  const what = lacks !== null && lacks > 0 ? `Free at least ${bytesWords(lacks)}` : remedy;
  return `${what} on the disk of ${folder}${free === null ? '' : ` (${bytesWords(free)} are free)`}`;
}

/** Bytes that a user may still write there; null where the system does not tell. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    const above = dirname(folder);
    return above === folder ? null : await freeBytes(above);
  }
}

/** `1.2 GB`, `34 MB`, `5 kB`: rounded up, since it is asked for. */
export function bytesWords(bytes: number): string {
  if (bytes >= 1e9) return `${(Math.ceil(bytes / 1e8) / 10).toLocaleString('en-US')} GB`;
  return bytes >= 1e6 ? `${Math.ceil(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
