import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { podiumHome, podiumHomePath } from '../../../../src/node/storage/podiumHome';

describe('podiumHomePath', () => {
  it.each<[string, NodeJS.ProcessEnv, NodeJS.Platform, string]>([
    ['the variable wins', { PODIUM_HOME: '/p', XDG_DATA_HOME: '/x' }, 'linux', '/p'],
    ['XDG data', { XDG_DATA_HOME: '/x' }, 'linux', '/x/podium'],
    ['XDG default', {}, 'linux', '/home/ann/.local/share/podium'],
    ['a relative XDG path is ignored', { XDG_DATA_HOME: 'x' }, 'linux', '/home/ann/.local/share/podium'],
    ['Application Support', { XDG_DATA_HOME: '/x' }, 'darwin', '/home/ann/Library/Application Support/Podium'],
    ['LOCALAPPDATA', { LOCALAPPDATA: 'C:\\Users\\ann\\L' }, 'win32', 'C:\\Users\\ann\\L\\Podium'],
  ])('%s', (_what, env, platform, expected) => {
    expect(podiumHomePath(env, platform, '/home/ann')).toBe(expected);
  });

  it('makes a relative PODIUM_HOME absolute', () => {
    expect(podiumHomePath({ PODIUM_HOME: 'here' })).toBe(resolve('here'));
  });
});

describe.skipIf(process.platform === 'win32')('podiumHome', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'podium-home-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is made for its owner only, also when it existed for everybody', async () => {
    const fresh = podiumHome({ PODIUM_HOME: join(folder, 'a', 'b') });
    expect((await stat(fresh)).mode & 0o777).toBe(0o700);
    const open = join(folder, 'open');
    await mkdir(open, { mode: 0o755 });
    podiumHome({ PODIUM_HOME: open });
    expect((await stat(open)).mode & 0o777).toBe(0o700);
  });
});
