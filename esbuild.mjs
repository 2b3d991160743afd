// Builds every bundle into dist/: extension, cli, runner, grading worker (Node, CommonJS) and the
// webviews (browser). Writes the metafiles that the layer test reads.
// `node esbuild.mjs [--watch] [--production] [bundle …]`: all bundles, or the named ones.
import { build, context, transform } from 'esbuild';
import { mkdir, writeFile, copyFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bundledPackages, notices } from './scripts/lib/notices.mjs';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

/** Optional native parts behind dockerode's ssh support; its JavaScript fallbacks are used. */
const optionalNative = {
  name: 'optional-native',
  setup(builder) {
    builder.onResolve({ filter: /\.node$|^cpu-features$/ }, (args) => ({ path: args.path, namespace: 'absent' }));
    builder.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({
      contents: "throw new Error('optional native module is not bundled')",
    }));
  },
};

/** dockerode's BuildKit client brings gRPC and protobuf with it; images are built without BuildKit. */
const buildKit = {
  name: 'buildkit',
  setup(builder) {
    builder.onResolve({ filter: /^\.\/(session|buildkit)$/ }, ({ path, importer }) =>
      /[\\/]dockerode[\\/]lib[\\/]/.test(importer) ? { path, namespace: 'buildkit' } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'buildkit' }, () => ({
      contents: "module.exports = () => { throw new Error('BuildKit is not bundled'); };",
    }));
  },
};

/** What grading by a native metric does without lies in files of their own, loaded when it is called for. */
const ownProgram = {
  name: 'own-program',
  setup(builder) {
    builder.onResolve({ filter: /^\.\/(program|pythonGrading)$/ }, ({ path, kind }) => (kind === 'entry-point' ? undefined : { path: `${path}.js`, external: true }));
  },
};

/**
 * esbuild splits only ES modules; the extension host requires CommonJS. So each file is made into
 * one afterwards: what `import()` asks for lies in a file of its own that activation does not read.
 */
const commonJsChunks = {
  name: 'commonjs-chunks',
  setup(builder) {
    const { write, minify, sourcemap, target } = builder.initialOptions;
    builder.initialOptions.write = false;
    builder.onEnd(async ({ outputFiles = [] }) => {
      if (write === false) return;
      await rm('dist/chunks', { recursive: true, force: true });
      for (const { path, text } of outputFiles) {
        const { code } = await transform(text, { format: 'cjs', platform: 'node', target, minify, sourcemap });
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, code);
      }
    });
  },
};

const shared = {
  bundle: true,
  metafile: true,
  sourcemap: production ? false : 'linked',
  minify: production,
  logLevel: 'warning',
  loader: { '.py': 'text', '.prompt.md': 'text' },
  legalComments: 'none',
};

const node = (entry, out, external = []) => ({
  ...shared,
  entryPoints: { [out]: entry },
  outdir: 'dist',
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external,
  plugins: [optionalNative, buildKit],
});

const browser = (entry, out) => ({
  ...shared,
  entryPoints: { [out]: entry },
  outdir: 'dist/webview',
  platform: 'browser',
  target: 'chrome128',
  format: 'iife',
  loader: { ...shared.loader, '.ttf': 'file' },
  assetNames: '[name]',
});

export const bundles = {
  extension: {
    ...node('src/extension.ts', 'extension', ['vscode']),
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: production ? false : 'inline',
    plugins: [optionalNative, buildKit, commonJsChunks],
  },
  cli: {
    ...node('src/cli/main.ts', 'cli'),
    entryPoints: { cli: 'src/cli/main.ts', program: 'src/cli/program.ts', pythonGrading: 'src/cli/pythonGrading.ts' },
    plugins: [optionalNative, buildKit, ownProgram],
    banner: { js: '#!/usr/bin/env node' },
  },
  runner: node('src/node/runner/main.ts', 'runner'),
  gradingWorker: node('src/node/grading/worker.ts', 'gradingWorker'),
  numbersReader: node('src/node/grading/numbersReader.ts', 'numbersReader'),
  checkWorker: node('src/node/competitions/checkWorker.ts', 'checkWorker'),
  runPanel: browser('webview/runPanel/main.ts', 'runPanel'),
  competitionPage: browser('webview/competitionPage/main.ts', 'competitionPage'),
  submissionPage: browser('webview/submissionPage/main.ts', 'submissionPage'),
  cataloguePage: browser('webview/cataloguePage/main.ts', 'cataloguePage'),
  standingsPage: browser('webview/standingsPage/main.ts', 'standingsPage'),
};

if (import.meta.url === `file://${process.argv[1]}`) {
  if (production) await rm('dist', { recursive: true, force: true });
  await mkdir('dist/meta', { recursive: true });
  const metafiles = [];
  for (const [name, options] of Object.entries(bundles)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    if (watch) {
      await (await context(options)).watch();
      continue;
    }
    const result = await build(options);
    await writeFile(`dist/meta/${name}.json`, JSON.stringify(result.metafile));
    metafiles.push(result.metafile);
  }
  // The icons are copied below.
  if (production && wanted.length === 0) await writeFile('dist/THIRD_PARTY_NOTICES.txt', await notices([...bundledPackages(metafiles), 'node_modules/@vscode/codicons']));
  await mkdir('dist/webview', { recursive: true });
  await copyFile('node_modules/@vscode/codicons/dist/codicon.css', 'dist/webview/codicon.css');
  await copyFile('node_modules/@vscode/codicons/dist/codicon.ttf', 'dist/webview/codicon.ttf');
}
