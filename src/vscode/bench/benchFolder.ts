import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

const maxFiles = 200;
const maxFileBytes = 1024 * 1024;
const maxBytes = 8 * 1024 * 1024;
const textFile = /\.(py|ipynb|txt|md|json|ya?ml|toml|cfg|ini|sql|r)$/i;

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

/** Notebooks directly on the bench, by name. */
export async function listNotebooks(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ipynb')).map((entry) => entry.name).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
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
