// The webviews outside VS Code: their bundles, a page with the extension's own content policy, and
// the fixtures of webview/harness behind it. For pictures, browser tests and figures.
import { build } from 'esbuild';
import { createServer } from 'node:http';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundles } from '../../esbuild.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const views = ['runPanel', 'competitionPage', 'submissionPage', 'standingsPage'];

const nonce = 'podiumharness';
/** The same policy as the extension's pages. */
const html = (view) => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; font-src 'self'; img-src 'self' data:">
<title>${view}</title><link rel="stylesheet" href="/${view}.css"></head>
<body><div id="root"></div>
<script nonce="${nonce}" src="/harness.js"></script><script nonce="${nonce}" src="/${view}.js"></script></body></html>`;

const types = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };

/**
 * Builds the views and serves them on the loopback address. `url({view, scene, theme})` is a page;
 * see webview/harness/main.ts for the scenes. `stop()` ends the server and removes what was built.
 */
export async function startHarness({ production = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'podium-harness-'));
  const options = { outdir: folder, metafile: false, sourcemap: false, minify: production, absWorkingDir: root };
  for (const view of views) await build({ ...bundles[view], ...options });
  await build({ ...bundles.runPanel, ...options, entryPoints: { harness: 'webview/harness/main.ts' } });
  await copyFile(join(root, 'node_modules/@vscode/codicons/dist/codicon.ttf'), join(folder, 'codicon.ttf'));
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/page') {
      const wanted = url.searchParams.get('view');
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(html(views.find((view) => view === wanted) ?? 'runPanel'));
      return;
    }
    if (url.pathname === '/favicon.ico') return void response.writeHead(204).end();
    const name = url.pathname.slice(1);
    readFile(join(folder, /^[\w.]+$/.test(name) ? name : 'none')).then(
      (content) => {
        response.setHeader('content-type', types[extname(name)] ?? 'application/octet-stream');
        response.end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    url: (query) => `${origin}/page?${new URLSearchParams(query)}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
