import { build } from 'esbuild';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundles } from '../../../esbuild.mjs';

const root = resolve(__dirname, '../../..');

/** The grading worker, the thread that reads for it and the command line, bundled into a folder below the project. */
export interface Bundles {
  readonly folder: string;
  readonly worker: string;
  readonly cli: string;
  remove(): Promise<void>;
}

/** Worker threads and programs need JavaScript files: bundles what esbuild.mjs bundles, somewhere temporary. */
export async function buildBundles(): Promise<Bundles> {
  const cache = join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'grading-'));
  for (const name of ['cli', 'gradingWorker', 'numbersReader'] as const) {
    await build({ ...bundles[name], absWorkingDir: root, outdir: folder, metafile: false, sourcemap: false, logLevel: 'error' });
  }
  return {
    folder,
    worker: join(folder, 'gradingWorker.js'),
    cli: join(folder, 'cli.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
