import { spawn, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, openSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';

/**
 * A real Docker engine for tests, and an image to run in it, on a machine that has neither a
 * running engine nor an image registry: Debian's `dockerd` is started by hand beside whatever
 * else the machine runs (own data folder, socket and process id), and the base image is made by
 * debootstrap from the mirror that the machine's own apt uses. All of it lies in a cache folder,
 * so only the first run is slow.
 */

const execFileAsync = promisify(execFile);

/** Debian packages inside the test image. */
export const imagePackages = ['python3-sklearn', 'python3-pandas', 'python3-ipykernel'] as const;

const suite = 'bookworm';
export const baseImage = `podium-test-base:${suite}`;

export interface TestEngine {
  /** For DOCKER_HOST. */
  readonly dockerHost: string;
  /** Local base image: build `media/container/Dockerfile` from it with INSTALL=apt. */
  readonly base: string;
  /** Records of GPU requests, one file per container; undefined for an engine that was there before. */
  readonly gpuRecords?: string;
  /** Ends the engine if this call started it. */
  stop(): Promise<void>;
}

/** What is missing, in one line: the caller reports "not run" or fails. */
export class EngineNotAvailable extends Error {
  override readonly name = 'EngineNotAvailable';
}

/** Cache folder of the test set-up: PODIUM_TEST_CACHE, else below the user's cache directory. */
export function cacheFolder(): string {
  return process.env.PODIUM_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'podium');
}

async function answers(dockerHost: string): Promise<boolean> {
  try {
    await clientFor(dockerHost).ping();
    return true;
  } catch {
    return false;
  }
}

function clientFor(dockerHost: string): Docker {
  if (dockerHost.startsWith('unix://')) return new Docker({ socketPath: dockerHost.slice('unix://'.length), timeout: 600_000 });
  const url = new URL(dockerHost);
  return new Docker({ host: url.hostname, port: url.port, timeout: 600_000 });
}

async function firstOnPath(...names: string[]): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs `action` while no other process of this user does. */
async function withLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.write(String(process.pid));
      await handle.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(await readFile(file, 'utf8').catch(() => '0'));
      if (owner > 0 && !isAlive(owner)) await rm(file, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  try {
    return await action();
  } finally {
    await rm(file, { force: true });
  }
}

/** Root and host of the machine's own mirror for the release, as apt has it configured. */
async function aptMirror(): Promise<string> {
  const format = ['--format', '$(SITE)\t$(CODENAME)\t$(COMPONENT)', 'Created-By: Packages'];
  const { stdout } = await execFileAsync('apt-get', ['indextargets', ...format]);
  const rows = stdout.split('\n').map((line) => line.split('\t'));
  const row = rows.find(([, codename, component]) => codename === suite && component === 'main') ?? rows.find(([site]) => site);
  if (!row?.[0]) throw new EngineNotAvailable('apt has no package source, so no base image can be made');
  return row[0];
}

/** apt's proxy settings, which the build inside the container needs as well. */
async function aptProxies(): Promise<string> {
  const { stdout } = await execFileAsync('apt-config', ['dump']);
  return stdout.split('\n').filter((line) => /^Acquire::https?::Proxy/i.test(line)).join('\n');
}

