import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { CancelledError } from '../../core/errors';
import { RuntimeError } from '../../core/runtime/runtimeError';
import type { MachineProbe } from '../machineProbe';
import { askInterpreter, candidates, environmentCommand, environmentFolder, environmentPackages, neededLibraries, type InterpreterSearch } from './interpreter';

/** How many of a program's last lines are kept to say why it failed. */
const keptLines = 60;

/** What pip needs of the environment; a key has no business in what it builds. */
const passedOn = /^(PATH|HOME|LANG|LC_ALL|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|PIP_.*|XDG_(CONFIG|CACHE)_.*|(https?|no|all)_proxy)$/i;

const environmentOf = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(env).filter(([name]) => passedOn.test(name)));

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/**
 * Runs a program to its end and hands on each line that it prints.
 * @throws CancelledError when aborted, once the program and what it started have been ended
 */
function follow(command: string, args: readonly string[], env: NodeJS.ProcessEnv, line: (text: string) => void, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new CancelledError());
    // A group of its own: pip starts compilers, which must not outlive a cancel.
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const lines: string[] = [];
    const take = (text: string): void => {
      lines.push(text);
      if (lines.length > keptLines) lines.shift();
      line(text);
    };
    const rests = [child.stdout, child.stderr].map((stream) => {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (data: string) => {
        const parts = (rest + data).split(/\r?\n|\r/);
        rest = parts.pop() ?? '';
        for (const part of parts) if (part.trim()) take(part.trim());
      });
      return () => rest;
    });
    const abort = (): void => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') reject(error as Error);
      }
    };
    signal.addEventListener('abort', abort, { once: true });
    const settle = (action: () => void): void => {
      signal.removeEventListener('abort', abort);
      action();
    };
    child.once('error', (error) => settle(() => reject(error)));
    child.once('close', (code) =>
      settle(() => {
        for (const rest of rests) if (rest().trim()) take(rest().trim());
        if (signal.aborted) reject(new CancelledError());
        else resolve({ code, lines });
      }),
    );
  });
}

/** The lines that say what went wrong: those marked as errors, else the last ones. */
function reasonOf(lines: readonly string[]): string {
  const marked = lines.filter((text) => /^(error|fatal)\b/i.test(text)).map((text) => text.replace(/^error:\s*/i, ''));
  return (marked.length > 0 ? marked.slice(-2) : lines.slice(-3)).join(' ').slice(0, 500) || 'it said nothing';
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** What to do about a failure that has a usual cause. */
function remedyFor(lines: readonly string[], byHand: string): string {
  const text = lines.join('\n');
  if (/ensurepip is not available|No module named (venv|ensurepip)/.test(text)) return 'Install the venv module (on Debian or Ubuntu: `sudo apt-get install python3-venv`), then try again.';
  if (/NewConnectionError|Name or service not known|Temporary failure in name resolution|ConnectTimeout|Network is unreachable|ProxyError/.test(text)) {
    return `The package index cannot be reached: check the network or pip's settings, then try again or by hand: ${byHand}`;
  }
  if (/No space left on device/.test(text)) return 'Free some disk space, then try again.';
  return `Try it by hand: ${byHand}`;
}

/**
 * Makes an environment in `home` with the needed libraries, and tells each line that pip prints.
 * Only on the person's explicit wish: it downloads packages. One that is there and complete is
 * taken as it is; nothing half-made is left behind.
 * @returns the interpreter's path
 * @throws RuntimeError `no_python`, `environment_failed`
 * @throws CancelledError when aborted; no process is left
 */
export async function makeEnvironment(search: InterpreterSearch, progress: (line: string) => void, signal: AbortSignal): Promise<string> {
  const folder = environmentFolder(search.home);
  const python = join(folder, 'bin', 'python3');
  const isComplete = (probe: MachineProbe | undefined): boolean => probe !== undefined && neededLibraries.every((library) => library in probe.libraries);
  if (isComplete(await askInterpreter(python, [], search.env))) return python;
  let base: MachineProbe | undefined;
  for (const file of candidates(search)) if (!file.startsWith(folder + sep)) base ??= await askInterpreter(file, [], search.env);
  if (!base) throw new RuntimeError('no_python', 'No Python 3.9 or newer was found.', 'Install Python, then try again.');
  const byHand = environmentCommand(base.executable, search.home);
  const failed = (what: string, lines: readonly string[], cause?: unknown): RuntimeError =>
    new RuntimeError('environment_failed', `${what}: ${sentence(reasonOf(lines))}`, remedyFor(lines, byHand), { cause });
  const env = environmentOf(search.env);
  try {
    progress(`Making an environment of Python ${base.python} in ${folder} …`);
    const made = await follow(base.executable, ['-m', 'venv', '--clear', folder], env, progress, signal);
    if (made.code !== 0) throw failed(`${base.executable} could not make an environment in ${folder}`, made.lines);
    progress(`Installing ${environmentPackages.join(', ')} …`);
    const options = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
    const installed = await follow(python, ['-m', 'pip', 'install', ...options, ...environmentPackages], env, progress, signal);
    if (installed.code !== 0) throw failed('pip could not install the libraries', installed.lines);
    if (!isComplete(await askInterpreter(python, [], search.env))) throw failed(`The environment in ${folder} does not work`, installed.lines);
    return python;
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    if (error instanceof RuntimeError || CancelledError.is(error)) throw error;
    throw failed('The environment could not be made', [error instanceof Error ? error.message : String(error)], error);
  }
}
