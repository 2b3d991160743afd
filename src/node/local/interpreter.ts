import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { parseProbe, probeQuestion, probeScript, type MachineProbe } from '../machineProbe';

const execFileAsync = promisify(execFile);

/** What every competition needs; the rest is used when it is there. */
export const neededLibraries = ['sklearn', 'pandas'] as const;

export interface InterpreterSearch {
  /** The setting, or the editor's active environment: tried first, and alone when it is set and works. */
  readonly python?: string;
  readonly env: NodeJS.ProcessEnv;
  /** PODIUM_HOME: the environment that Podium makes lies below it. */
  readonly home: string;
}

/** Folder of the environment that Podium makes on request. */
export const environmentFolder = (home: string): string => join(home, 'python');

/** Interpreters worth a try, best first. */
export function candidates(search: InterpreterSearch): string[] {
  const { env, python, home } = search;
  const found: string[] = [];
  for (const given of [python, env.PODIUM_PYTHON]) if (given) found.push(given);
  const bin = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python3'];
  for (const prefix of [env.VIRTUAL_ENV, env.CONDA_PREFIX, environmentFolder(home)]) if (prefix) found.push(join(prefix, ...bin));
  for (const folder of (env.PATH ?? '').split(delimiter)) if (folder) found.push(join(folder, 'python3'));
  found.push('/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3');
  return [...new Set(found)].filter((file) => existsSync(file));
}

/** Asks an interpreter what it is; undefined when it does not start or is older than 3.9. */
export async function askInterpreter(file: string, roots: readonly string[], env: NodeJS.ProcessEnv): Promise<MachineProbe | undefined> {
  try {
    // Not the whole environment: a key has no business in any child, and PYTHONPATH would mislead.
    const clean = { PATH: env.PATH, HOME: env.HOME, PYTHONNOUSERSITE: '1', PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout } = await execFileAsync(file, ['-I', '-c', probeScript, probeQuestion(roots)], { env: clean, timeout: 60_000, maxBuffer: 8 << 20 });
    const probe = parseProbe(stdout);
    const [major = 0, minor = 0] = probe.python.split('.').map(Number);
    return major === 3 && minor >= 9 ? probe : undefined;
  } catch {
    // A broken shim or a foreign binary is no candidate; the caller says so when none is left.
    return undefined;
  }
}

/** What an environment made by Podium gets, by the names of packages. */
export const environmentPackages = ['scikit-learn', 'pandas', 'ipykernel'] as const;

/** The command that a person can run to get what is missing. */
export function environmentCommand(python: string, home: string): string {
  const folder = environmentFolder(home);
  return `${python} -m venv ${folder} && ${join(folder, 'bin', 'pip')} install ${environmentPackages.join(' ')}`;
}

/**
 * The first interpreter that has the needed libraries.
 * @throws RuntimeError `no_python`, `missing_libraries` (names them and the command to get them)
 */
export async function findInterpreter(search: InterpreterSearch): Promise<MachineProbe> {
  let best: { file: string; missing: string[] } | undefined;
  for (const file of candidates(search)) {
    const probe = await askInterpreter(file, [], search.env);
    if (!probe) continue;
    const missing = neededLibraries.filter((library) => !(library in probe.libraries));
    if (missing.length === 0) return probe;
    if (!best || missing.length < best.missing.length) best = { file: probe.executable, missing };
  }
  if (!best) throw new RuntimeError('no_python', 'No Python 3.9 or newer was found.', 'Install Python, or set `podium.python` or PODIUM_PYTHON to an interpreter.');
  throw new RuntimeError(
    'missing_libraries',
    `${best.file} lacks ${best.missing.join(' and ')}, and no other Python here has them.`,
    `Make an environment with \`podium doctor --make-python\`, or by hand: ${environmentCommand(best.file, search.home)}`,
  );
}
