// A Docker engine and image for tests and the demo: `node scripts/testEngine.mjs start` prints one JSON
// object (dockerHost, image) on stdout, progress on stderr; `stop` ends a private engine.
// The work is done in test/docker/engine.ts and src/node/docker; this bundles and calls them.
import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The functions of test/docker/image.ts, for callers that are not TypeScript. */
export async function loadTestEngine() {
  // Beside node_modules, so that the packages left outside the bundle are found.
  const folder = await mkdtemp(join(root, 'node_modules', '.podium-engine-'));
  try {
    const outfile = join(folder, 'engine.mjs');
    await build({
      entryPoints: [join(root, 'test/docker/image.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      packages: 'external',
      loader: { '.py': 'text' },
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const engine = await loadTestEngine();
  const log = (line) => process.stderr.write(`${line}\n`);
  const command = process.argv[2];
  if (command === 'start') {
    const { dockerHost, image } = await engine.startTestEngine(root, log);
    process.stdout.write(`${JSON.stringify({ dockerHost, image })}\n`);
  } else if (command === 'stop') {
    log((await engine.stopEngine()) ? 'Stopped.' : 'Not running.');
  } else {
    log('Usage: node scripts/testEngine.mjs start|stop');
    process.exitCode = 2;
  }
}
