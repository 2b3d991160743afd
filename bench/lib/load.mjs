// Sources as a plain Node module, so that a benchmark measures what the bundles are made of.
import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundles } from '../../esbuild.mjs';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A folder of its own for a benchmark, removed at the end. */
export async function withScratch(work) {
  const folder = await mkdtemp(join(tmpdir(), 'podium-measure-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bundles a source as the runner is bundled and returns the file's path. */
export async function bundle(source, folder) {
  const outfile = join(folder, `${source.replace(/\W+/g, '-')}.cjs`);
  await build({ ...bundles.runner, absWorkingDir: root, entryPoints: [source], outdir: undefined, outfile, sourcemap: false, logLevel: 'error' });
  return outfile;
}

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
export const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
