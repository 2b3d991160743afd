import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findAssets, type Assets } from '../assets';
import { homeFolder } from '../storage/podiumHome';
import { RunnerClient } from './runnerClient';
import { RunnerError } from './runnerError';

/** Variables of a runner's environment: an engine's address, an interpreter, a model's key. undefined takes one away. */
export type RunnerEnv = Readonly<Record<string, string | undefined>>;

export interface LaunchOptions {
  readonly folder: string;
  readonly runId: string;
  /** PODIUM_HOME. */
  readonly home: string;
  readonly version: string;
  readonly assets?: Assets;
  /** Over this process's environment. */
  readonly env?: RunnerEnv;
  /** How long the runner may take until it answers on its socket. */
  readonly timeoutMs?: number;
}

export const runnerLogName = 'runner.log';
/** What a runner needs of dist/ and media/. */
const neededBundles = ['runner.js', 'gradingWorker.js'] as const;
const neededMedia = ['python', 'container', 'competitions'] as const;

/**
 * Starts the runner of a run as its own process, from a copy of the program that outlives an
 * update of the extension, and waits until it answers.
 * @throws RunnerError `launch_failed` with the end of its log
 */
export async function launchRunner(options: LaunchOptions): Promise<void> {
  const program = await versionedCopy(options.home, options.version, options.assets ?? findAssets());
  const { command, env } = await nodeCommand();
  const log = await open(join(options.folder, runnerLogName), 'a', 0o600);
  const from = (await log.stat()).size;
  let exit: string | undefined;
  try {
    const child = spawn(command, [join(program, 'dist', 'runner.js'), options.folder], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { ...env, ...options.env, PODIUM_HOME: options.home },
      windowsHide: true,
    });
    child.once('error', (error) => (exit = error.message));
    child.once('exit', (code, signal) => (exit ??= `ended with ${signal ?? code}`));
    child.unref();
  } finally {
    await log.close();
  }
  const deadline = Date.now() + (options.timeoutMs ?? 20_000);
  for (;;) {
    try {
      const client = await RunnerClient.connect({ home: options.home, runId: options.runId, role: 'watcher', timeoutMs: 2_000 });
      client.dispose();
      return;
    } catch (error) {
      if (!RunnerError.is(error)) throw error;
      if (exit === undefined && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        continue;
      }
      // A run of a few steps may have ended before the first call.
      if (exit === 'ended with 0') return;
      const text = (await readFile(join(options.folder, runnerLogName))).subarray(from).toString('utf8').trim();
      const last = text.split('\n').at(-1) ?? '';
      throw new RunnerError('launch_failed', `The runner of ${options.runId} ${exit ?? 'does not answer'}${last ? `: ${last}` : '.'}`, `See ${basename(options.folder)}/${runnerLogName}.`, { cause: error });
    }
  }
}

/** `PODIUM_HOME/versions/<version>-<content>/` with the bundles and media that a runner needs. */
async function versionedCopy(home: string, version: string, assets: Assets): Promise<string> {
  const hash = createHash('sha256');
  for (const name of neededBundles) hash.update(await readBundle(join(assets.dist, name)));
  for (const path of ['python/bridge.py', 'container/Dockerfile']) hash.update(await readFile(join(assets.media, path)).catch(() => ''));
  const versions = await homeFolder(home, 'versions');
  const target = join(versions, `${version}-${hash.digest('hex').slice(0, 12)}`);
  if (await exists(join(target, 'complete'))) return target;
  // Copied beside and renamed: two windows may start runs at once.
  const temporary = `${target}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(join(temporary, 'dist'), { recursive: true });
  for (const name of neededBundles) await cp(join(assets.dist, name), join(temporary, 'dist', name));
  for (const name of neededMedia) {
    if (await exists(join(assets.media, name))) await cp(join(assets.media, name), join(temporary, 'media', name), { recursive: true });
  }
  await (await open(join(temporary, 'complete'), 'w')).close();
  try {
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!(await exists(join(target, 'complete')))) throw error;
  }
  return target;
}

async function readBundle(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new RunnerError('launch_failed', `${path} is missing.`, 'Build Podium (npm run build) or install it again.', { cause });
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * A real node of version 20 or newer when there is one, else this process's own executable as
 * Node: a runner on Electron's binary would keep VS Code's files in use during an update.
 */
async function nodeCommand(): Promise<{ command: string; env: NodeJS.ProcessEnv }> {
  const env = { ...process.env };
  // Set by VS Code for its own children; they change how a Node process starts.
  for (const name of Object.keys(env)) {
    if (name.startsWith('VSCODE_') || name === 'NODE_OPTIONS' || name === 'ELECTRON_RUN_AS_NODE') delete env[name];
  }
  if (!process.versions['electron']) return { command: process.execPath, env };
  try {
    const { stdout } = await promisify(execFile)('node', ['--version'], { env, timeout: 5_000 });
    const major = Number(/^v(\d+)\./.exec(stdout)?.[1]);
    if (major >= 20) return { command: 'node', env };
  } catch {
    // No node on the PATH: the editor's own executable can do it.
  }
  return { command: process.execPath, env: { ...env, ELECTRON_RUN_AS_NODE: '1' } };
}

/** Folder of the program copy that this file runs from; used by clean-up to keep it. */
export const programFolder = (): string => dirname(findAssets().media);
