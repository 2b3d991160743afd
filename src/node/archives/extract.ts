import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract as tarExtract } from 'tar-stream';
import { openPromise } from 'yauzl';
import { diskTrouble, remedyOf } from '../storage/diskTrouble';
import { ArchiveError } from './archiveError';
import { safePath } from './safePath';

export interface ExtractLimits {
  /** Bytes of all files together, after unpacking. */
  readonly bytes: number;
  readonly files: number;
}

const usualLimits: ExtractLimits = { bytes: 200 * 1024 ** 3, files: 5_000_000 };
/** Unix file kinds in a zip entry's attributes. */
const kindMask = 0o170000;
const linkKind = 0o120000;

/**
 * Unpacks a zip or tar.gz into a folder that must not exist. Everything is written beside it
 * first, so that a refused archive leaves nothing. Refused are paths that lead out of the folder,
 * absolute and reserved names, links, devices, encrypted entries, a second file of one name, and
 * more bytes or files than the limits.
 * The archive itself is never touched.
 * @throws ArchiveError
 */
export async function extractArchive(archive: string, folder: string, { signal }: { readonly signal: AbortSignal }, limits: ExtractLimits = usualLimits): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const scratch = await mkdtemp(join(dirname(folder), '.unpacking-'));
  const target = new Target(scratch, archive, limits, signal);
  try {
    const head = await firstBytes(archive);
    if (head[0] === 0x50 && head[1] === 0x4b) await extractZip(archive, target);
    else if (head[0] === 0x1f && head[1] === 0x8b) await extractTar(archive, target);
    else throw new ArchiveError('corrupt', `${archive} is neither a zip nor a tar.gz archive.`, 'Download it again.');
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    if (error instanceof ArchiveError || signal.aborted) throw error;
    const trouble = diskTrouble(error);
    if (trouble) throw new ArchiveError('write_failed', `${archive} could not be unpacked: ${trouble.what.toLowerCase()}.`, `${await remedyOf(trouble, dirname(folder), null)}, then try again: the archive is kept.`, { cause: error });
    throw new ArchiveError('corrupt', `${archive} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}.`, 'Download it again.', { cause: error });
  }
}

/** Writes entries and keeps the limits. */
class Target {
  private bytes = 0;
  private files = 0;

  constructor(
    private readonly folder: string,
    private readonly archive: string,
    private readonly limits: ExtractLimits,
    private readonly signal: AbortSignal,
  ) {}

  /** `content` is opened when everything is ready: its errors then find a listener. */
  async file(name: string, content: () => Readable | Promise<Readable>): Promise<void> {
    this.files += 1;
    if (this.files > this.limits.files) throw this.refused(`holds more than ${this.limits.files} files`);
    const path = join(this.folder, ...safePath(name).split('/'));
    await mkdir(dirname(path), { recursive: true });
    const count = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.bytes += chunk.length;
        if (this.bytes > this.limits.bytes) done(this.refused(`unpacks to more than ${this.limits.bytes.toLocaleString('en-US')} bytes`));
        else done(null, chunk);
      },
    });
    await pipeline(await content(), count, createWriteStream(path, { flags: 'wx' }), { signal: this.signal });
  }

  refused(why: string): ArchiveError {
    return new ArchiveError('unsafe', `${this.archive} ${why}, and is not unpacked.`, 'Unpack it by hand, if you trust it.');
  }
}

async function extractZip(archive: string, target: Target): Promise<void> {
  // yauzl itself refuses absolute paths, backslashes and `..`.
  const zip = await openPromise(archive, { lazyEntries: true, validateEntrySizes: true });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      if (entry.isEncrypted()) throw target.refused('is encrypted');
      if (((entry.externalFileAttributes >>> 16) & kindMask) === linkKind) throw target.refused('holds a link');
      await target.file(entry.fileName, () => zip.openReadStreamPromise(entry));
    }
  } finally {
    zip.close();
  }
}

async function extractTar(archive: string, target: Target): Promise<void> {
  const tar = tarExtract();
  const reading = pipeline(createReadStream(archive), createGunzip(), tar);
  // The loop below meets the same failure; without this it would count as unhandled.
  reading.catch(() => undefined);
  for await (const entry of tar) {
    const { name, type } = entry.header;
    if (type === 'directory') entry.resume();
    else if (type === 'file') await target.file(name.replace(/^\.\//, ''), () => Readable.from(entry, { objectMode: false }));
    else throw target.refused(`holds a ${type ?? 'strange entry'}`);
  }
  await reading;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
