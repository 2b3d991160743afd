import { cp, lstat, mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { LoadedCompetition } from '../../node/competitions/library';
import { benchNotebook, benchScript, starterNotebook, starterScript } from './starter';

const maxFiles = 200;
const maxFileBytes = 1024 * 1024;
const maxBytes = 8 * 1024 * 1024;
const textFile = /\.(py|ipynb|txt|md|json|ya?ml|toml|cfg|ini|sql|r)$/i;

/**
 * Makes the bench of a competition: data to look at, a script and a notebook. What is there
 * already is left as it is. Returns the absolute paths of the files that were made to begin from.
 */
export async function ensureBench(folder: string, competition: LoadedCompetition): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, 'data');
  if (!(await exists(data))) await cp(competition.dataFolder, data, { recursive: true, errorOnExist: false, force: false });
  const starter = join(competition.folder, 'starter');
  if (await exists(starter)) {
    await cp(starter, folder, { recursive: true, force: false, errorOnExist: false });
    return [];
  }
  const made: string[] = [];
  if (await createNew(join(folder, benchScript), starterScript(competition))) made.push(join(folder, benchScript));
  if (await createNew(join(folder, benchNotebook), starterNotebook(competition))) made.push(join(folder, benchNotebook));
  return made;
}

/** Text files of the bench with their content: what a `human` attempt starts from. Data, outputs and links are left out. */
export async function readBench(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  let total = 0;
  for (const path of await walk(folder, folder)) {
    const { size } = await stat(join(folder, path));
    if (size > maxFileBytes || total + size > maxBytes || Object.keys(files).length >= maxFiles) continue;
    total += size;
    files[path] = await readFile(join(folder, path), 'utf8');
  }
  return files;
}

/** Regular text files below a folder, as relative paths with forward slashes. */
async function walk(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const hidden = entry.name.startsWith('.') || entry.name === '__pycache__' || (folder === root && entry.name === 'data');
    if (hidden) continue;
    if (entry.isDirectory()) found.push(...(await walk(root, path)));
    else if (entry.isFile() && textFile.test(entry.name)) found.push(relative(root, path).split(sep).join('/'));
  }
  return found;
}

/** Whether the file was made; one that exists is left alone. */
async function createNew(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
