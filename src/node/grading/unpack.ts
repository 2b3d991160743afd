import { promisify } from 'node:util';
import type { Entry, ZipFile } from 'yauzl';
import { archiveKind, maxUnpackedBytes } from './archiveKind';

// What reads archives is loaded when there is one: most files are plain.

/** The same for what a player's code has written: a few times of what it may hand in unpacked. */
export const maxUnpackedInRun = 256_000_000;

export type Unpacked =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** Why the archive cannot be used: a sentence. */
  | { readonly ok: false; readonly message: string };

/**
 * The content of a file that may be gzip or a zip with exactly one file in it, recognised by its
 * first bytes; anything else is returned as it is. Unpacking stops at `limit` bytes, so that a
 * small archive cannot fill the memory. Nothing is ever written to disk, so names inside an
 * archive have no effect.
 */
export async function unpack(bytes: Uint8Array, limit = maxUnpackedBytes): Promise<Unpacked> {
  const kind = archiveKind(bytes);
  if (kind === 'gzip') return unpackGzip(bytes, limit);
  return kind === 'zip' ? unpackZip(bytes, limit) : { ok: true, bytes };
}

async function unpackGzip(bytes: Uint8Array, limit: number): Promise<Unpacked> {
  try {
    const { gunzip } = await import('node:zlib');
    return { ok: true, bytes: await promisify(gunzip)(bytes, { maxOutputLength: limit }) };
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limit);
    return broken('gzip', error);
  }
}

async function unpackZip(bytes: Uint8Array, limit: number): Promise<Unpacked> {
  try {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { fromBufferPromise } = await import('yauzl');
    const zip = await fromBufferPromise(buffer, { lazyEntries: true, validateEntrySizes: true, autoClose: false });
    const found = await onlyFile(zip);
    if (found === null) return { ok: false, message: 'The zip archive must hold exactly one file.' };
    if (found.isEncrypted()) return { ok: false, message: 'The zip archive is encrypted.' };
    return found.uncompressedSize > limit ? tooLarge(limit) : await readEntry(zip, found, limit);
  } catch (error) {
    return broken('zip', error);
  }
}

/** The archive's file when there is exactly one; folders do not count. */
async function onlyFile(zip: ZipFile): Promise<Entry | null> {
  let found: Entry | null = null;
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    if (found !== null) return null;
    found = entry;
  }
  return found;
}

async function readEntry(zip: ZipFile, entry: Entry, limit: number): Promise<Unpacked> {
  const stream = await zip.openReadStreamPromise(entry);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('the archive stream gave no bytes');
    size += chunk.length;
    if (size > limit) {
      stream.destroy();
      return tooLarge(limit);
    }
    chunks.push(chunk);
  }
  const content = Buffer.concat(chunks, size);
  if (checksum(content) !== entry.crc32) return { ok: false, message: 'The zip archive is damaged: its checksum does not fit.' };
  return { ok: true, bytes: content };
}

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

/** CRC-32 of ISO 3309, which zip archives hold; zlib's own is absent from the first releases of Node 20. */
function checksum(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function tooLarge(limit: number): Unpacked {
  return { ok: false, message: `The archive unpacks to more than ${limit.toLocaleString('en-US')} bytes.` };
}

function broken(kind: string, error: unknown): Unpacked {
  const why = error instanceof Error ? ` (${error.message})` : '';
  return { ok: false, message: `The file begins like a ${kind} archive but cannot be unpacked${why}.` };
}
