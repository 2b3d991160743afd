import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BenchPathError, resolveBenchFile } from '../../../../src/vscode/bench/benchPath';
import { lineEdits } from '../../../../src/vscode/bench/lineEdits';
import { merge } from '../../../../src/vscode/bench/merge';

/** Applies line edits as the editor does: all against the old text. */
function apply(before: string, after: string): string {
  const lines = before.split(/(?<=\n)/);
  for (const { start, end, text } of lineEdits(before, after).reverse()) lines.splice(start, end - start, text);
  return lines.join('');
}

describe('lineEdits', () => {
  it.each([
    ['a\nb\nc\n', 'a\nB\nc\n'],
    ['a\nb\nc', 'a\nb\nc\nd'],
    ['', 'a\nb\n'],
    ['a\nb\n', ''],
    ['x\na\nb\ny\n', 'a\nnew\nb\n'],
    ['a\nb\nc\nd\ne\n', 'a\nc\nd\nE\nf\n'],
  ])('leads from %j to %j', (before, after) => {
    expect(apply(before, after)).toBe(after);
  });

  it('leaves untouched lines out', () => {
    expect(lineEdits('a\nb\nc\n', 'a\nB\nc\n')).toEqual([{ start: 1, end: 2, text: 'B\n' }]);
  });
});

describe('merge', () => {
  const base = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n';

  it('joins changes that do not touch', () => {
    expect(merge(base, base.replace('eight', 'EIGHT'), base.replace('one', 'ONE'))).toBe(base.replace('one', 'ONE').replace('eight', 'EIGHT'));
  });

  it('refuses when both changed the same place', () => {
    expect(merge(base, base.replace('four', 'mine'), base.replace('four', 'theirs'))).toBeUndefined();
  });
});

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
