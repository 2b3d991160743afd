import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blobs } from '../../core/environment/ports';
import { writeFileAtomic } from './atomicFile';
import { StorageError } from './storageError';

export const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

/** Content of a run by its sha256, in `blobs/<first two digits>/<rest>`. */
export class BlobStore implements Blobs {
  constructor(private readonly folder: string) {}

  async put(content: Uint8Array | string): Promise<string> {
    const hash = sha256(content);
    const path = this.path(hash);
    try {
      await access(path);
    } catch {
      await writeFileAtomic(path, content);
    }
    return hash;
  }

  /** @throws StorageError `missing_blob` */
  async get(hash: string): Promise<Uint8Array> {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new StorageError('missing_blob', `"${hash.slice(0, 80)}" is not a content hash.`);
    try {
      return await readFile(this.path(hash));
    } catch (cause) {
      throw new StorageError('missing_blob', `The run folder lacks content ${hash.slice(0, 12)}….`, 'Restore the run folder from a backup.', { cause });
    }
  }

  private path(hash: string): string {
    return join(this.folder, hash.slice(0, 2), hash.slice(2));
  }
}
