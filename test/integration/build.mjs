// Bundles the integration suite for the extension host: one CommonJS file beside node_modules,
// so that mocha is found; `vscode` comes from the host.
import { build } from 'esbuild';
import { join } from 'node:path';
import { root } from '../../scripts/lib/machine.mjs';

export async function buildSuite() {
  const outfile = join(root, 'dist', 'test', 'integration.cjs');
  await build({
    entryPoints: [join(root, 'test', 'integration', 'suite', 'index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode', 'mocha'],
    loader: { '.py': 'text', '.prompt.md': 'text' },
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return outfile;
}
