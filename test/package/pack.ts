import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { openPromise } from 'yauzl';

export const root = resolve(import.meta.dirname, '..', '..');

export interface Packed {
  readonly vsix: string;
  /** What the packager said, warnings included. */
  readonly output: string;
}

/** Builds the bundles and packs the extension into `folder`, as `npm run package` does. */
export async function pack(folder: string): Promise<Packed> {
  const vsix = join(folder, 'podium.vsix');
  const { stdout, stderr } = await promisify(execFile)('npm', ['run', 'package', '--', '--out', vsix], { cwd: root, env: { ...process.env, NO_COLOR: '1' } });
  return { vsix, output: stdout + stderr };
}

/** The files of an archive, by path: packed size and a way to read one. */
export async function archiveFiles(path: string): Promise<Map<string, { bytes: number; read: () => Promise<Buffer> }>> {
  const zip = await openPromise(path, { autoClose: false });
  const files = new Map<string, { bytes: number; read: () => Promise<Buffer> }>();
  for await (const entry of zip.eachEntry()) {
    const read = async (): Promise<Buffer> => {
      const parts: Buffer[] = [];
      for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Buffer);
      return Buffer.concat(parts);
    };
    files.set(entry.fileName, { bytes: entry.compressedSize, read });
  }
  return files;
}
