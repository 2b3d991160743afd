import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The run that another program asks the next window to show: it leaves the run's id in
 * `.podium/open-run` of the workspace, as `npm run demo` does. The request is taken once.
 * Returns undefined when there is none or its text is no run id.
 */
export async function takeOpenRequest(root: string): Promise<string | undefined> {
  const file = join(root, '.podium', 'open-run');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  await rm(file, { force: true });
  const id = text.trim();
  return /^[a-z0-9-]{1,100}$/.test(id) ? id : undefined;
}
