// Opens the workbench in Chromium: in development mode with a test module in the extension host,
// or plainly, as a user would.
import { format } from 'node:util';
import { ensureDebian } from './machine.mjs';

export const chromiumFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];

/** Harmless in this setting: no gallery, no chat models. */
const noise = /gallery|chat|agent host|service.?worker|vsda|marketplace|language model|Ignoring fetching additional|net::ERR/i;

export async function launchBrowser() {
  await ensureDebian('browser');
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: process.env.PODIUM_CHROMIUM ?? '/usr/bin/chromium', args: chromiumFlags });
}

/**
 * A page on `server` with `folder` open. `development` is the extension's folder, `tests` a
 * compiled suite whose `run()` is called in the extension host, `env` its variables.
 * `exit` resolves with the suite's exit code and logs; it never resolves without a suite.
 */
export async function openWorkbench(browser, server, { folder, development, tests, env = {}, viewport = { width: 1280, height: 800 }, onLog = () => {} }) {
  const context = await browser.newContext({ viewport, deviceScaleFactor: 1 });
  const page = await context.newPage();
  let finish;
  const exit = new Promise((resolve) => (finish = resolve));
  await page.exposeFunction('codeAutomationLog', (type, args) => {
    const line = format(...args);
    if (!noise.test(line)) onLog(type, line);
  });
  await page.exposeFunction('codeAutomationExit', (code, logs) => finish({ code, logs }));
  const uri = (path) => `vscode-remote://127.0.0.1:${server.port}${path}`;
  const payload = [];
  if (development) payload.push(['extensionDevelopmentPath', uri(development)]);
  if (tests) payload.push(['extensionTestsPath', uri(tests)]);
  if (development) payload.push(['extensionEnvironment', JSON.stringify(env)]);
  const query = new URLSearchParams({ folder });
  if (payload.length > 0) query.set('payload', JSON.stringify(payload));
  await page.goto(`${server.url}?${query}`);
  return { page, context, exit };
}
