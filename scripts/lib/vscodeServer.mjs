// A complete VS Code (server and web) from the npm package code-server, for the tests and for the
// demo on machines without a desktop VS Code. The inner server is started directly, because the
// wrapper refuses the smoke-test driver without which development URIs are ignored.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { cacheFolder, ensureDebian, ensureNode24, environmentOutsideNpm, npmFolder, run } from './machine.mjs';

const version = '4.139.1';

/** Installs the server into the cache when it is missing; returns its folder and Node. */
export async function ensureVscodeServer() {
  const node = await ensureNode24();
  const folder = join(cacheFolder(), 'code-server');
  const stamp = join(folder, `complete-${version}`);
  const server = join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
  if (!existsSync(stamp)) {
    await ensureDebian('server');
    await rm(join(folder, 'node_modules'), { recursive: true, force: true });
    await npmFolder(folder);
    const env = { ...environmentOutsideNpm(), PATH: `${dirname(node.binary)}${delimiter}${process.env.PATH}` };
    // Native parts must be compiled against the headers of the Node that will load them.
    if (node.headers) env.npm_config_nodedir = node.headers;
    await run('npm', ['install', `code-server@${version}`, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, env });
    await writeFile(stamp, '');
  }
  return { node: node.binary, server };
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Starts a server on loopback with fresh data folders.
 * `developer` turns on the smoke-test driver, which development and test URIs need.
 * `trusted: false` keeps workspace trust on. `vsix`: a package to install, or several;
 * `extensions`: folders of extensions that are installed as they are. Returns `{port, url, dataFolder, stop}`.
 */
export async function startVscodeServer({ developer = true, trusted = true, settings = {}, env = {}, dataFolder, vsix, extensions = [] } = {}) {
  const { node, server } = await ensureVscodeServer();
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'podium-vscode-')));
  const port = await freePort();
  const userFolder = join(folder, 'data', 'data', 'User');
  const machineFolder = join(folder, 'data', 'data', 'Machine');
  await mkdir(userFolder, { recursive: true });
  await mkdir(machineFolder, { recursive: true });
  await mkdir(join(folder, 'extensions'), { recursive: true });
  await writeFile(
    join(userFolder, 'settings.json'),
    JSON.stringify({
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
      'chat.disableAIFeatures': true,
      'workbench.startupEditor': 'none',
      'telemetry.telemetryLevel': 'off',
      'extensions.ignoreRecommendations': true,
      ...settings,
    }),
  );
  for (const path of extensions) await cp(path, join(folder, 'extensions', basename(path)), { recursive: true });
  // A remote window reads settings of machine scope here, never from the user's.
  await writeFile(join(machineFolder, 'settings.json'), JSON.stringify(Object.fromEntries(Object.entries(settings).filter(([key]) => key.startsWith('podium.')))));
  const common = ['--server-data-dir', join(folder, 'data'), '--extensions-dir', join(folder, 'extensions')];
  for (const file of [vsix ?? []].flat()) await run(node, [join(server, 'out', 'server-main.js'), ...common, '--install-extension', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  const args = [
    join(server, 'out', 'server-main.js'),
    '--host', '127.0.0.1', '--port', String(port), '--without-connection-token',
    '--accept-server-license-terms', '--telemetry-level', 'off', ...common,
  ];
  if (developer) args.push('--enable-smoke-test-driver');
  if (trusted) args.push('--disable-workspace-trust');
  const child = spawn(node, args, { cwd: server, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let log = '';
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The VS Code server did not listen within 60 s:\n${log}`)), 60_000);
    const onData = (data) => {
      log = (log + data).slice(-20_000);
      if (/Extension host agent started|Web UI available/.test(log)) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The VS Code server ended with exit code ${code}:\n${log}`));
    });
  });
  const exited = new Promise((resolve) => child.on('exit', resolve));
  const stop = async () => {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
    await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 5000))]);
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
    await exited;
    if (!dataFolder) await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  return { port, url: `http://127.0.0.1:${port}/`, dataFolder: folder, log: () => log, stop };
}
