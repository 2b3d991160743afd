// Draws every surface of the webviews in each theme and width with the fixtures and saves pictures:
//   node scripts/lookAtWebviews.mjs [--out <folder>] [--only <text in the picture's name>]
// Needs Chromium (PODIUM_CHROMIUM, default /usr/bin/chromium). Exits 1 when a page breaks its own
// content policy or logs an error.
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { createServer } from 'node:http';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { bundles } from '../esbuild.mjs';

const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const work = await mkdtemp(join(tmpdir(), 'podium-look-'));
const out = option('--out') ?? join(work, 'pictures');
const only = option('--only') ?? '';
await mkdir(out, { recursive: true });

for (const name of ['runPanel', 'competitionPage']) {
  await build({ ...bundles[name], outdir: work, metafile: false, sourcemap: false });
}
await build({ ...bundles.runPanel, entryPoints: { harness: 'webview/harness/main.ts' }, outdir: work, metafile: false, sourcemap: false });
await copyFile('node_modules/@vscode/codicons/dist/codicon.ttf', join(work, 'codicon.ttf'));

const nonce = 'podiumharness';
/** The same policy as the extension's pages. */
const html = (view) => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; font-src 'self'; img-src 'self' data:">
<title>${view}</title><link rel="stylesheet" href="/${view}.css"></head>
<body><div id="root"></div>
<script nonce="${nonce}" src="/harness.js"></script><script nonce="${nonce}" src="/${view}.js"></script></body></html>`;

const types = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/page') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(html(url.searchParams.get('view') === 'competitionPage' ? 'competitionPage' : 'runPanel'));
    return;
  }
  if (url.pathname === '/favicon.ico') return void response.writeHead(204).end();
  const name = url.pathname.slice(1);
  readFile(join(work, /^[\w.]+$/.test(name) ? name : 'none')).then(
    (content) => {
      response.setHeader('content-type', types[extname(name)] ?? 'application/octet-stream');
      response.end(content);
    },
    () => response.writeHead(404).end(),
  );
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const scenes = [
  ...['dark', 'light', 'hc'].flatMap((theme) => [420, 1100].map((width) => ({ view: 'runPanel', scene: 'running', theme, width }))),
  { view: 'runPanel', scene: 'running', theme: 'dark', width: 760 },
  ...[420, 1100].map((width) => ({ view: 'runPanel', scene: 'gpu', theme: 'dark', width })),
  ...['lost', 'away', 'starting', 'paused', 'waiting', 'limited', 'failed', 'loading', 'minimize'].map((scene) => ({ view: 'runPanel', scene, theme: 'dark', width: 1100 })),
  ...['dark', 'light', 'hc'].map((theme) => ({ view: 'runPanel', scene: 'ended', theme, width: 1100 })),
  { view: 'runPanel', scene: 'ended', theme: 'dark', width: 420 },
  { view: 'runPanel', scene: 'lost', theme: 'dark', width: 420 },
  ...['dark', 'light', 'hc'].flatMap((theme) => [420, 1100].map((width) => ({ view: 'runPanel', scene: 'approval', theme, width }))),
  ...['dark', 'light', 'hc'].flatMap((theme) => [420, 1100].map((width) => ({ view: 'competitionPage', scene: 'page', theme, width }))),
  { view: 'competitionPage', scene: 'blocked', theme: 'dark', width: 1100 },
  ...['dark', 'light', 'hc'].map((theme) => ({ view: 'competitionPage', scene: 'pictures', theme, width: 1100 })),
];

const browser = await chromium.launch({
  executablePath: process.env.PODIUM_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
let bad = 0;
try {
  for (const { view, scene, theme, width } of scenes) {
    const name = `${view}-${scene}-${width}-${theme}`;
    if (!name.includes(only)) continue;
    const page = await browser.newPage({ viewport: { width, height: 900 }, deviceScaleFactor: 2, reducedMotion: 'reduce' });
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${origin}/page?view=${view}&scene=${scene}&theme=${theme}`);
    await page.waitForTimeout(600);
    if (view === 'runPanel' && scene === 'running') {
      // From #11, which is selected, to #9.
      await page.focus('.chart svg');
      for (let step = 0; step < 2; step++) await page.keyboard.press('ArrowLeft');
      await page.waitForTimeout(100);
    }
    await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) complaints.push(`the page is ${overflow} px wider than the panel`);
    complaints.push(...(await page.evaluate(() => globalThis.podiumHarness.violations)));
    await page.close();
    for (const complaint of complaints) process.stderr.write(`${name}: ${complaint}\n`);
    bad += complaints.length;
  }
} finally {
  await browser.close();
  server.close();
}
// The pictures stay; what was built to draw them does not.
if (out.startsWith(work)) {
  for (const file of await readdir(work)) if (/\.(js|css|ttf)$/.test(file)) await rm(join(work, file));
} else await rm(work, { recursive: true });
process.stdout.write(`Pictures in ${out}\n`);
process.exit(bad > 0 ? 1 : 0);
