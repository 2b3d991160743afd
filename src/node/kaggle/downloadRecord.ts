import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../core/parseJson';
import { safePath } from '../archives/safePath';
import { writeFileAtomic } from '../storage/atomicFile';
import type { KaggleFile } from './wire';

const recordSchema = z.record(z.string(), z.object({ listed: z.number(), size: z.number().nullable() }));

/**
 * Which files of Kaggle's list lie in a folder already, as they were listed then: another try loads
 * none of them again, and what has changed since is. A file that arrived packed has another size
 * than the list says. Kept beside the folder, never in it.
 */
export class DownloadRecord {
  private constructor(
    private readonly path: string,
    private files: z.output<typeof recordSchema>,
  ) {}

  static async open(path: string): Promise<DownloadRecord> {
    const text = await readFile(path, 'utf8').catch(() => '');
    return new DownloadRecord(path, recordSchema.safeParse(parseJson(text)).data ?? {});
  }

  /** Path of a file that is there as it is listed, also where it was unpacked since; undefined for none. */
  async find(folder: string, { name, totalBytes }: KaggleFile): Promise<string | undefined> {
    const known = this.files[name];
    if (known?.listed !== totalBytes || known.size === null) return undefined;
    const path = join(folder, ...safePath(name).split('/'));
    if ((await sizeOf(path)) === known.size) return path;
    const unpacked = path.replace(/\.zip$/i, '');
    return unpacked !== path && (await sizeOf(unpacked)) >= 0 ? unpacked : undefined;
  }

  async add({ name, totalBytes }: KaggleFile, path: string): Promise<void> {
    this.files = { ...this.files, [name]: { listed: totalBytes, size: await sizeOf(path) } };
    await this.write();
  }

  /** Whether all files came together, and are listed as they were. */
  hasAll(files: readonly KaggleFile[]): boolean {
    return files.length === Object.keys(this.files).length && files.every(({ name, totalBytes }) => this.files[name]?.listed === totalBytes);
  }

  /** All of them came in one archive. */
  async setAll(files: readonly KaggleFile[]): Promise<void> {
    this.files = Object.fromEntries(files.map(({ name, totalBytes }) => [name, { listed: totalBytes, size: null }]));
    await this.write();
  }

  private write(): Promise<void> {
    return writeFileAtomic(this.path, JSON.stringify(this.files));
  }
}

const sizeOf = (path: string): Promise<number> => stat(path).then((found) => (found.isFile() ? found.size : -1), () => -1);
