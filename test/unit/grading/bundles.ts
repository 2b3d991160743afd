import { build } from 'esbuild';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');

/** The grading worker and a program with the two commands, bundled into a folder below the project. */
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
  const program = join(folder, 'program.ts');
  await writeFile(
    program,
    `import { Command } from 'commander';
     import { registerGrade } from '${join(root, 'src/cli/commands/grade')}';
     import { registerStandings } from '${join(root, 'src/cli/commands/standings')}';
     const program = new Command('podium');
     registerGrade(program);
     registerStandings(program);
     void program.parseAsync();`,
  );
  await build({
    entryPoints: { cli: program, gradingWorker: join(root, 'src/node/grading/worker.ts') },
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  });
  return {
    folder,
    worker: join(folder, 'gradingWorker.js'),
    cli: join(folder, 'cli.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
