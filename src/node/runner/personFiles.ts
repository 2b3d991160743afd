import { checkWritable, isNotebook, maxFileBytes } from '../../core/environment/paths';
import type { FileMap } from '../../core/environment/state';
import type { BlobStore } from '../storage/blobStore';
import { RunnerError } from './runnerError';

/** Keeps the texts of the bench that came with an action by the person. @throws RunnerError `bad_request` */
export async function keepFiles(files: Readonly<Record<string, string>>, blobs: BlobStore): Promise<FileMap> {
  const kept = new Map<string, string>();
  for (const [raw, text] of Object.entries(files)) {
    const checked = checkWritable(isNotebook(raw) ? `${raw}.py` : raw);
    if (!checked.ok) throw new RunnerError('bad_request', checked.message, checked.hint);
    const path = isNotebook(raw) ? checked.path.slice(0, -'.py'.length) : checked.path;
    if (Buffer.byteLength(text) > 20 * maxFileBytes) throw new RunnerError('bad_request', `"${path}" is too large to run.`, "Clear the notebook's outputs.");
    kept.set(path, await blobs.put(text));
  }
  return kept;
}
