import { existsSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WorkTree } from '../../../../src/node/local/workTree';

let folder: string;
let tree: WorkTree;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-tree-'));
  await mkdir(join(folder, 'work'));
  await mkdir(join(folder, 'secret'));
  await writeFile(join(folder, 'secret', 'answers.csv'), 'id,y\n');
  tree = new WorkTree(join(folder, 'work'), '/data');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('files of a sandbox, seen from outside', () => {
  it('are written with a link to the data beside them', async () => {
    await tree.put('a1', [{ path: 'x/y.txt', content: 'one' }]);
    await tree.put('a1', [{ path: 'x/y.txt', content: 'two' }]);
    expect(await readFile(join(folder, 'work', 'a1', 'x', 'y.txt'), 'utf8')).toBe('two');
    expect(readlinkSync(join(folder, 'work', 'a1', 'data'))).toBe('/data');
    expect(await tree.list('a1')).toEqual([{ path: 'x/y.txt', bytes: 3 }]);
  });

  it('lie beside the data again when the link was turned elsewhere', async () => {
    await mkdir(join(folder, 'work', 'a1'));
    await symlink(join(folder, 'work'), join(folder, 'work', 'a1', 'data'));
    await tree.put('a1', []);
    expect(readlinkSync(join(folder, 'work', 'a1', 'data'))).toBe('/data');
  });

  it('are never read through a link, of a file or of a folder', async () => {
    await tree.put('a1', []);
    await symlink(join(folder, 'secret', 'answers.csv'), join(folder, 'work', 'a1', 'submission.csv'));
    await symlink(join(folder, 'secret'), join(folder, 'work', 'a1', 'sub'));
    await symlink(join(folder, 'secret'), join(folder, 'work', 'a2'));
    expect(await tree.get('a1', 'submission.csv', 1000)).toBeUndefined();
    expect(await tree.get('a1', 'sub/answers.csv', 1000)).toBeUndefined();
    expect(await tree.get('a2', 'answers.csv', 1000)).toBeUndefined();
    expect(await tree.list('a1')).toEqual([]);
    expect(await tree.list('a2')).toEqual([]);
  });

  it('are never written or deleted through a link', async () => {
    await tree.put('a1', []);
    await symlink(join(folder, 'secret'), join(folder, 'work', 'a1', 'sub'));
    await symlink(join(folder, 'secret', 'answers.csv'), join(folder, 'work', 'a1', 'out.csv'));
    await tree.remove('a1', ['sub/answers.csv']);
    await tree.put('a1', [
      { path: 'sub/answers.csv', content: 'changed' },
      { path: 'out.csv', content: 'changed' },
    ]);
    expect(await readFile(join(folder, 'secret', 'answers.csv'), 'utf8')).toBe('id,y\n');
    expect(await readFile(join(folder, 'work', 'a1', 'sub', 'answers.csv'), 'utf8')).toBe('changed');
    expect(await readFile(join(folder, 'work', 'a1', 'out.csv'), 'utf8')).toBe('changed');
  });

  it('replace a folder that is in the way, and put the data link back', async () => {
    await tree.put('a1', [{ path: 'x/y.txt', content: '1' }]);
    await rm(join(folder, 'work', 'a1', 'data'));
    await mkdir(join(folder, 'work', 'a1', 'data'));
    await writeFile(join(folder, 'work', 'a1', 'data', 'train.csv'), 'faked');
    await tree.put('a1', [{ path: 'x', content: 'now a file' }]);
    expect(await tree.list('a1')).toEqual([{ path: 'x', bytes: 10 }]);
    expect(existsSync(join(folder, 'work', 'a1', 'data', 'train.csv'))).toBe(false);
  });

  it('above the limit are not read', async () => {
    await tree.put('a1', [{ path: 'big', content: 'x'.repeat(11) }]);
    expect(await tree.get('a1', 'big', 10)).toBeUndefined();
    expect((await tree.get('a1', 'big', 11))?.length).toBe(11);
  });
});
