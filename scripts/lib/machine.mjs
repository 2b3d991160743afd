// What this machine has and how the project's own scripts get what it lacks. Built-ins only:
// these scripts run before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const isCI = process.env.CI === 'true' || process.env.CI === '1';

/** Large tools live here, outside node_modules, so that `npm ci` does not remove them. */
export function cacheFolder() {
  if (process.env.PODIUM_TEST_CACHE) return process.env.PODIUM_TEST_CACHE;
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'podium');
}

/** A prerequisite that is not there: the layer is reported as not run, and with CI=true as failed. */
export class MissingPrerequisite extends Error {}

/** Runs a command with inherited output; rejects on a non-zero exit. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}`)),
    );
  });
}

/**
 * The environment without what an outer `npm` put there for its own script: an inner npm would
 * take it for its configuration, the outer Node's version among it.
 */
export function environmentOutsideNpm() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
}

export function has(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0 || existsSync(join('/usr/sbin', command));
}

/** Debian packages by what they are for, each with a test that tells whether it is there. */
export const debianPackages = {
  sandbox: [
    { name: 'bubblewrap', there: () => has('bwrap') },
    { name: 'python3-sklearn', there: () => pythonHas('sklearn') },
    { name: 'python3-pandas', there: () => pythonHas('pandas') },
    { name: 'python3-ipykernel', there: () => pythonHas('ipykernel') },
  ],
  engine: [
    { name: 'docker.io', there: () => has('dockerd') },
    { name: 'iptables', there: () => has('iptables') },
    { name: 'debootstrap', there: () => has('debootstrap') },
  ],
  browser: [
    { name: 'chromium', there: () => has('chromium') },
    { name: 'fonts-liberation', there: () => existsSync('/usr/share/fonts/truetype/liberation') },
  ],
  server: [
    { name: 'libkrb5-dev', there: () => existsSync('/usr/include/krb5.h') || existsSync('/usr/include/krb5/krb5.h') },
    { name: 'g++', there: () => has('g++') },
    { name: 'make', there: () => has('make') },
    { name: 'pkg-config', there: () => has('pkg-config') },
    { name: 'python3', there: () => has('python3') },
  ],
};

function pythonHas(module) {
  return spawnSync('/usr/bin/python3', ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
}

/**
 * Installs the Debian packages of the named groups that are missing: unasked with CI=true, after
 * a question on a terminal, otherwise it throws and says how to get them.
 */
export async function ensureDebian(...groups) {
  const missing = groups.flatMap((group) => debianPackages[group]).filter((entry) => !entry.there());
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.name);
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  const command = [...sudo, 'apt-get', 'install', '-y', '--no-install-recommends', ...names];
  if (!has('apt-get')) throw new MissingPrerequisite(`missing: ${names.join(', ')} (no apt-get here; install them with your system's package manager)`);
  if (!isCI && !(await confirm(`Podium needs these Debian packages: ${names.join(', ')}. Install them now?`))) {
    throw new MissingPrerequisite(`missing: ${names.join(', ')}; get them with: ${command.join(' ')}`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run([...sudo, 'apt-get'][0], [...sudo, 'apt-get', 'update', '-qq'].slice(1), { env });
  await run(command[0], command.slice(1), { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const still = missing.filter((entry) => !entry.there()).map((entry) => entry.name);
  if (still.length > 0) throw new MissingPrerequisite(`installed but not found afterwards: ${still.join(', ')}`);
}

/** A yes/no question on a terminal; without one the answer is no. */
export async function confirm(question) {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(`${question} [Y/n] `);
  lines.close();
  return /^(y|yes|)$/i.test(answer.trim());
}

/** `npm ci` when node_modules does not match the lock file. */
export async function ensureNpmPackages() {
  const stamp = join(root, 'node_modules', '.podium-lock');
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8');
  const seen = existsSync(stamp) ? await readFile(stamp, 'utf8') : '';
  if (seen === lock) return;
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  await writeFile(stamp, lock);
}

/** A Node 24 binary: this one when it is new enough, else the npm package `node` in the cache. */
export async function ensureNode24() {
  if (Number(process.versions.node.split('.')[0]) === 24) return { binary: process.execPath, headers: undefined };
  const folder = join(cacheFolder(), 'node24');
  const binary = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(binary)) {
    await npmFolder(folder);
    await run('npm', ['install', 'node@24.21.0', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, env: environmentOutsideNpm() });
  }
  const platform = `node-${process.platform}-${process.arch}`;
  const nested = join(folder, 'node_modules', 'node', 'node_modules', platform);
  return { binary, headers: existsSync(join(nested, 'include')) ? nested : undefined };
}

export async function npmFolder(folder) {
  await mkdir(folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json'))) await writeFile(join(folder, 'package.json'), '{"private":true}\n');
}
