import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bridgeFile, bubblewrapForm, root } from './forms';
import { bundles } from '../../esbuild.mjs';
import { processesOf } from './conformance';

/** The user `nobody`: no rights, no home. Only root can become it; others are ordinary users already and are tested by the conformance suite. */
const nobody = 65534;

describe.skipIf(bubblewrapForm.missing !== undefined || process.getuid?.() !== 0)('the local sandbox of an ordinary user', () => {
  let folder: string;
  let seen: Record<string, unknown>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-nobody-'));
    await chmod(folder, 0o755);
    const program = join(folder, 'program.js');
    await build({ ...bundles.cli, entryPoints: { program: join(root, 'test', 'runtime', 'ordinaryUser.ts') }, absWorkingDir: root, outdir: folder, sourcemap: false, banner: {} });
    const data = join(folder, 'data');
    const home = join(folder, 'home');
    await mkdir(data);
    await writeFile(join(data, 'train.csv'), 'id,x\n1,2\n2,3\n');
    await mkdir(home);
    await chown(home, nobody, nobody);
    // The checkout may lie where others cannot read.
    await copyFile(bridgeFile, join(folder, 'bridge.py'));
    const env = { PATH: process.env.PATH, HOME: home };
    const { stdout } = await promisify(execFile)(process.execPath, [program, home, data, join(folder, 'bridge.py'), `nobody-${process.pid}`], { uid: nobody, gid: nobody, cwd: home, env });
    seen = JSON.parse(stdout) as Record<string, unknown>;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('isolates, runs scripts and cells, and gives back their files', () => {
    expect(seen).toMatchObject({ uid: nobody, isolation: 'bubblewrap', script: { status: 'done', text: expect.stringContaining('2 10001') }, cell: { status: 'done', text: '42' } });
    expect(seen['files']).toEqual(['made.txt', 'main.py']);
  });

  it('holds its limits without control groups', () => {
    expect(seen).toMatchObject({ memory: 'out_of_memory', forks: expect.stringMatching(/fork|Resource temporarily unavailable/i), late: 'timeout' });
  });

  it('leaves nothing', async () => {
    expect(await readdir(join(folder, 'home', 'sandboxes'))).toEqual([]);
    expect(processesOf(`nobody-${process.pid}`).filter((line) => line.includes('bridge.py'))).toEqual([]);
  });
});
