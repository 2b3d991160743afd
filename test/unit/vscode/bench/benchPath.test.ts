import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BenchPathError, resolveBenchFile } from '../../../../src/vscode/bench/benchPath';

describe('resolveBenchFile', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-bench-'));
    await mkdir(join(folder, 'bench'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives a path inside the bench, also of a file and folder that do not exist yet', async () => {
    expect(await resolveBenchFile(join(folder, 'bench'), 'src/train.py')).toBe(join(folder, 'bench', 'src', 'train.py'));
  });

  it.each(['', '../x.py', '/etc/passwd', 'a/../../x.py', 'a\\b.py', '.', 'data/train.csv', 'x\0.py'])('refuses %j', async (path) => {
    await expect(resolveBenchFile(join(folder, 'bench'), path)).rejects.toBeInstanceOf(BenchPathError);
  });

  it('refuses a way out through a link', async () => {
    await symlink(folder, join(folder, 'bench', 'link'));
    await symlink(join(folder, 'outside.py'), join(folder, 'bench', 'file.py'));
    await expect(resolveBenchFile(join(folder, 'bench'), 'link/x.py')).rejects.toBeInstanceOf(BenchPathError);
    await expect(resolveBenchFile(join(folder, 'bench'), 'file.py')).rejects.toBeInstanceOf(BenchPathError);
  });
});
