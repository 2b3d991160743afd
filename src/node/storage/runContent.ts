import { join } from 'node:path';
import { BlobStore } from './blobStore';
import { StorageError } from './storageError';

/**
 * The bench versions that edits were made against. Apart from the run's own content: what lies
 * there may be the person's work, which no edit takes for something it may replace.
 */
export const benchBases = (runFolder: string): BlobStore => new BlobStore(join(runFolder, 'bases'));

/**
 * Text of a version that a run knows, its own or one it found on the bench.
 * @throws StorageError `missing_blob`
 */
export async function readRunText(runFolder: string, hash: string): Promise<string> {
  const decode = (content: Uint8Array): string => new TextDecoder().decode(content);
  try {
    return decode(await new BlobStore(join(runFolder, 'blobs')).get(hash));
  } catch (error) {
    if (!StorageError.is(error)) throw error;
    return decode(await benchBases(runFolder).get(hash));
  }
}