/** Makes the base image (a minimal Debian) from the machine's mirror. */
async function makeBase(docker: Docker, log: (line: string) => void): Promise<void> {
  const debootstrap = await firstOnPath('debootstrap');
  if (!debootstrap) throw new EngineNotAvailable('debootstrap is not installed (apt-get install debootstrap)');
  const mirror = await aptMirror();
  const work = await mkdtemp(join(tmpdir(), 'podium-base-'));
  try {
    log(`Making the base image ${baseImage} with debootstrap …`);
    const root = join(work, 'root');
    await execFileAsync(debootstrap, ['--variant=minbase', suite, root, mirror], { maxBuffer: 64 << 20 }).catch((error: Error) => {
      throw new EngineNotAvailable(`debootstrap failed: ${error.message}`);
    });
    await writeFile(join(root, 'etc/apt/apt.conf.d/90proxy'), `${await aptProxies()}\n`);
    await rm(join(root, 'var/cache/apt/archives'), { recursive: true, force: true });
    await mkdir(join(root, 'var/cache/apt/archives/partial'), { recursive: true });
    const tar = spawn('tar', ['-C', root, '-c', '--numeric-owner', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [repo, tag] = baseImage.split(':') as [string, string];
    const answer = await docker.importImage(tar.stdout, { repo, tag });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(answer, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * The engine calls this hook for a GPU request when an executable of that name is on its PATH.
 * Here it writes down how it was called and does nothing, which proves the request without a GPU.
 */
async function writeGpuHook(folder: string): Promise<string> {
  const records = join(folder, 'gpu');
  const bin = join(folder, 'bin');
  await mkdir(records, { recursive: true });
  await mkdir(bin, { recursive: true });
  const hook = join(bin, 'nvidia-container-runtime-hook');
  await writeFile(hook, `#!/bin/sh\n{ echo "arguments: $*"; env; cat; } > "${records}/$$"\nexit 0\n`);
  await chmod(hook, 0o755);
  return bin;
}

/** Called as soon as an engine is started, with what tells it to end and does not wait: for a process that is itself being ended. */
export type OnLaunch = (abandon: () => void) => void;

async function launch(folder: string, dockerHost: string, log: (line: string) => void, launched: OnLaunch): Promise<number> {
  const dockerd = await firstOnPath('dockerd');
  if (!dockerd) throw new EngineNotAvailable('dockerd is not installed (apt-get install docker.io)');
  if (process.getuid?.() !== 0) throw new EngineNotAvailable('no engine answers, and only root can start one');
  const bin = await writeGpuHook(folder);
  const output = openSync(join(folder, 'dockerd.log'), 'w');
  log('Starting a private Docker engine …');
  const child = spawn(
    dockerd,
    [
      ...['--host', dockerHost, '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'dockerd.pid')],
      // No network of its own: builds use the host's, runs have none. Nothing of another engine is touched.
      ...['--bridge=none', '--iptables=false', '--ip-masq=false', '--ip-forward=false'],
    ],
    { stdio: ['ignore', output, output], detached: true, env: { ...process.env, PATH: `${bin}:${process.env.PATH}:/usr/sbin:/sbin` } },
  );
  child.unref();
  const { pid = 0 } = child;
  launched(() => {
    if (pid && isAlive(pid)) process.kill(pid, 'SIGTERM');
  });
  for (let tries = 0; tries < 120; tries++) {
    if (await answers(dockerHost)) return pid;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const tail = (await readFile(join(folder, 'dockerd.log'), 'utf8')).split('\n').slice(-4).join(' ');
  throw new EngineNotAvailable(`dockerd did not start: ${tail}`);
}

/** Ends the process and waits until it is gone. */
async function end(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGTERM');
  for (let tries = 0; tries < 200; tries++) {
    if (!isAlive(pid)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.kill(pid, 'SIGKILL');
}

/** Where the private engine's socket is; short, since such paths end near 104 bytes. */
function privateHost(folder: string): string {
  const socket = join(folder, 'docker.sock');
  if (socket.length < 100) return `unix://${socket}`;
  return `unix://${join(tmpdir(), `podium-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}.sock`)}`;
}

/**
 * An engine with the base image: the one that DOCKER_HOST names or that answers at the default
 * socket, else a private one, started when it is not running yet.
 * @throws EngineNotAvailable when something is missing on this machine
 */
export async function startEngine(log: (line: string) => void, launched: OnLaunch): Promise<TestEngine> {
  if (process.platform !== 'linux') throw new EngineNotAvailable('the test engine needs Linux');
  const given = process.env.DOCKER_HOST;
  const folder = join(cacheFolder(), 'engine');
  const mine = privateHost(folder);
  if (given && given !== mine && !(await answers(given))) throw new EngineNotAvailable(`DOCKER_HOST is set, but nothing answers at ${given}`);
  await mkdir(folder, { recursive: true });
  return withLock(join(folder, 'lock'), async () => {
    const candidates = given && given !== mine ? [given] : ['unix:///var/run/docker.sock', mine];
    let dockerHost: string | undefined;
    for (const candidate of candidates) if (!dockerHost && (await answers(candidate))) dockerHost = candidate;
    let pid = 0;
    if (!dockerHost) {
      dockerHost = mine;
      pid = await launch(folder, dockerHost, log, launched);
    }
    try {
      const docker = clientFor(dockerHost);
      const there = await docker.getImage(baseImage).inspect().then(() => true, () => false);
      if (!there) await makeBase(docker, log);
    } catch (error) {
      if (pid) await end(pid);
      throw error;
    }
    return {
      dockerHost,
      base: baseImage,
      ...(dockerHost === mine ? { gpuRecords: join(folder, 'gpu') } : {}),
      stop: async () => {
        if (pid) await end(pid);
      },
    };
  });
}

/** Ends the private engine, whoever started it. */
export async function stopEngine(): Promise<boolean> {
  const pid = Number(await readFile(join(cacheFolder(), 'engine', 'dockerd.pid'), 'utf8').catch(() => '0'));
  if (!pid || !isAlive(pid)) return false;
  await end(pid);
  return true;
}
