import type * as fs from 'node:fs/promises';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProcessLock } from '../../../src/node/storage/processLock';

/** Awaited before a file is removed or renamed: a process that the system lets wait just then. */
const late = vi.hoisted(() => ({ before: async (_path: string): Promise<void> => undefined }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const rename: typeof real.rename = async (from, to) => (await late.before(String(from)), await real.rename(from, to));
  const remove: typeof real.rm = async (what, options) => (await late.before(String(what)), await real.rm(what, options));
  return { ...real, rename, rm: remove };
});

let folder: string;
let path: string;
const dead = { pid: 2 ** 22 + 1, started: '1', host: hostname() };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a process lock', () => {
  it('of a dead process goes to one, also when a second one comes while the first is removing it', async () => {
    await writeFile(path, JSON.stringify(dead));
    let second: Awaited<ReturnType<typeof ProcessLock.take>> | undefined;
    late.before = async (file) => {
      if (file !== path || second !== undefined) return;
      late.before = () => Promise.resolve();
      second = await ProcessLock.take(path);
    };
    const first = await ProcessLock.take(path);
    expect(second).toBeDefined();
    const taken = [first, second].filter((one) => one instanceof ProcessLock);
    expect(taken).toHaveLength(1);
    await taken[0]?.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is had although a process was killed while it removed a stale one', async () => {
    await writeFile(path, JSON.stringify(dead));
    await writeFile(`${path}.0123456789ab.taking`, JSON.stringify(dead));
    const lock = await ProcessLock.take(path, 'mine');
    expect(lock).toBeInstanceOf(ProcessLock);
    if (lock instanceof ProcessLock) await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is waited for, and held by one at a time', async () => {
    let inside = 0;
    const most: number[] = [];
    const results = await Promise.all(Array.from({ length: 10 }, (_, n) => ProcessLock.during(path, async () => {
      most.push((inside += 1));
      await new Promise((done) => setTimeout(done, 1));
      inside -= 1;
      return n;
    })));
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Math.max(...most)).toBe(1);
    await expect(ProcessLock.during(path, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(await readdir(folder)).toEqual([]);
  });
});
