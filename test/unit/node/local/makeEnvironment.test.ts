import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../../src/core/errors';
import { makeEnvironment } from '../../../../src/node/local/makeEnvironment';
import { isAlive, waitUntil } from '../../../../src/node/local/processes';

let folder: string;
let home: string;
const never = (): AbortSignal => new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-environment-'));
  home = join(folder, 'home');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const answer = (libraries: Record<string, string>): string => JSON.stringify({ python: '3.11.0', executable: join(folder, 'python3'), prefixes: [], path: [], libraries, directories: [], files: [] });
const complete = { sklearn: '1.5', pandas: '2.2' };

/** Shell texts of what a stand-in Python does, by what it is asked for. */
interface Behaviour {
  readonly venv?: string;
  readonly pip?: string;
  /** Of the environment once pip has run. */
  readonly libraries?: Record<string, string>;
}

/** A Python without libraries that makes environments whose pip does as told. */
async function standIn({ venv = ':', pip = 'echo Successfully installed', libraries = complete }: Behaviour = {}): Promise<void> {
  const inner = join(folder, 'inner');
  await writeFile(
    inner,
    `#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
  "-I -c") if [ -e "$here/installed" ]; then echo '${answer(libraries)}'; else echo '${answer({})}'; fi ;;
  "-m pip") env > '${folder}/pip-env'; ( ${pip} ) && touch "$here/installed" ;;
esac
`,
  );
  const outer = join(folder, 'python3');
  await writeFile(
    outer,
    `#!/bin/sh
case "$1 $2" in
  "-I -c") echo '${answer({})}' ;;
  "-m venv") ( ${venv} ) && mkdir -p "$4/bin" && cp '${inner}' "$4/bin/python3" && chmod +x "$4/bin/python3" ;;
esac
`,
  );
  await chmod(outer, 0o755);
}

const make = (progress: (line: string) => void = () => undefined, signal = never()): Promise<string> =>
  makeEnvironment({ python: join(folder, 'python3'), env: { PATH: process.env.PATH, OPENAI_API_KEY: 'sk-never', PIP_INDEX_URL: 'file:///mirror' }, home }, progress, signal);

describe('an environment for the local sandbox', () => {
  it('is made with progress, without the keys of this process', async () => {
    await standIn({ pip: 'echo Collecting scikit-learn; printf "half "; echo line >&2; printf last' });
    const lines: string[] = [];
    expect(await make((line) => lines.push(line))).toBe(join(home, 'python', 'bin', 'python3'));
    expect(lines).toEqual(expect.arrayContaining([expect.stringContaining('Making an environment of Python 3.11.0'), expect.stringContaining('Installing scikit-learn, pandas, ipykernel'), 'Collecting scikit-learn', 'line']));
    expect(lines.at(-1)).toContain('last');
    const env = await readFile(join(folder, 'pip-env'), 'utf8');
    expect(env).toContain('PIP_INDEX_URL=file:///mirror');
    expect(env).not.toContain('sk-never');
  });

  it('is taken as it is when it is complete', async () => {
    await standIn();
    await make();
    await standIn({ venv: 'exit 9' });
    expect(await make()).toBe(join(home, 'python', 'bin', 'python3'));
  });

  it('says what pip said, and leaves nothing half-made', async () => {
    await standIn({ pip: 'echo "Looking in indexes"; echo "WARNING: Retrying after NewConnectionError" >&2; echo "ERROR: No matching distribution found for scikit-learn" >&2; exit 1' });
    await expect(make()).rejects.toMatchObject({ reason: 'environment_failed', message: 'pip could not install the libraries: No matching distribution found for scikit-learn.', nextStep: expect.stringContaining('check the network') });
    expect(existsSync(join(home, 'python'))).toBe(false);
  });

  it('names the package that Debian keeps venv in', async () => {
    await standIn({ venv: 'echo "The virtual environment was not created successfully because ensurepip is not available."; exit 1' });
    await expect(make()).rejects.toMatchObject({ reason: 'environment_failed', nextStep: expect.stringContaining('python3-venv') });
  });

  it('is looked at before it is handed out', async () => {
    await standIn({ libraries: { pandas: '2.2' } });
    await expect(make()).rejects.toMatchObject({ reason: 'environment_failed', message: expect.stringContaining('does not work') });
    expect(existsSync(join(home, 'python'))).toBe(false);
  });

  it('is given up when cancelled, with no process left', async () => {
    const pidFile = join(folder, 'pid');
    await standIn({ pip: `sleep 600 & echo $! > '${pidFile}'; echo downloading; wait` });
    const controller = new AbortController();
    const made = make((line) => {
      if (line === 'downloading') controller.abort();
    }, controller.signal);
    await expect(made).rejects.toSatisfy((error) => CancelledError.is(error));
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(pid).toBeGreaterThan(1);
    expect(await waitUntil(() => !isAlive(pid), 5000)).toBe(true);
    expect(existsSync(join(home, 'python'))).toBe(false);
  });

  it('is not begun when cancelled before', async () => {
    await standIn();
    await mkdir(home);
    await expect(make(undefined, AbortSignal.abort())).rejects.toSatisfy((error) => CancelledError.is(error));
    expect(existsSync(join(home, 'python'))).toBe(false);
  });
});
