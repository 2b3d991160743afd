import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import type { CsvFile } from '../../core/grading/csv';
import { archiveKind, maxUnpackedBytes } from './archiveKind';

/** Bytes of a part: few enough to stay in the processor's cache. */
const partBytes = 256 * 1024;
const lineFeed = 10;

/**
 * A plain file on disk, read synchronously; null for an archive, a pipe or a file that is too large.
 * Throws what `fs` throws when it cannot be read.
 */
export function fileInParts(path: string): CsvFile | null {
  const stat = statSync(path);
  if (!stat.isFile() || stat.size > maxUnpackedBytes) return null;
  const beginning = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, beginning, 0, 4, 0);
  } finally {
    closeSync(file);
  }
  return archiveKind(beginning) === null ? { size: stat.size, parts: () => partsOf(path), whole: () => readFileSync(path) } : null;
}

function* partsOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    let buffer = Buffer.alloc(partBytes);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0) break;
      const end = buffer.lastIndexOf(lineFeed, length - 1) + 1;
      if (end > 0) {
        yield buffer.subarray(0, end);
        buffer.copyWithin(0, end, length);
        length -= end;
      } else if (length === buffer.length) buffer = Buffer.concat([buffer], 2 * length);
    }
    if (length > 0) yield buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
