import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MachineProbe } from '../../../../src/node/machineProbe';
import { prefixesOutside, visibleRoots } from '../../../../src/node/local/bubblewrap';
import { candidates, findInterpreter } from '../../../../src/node/local/interpreter';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-python-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A stand-in that answers the probe as a Python of that version with those libraries. */
async function interpreter(path: string, python: string, libraries: Record<string, string>): Promise<string> {
  const answer: MachineProbe = { python, executable: path, prefixes: [folder], path: [], libraries, directories: [], files: [] };
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
  await chmod(path, 0o755);
  return path;
}

describe('the interpreter of the local sandbox', () => {
  it('is looked for in the setting, the variable, the active environment and the path, in this order', async () => {
    const setting = await interpreter(join(folder, 'setting'), '3.11.0', {});
    const variable = await interpreter(join(folder, 'variable'), '3.11.0', {});
    const active = await interpreter(join(folder, 'venv', 'bin', 'python3'), '3.11.0', {});
    const path = await interpreter(join(folder, 'path', 'python3'), '3.11.0', {});
    const env = { PODIUM_PYTHON: variable, VIRTUAL_ENV: join(folder, 'venv'), PATH: join(folder, 'path') };
    expect(candidates({ python: setting, env, home: folder }).slice(0, 4)).toEqual([setting, variable, active, path]);
  });

  it('is the first with the needed libraries; broken and old ones are passed over', async () => {
    const broken = join(folder, 'broken');
    await writeFile(broken, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    const old = await interpreter(join(folder, 'path', 'python3'), '3.8.1', { sklearn: '1', pandas: '2' });
    const good = await interpreter(join(folder, 'venv', 'bin', 'python3'), '3.12.1', { sklearn: '1.5', pandas: '2.2' });
    const probe = await findInterpreter({ python: broken, env: { PODIUM_PYTHON: old, VIRTUAL_ENV: join(folder, 'venv'), PATH: '' }, home: folder });
    expect(probe.executable).toBe(good);
  });
});

describe('what the sandbox sees of it', () => {
  const probe = (executable: string, prefixes: string[]): MachineProbe => ({ python: '3.11.0', executable, prefixes, path: [], libraries: {}, directories: [], files: [] });

  it('is the system alone for its own Python', () => {
    expect(visibleRoots(probe('/usr/bin/python3', ['/usr']))).toEqual(['/usr']);
  });

  it('is an environment and its base besides, without what lies in one of them', () => {
    expect(prefixesOutside(probe('/home/me/.venv/bin/python3', ['/home/me/.venv', '/opt/py', '/opt/py/lib'])).sort()).toEqual(['/home/me/.venv', '/opt/py']);
  });
});
