import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Pack } from 'tar-stream';
import type { SandboxFile } from '../../core/runtime/runtime';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { checkFolder, checkPath } from '../workPaths';

/** The user and group of everything a run does in a container; not the host's, not root. */
export const sandboxUid = 10_001;

/** The user of what Podium itself runs in a container beside the bridge: no job can signal it, trace it or take its place. */
export const clientUid = 10_002;

const owner = { uid: sandboxUid, gid: sandboxUid };

/**
 * A tar for /work that makes the working folder with its link to the data and
 * writes the files. Every parent is an entry of its own: the engine then replaces a link that the
 * sandbox has put in its place by a real folder instead of following it.
 */
export function packWorkFiles(folder: string, files: readonly SandboxFile[]): Readable {
  const tar = pack();
  const root = checkFolder(folder);
  tar.entry({ name: root, type: 'directory', mode: 0o755, ...owner });
  tar.entry({ name: `${root}/data`, type: 'symlink', linkname: '/data', ...owner });
  const made = new Set<string>();
  for (const { path, content } of files) {
    const parts = checkPath(path).split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/');
      if (!made.has(parent)) tar.entry({ name: `${root}/${parent}`, type: 'directory', mode: 0o755, ...owner });
      made.add(parent);
    }
    tar.entry({ name: `${root}/${path}`, mode: 0o644, mtime: new Date(), ...owner }, typeof content === 'string' ? content : Buffer.from(content));
  }
  tar.finalize();
  return asReadable(tar);
}

/** tar-stream's own stream kind as one of Node's. */
export function asReadable(tar: Pack): Readable {
  return Readable.from(tar, { objectMode: false });
}

function streamFile(tar: Pack, name: string, file: string, size: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry = tar.entry({ name, size, mode: 0o444, uid: 0, gid: 0 }, (error) => (error ? reject(error) : resolve()));
    const source = createReadStream(file, { end: Math.max(0, size - 1) });
    source.on('error', reject);
    if (size === 0) entry.end(null);
    else source.pipe(entry);
  });
}

/**
 * Adds a host folder's regular files to a tar.
 * @throws RuntimeError `start_failed` for a link: competition data comes from anywhere, and a link could lead to any file of this machine
 */
async function addFolder(tar: Pack, folder: string, name: string): Promise<void> {
  tar.entry({ name, type: 'directory', mode: 0o755, uid: 0, gid: 0 });
  for (const entry of (await readdir(folder)).sort()) {
    const path = join(folder, entry);
    const info = await lstat(path);
    if (info.isDirectory()) await addFolder(tar, path, `${name}/${entry}`);
    else if (info.isFile()) await streamFile(tar, `${name}/${entry}`, path, info.size);
    else throw new RuntimeError('start_failed', `${path} is not a regular file.`, 'A data folder may hold files and folders only, no links.');
  }
}

/** What a new run's volumes begin with: the data, an empty work folder of the sandbox's user, and the bridge. */
export function packVolumes(dataFolder: string, bridge: Uint8Array): Readable {
  const tar = pack();
  const fill = async (): Promise<void> => {
    tar.entry({ name: 'work', type: 'directory', mode: 0o755, ...owner });
    tar.entry({ name: 'podium', type: 'directory', mode: 0o755, uid: 0, gid: 0 });
    tar.entry({ name: 'podium/bridge.py', mode: 0o444, uid: 0, gid: 0 }, Buffer.from(bridge));
    await addFolder(tar, dataFolder, 'data');
    tar.finalize();
  };
  fill().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return asReadable(tar);
}

/** The one regular file of an archive; undefined when it is a link, a folder or larger than `maxBytes`. */
export async function readSingleFile(archive: NodeJS.ReadableStream, maxBytes: number): Promise<Uint8Array | undefined> {
  const reader = extract();
  const piped = pipeline(archive, reader).catch((error: unknown) => {
    // Leaving the loop early ends the pipe; any other failure reaches the loop through the reader.
    reader.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const entry of reader) {
      if (entry.header.type !== 'file' || (entry.header.size ?? Infinity) > maxBytes) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(Buffer.from(chunk as Uint8Array));
      return Buffer.concat(chunks);
    }
    return undefined;
  } finally {
    reader.destroy();
    await piped;
  }
}
