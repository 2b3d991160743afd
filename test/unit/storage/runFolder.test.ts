import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeRunFolder } from '../../../src/node/storage/runFolder';
import { config } from '../environment/fakes';

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-folder-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

describe('the folder of a run', () => {
  it('is made with its workspace, and kept out of version control', async () => {
    const folder = await makeRunFolder(join(scratch, 'new', 'workspace'), config());
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it.skipIf(process.platform !== 'linux')('is refused at once where no folder can be made', async () => {
    await expect(makeRunFolder('/proc', config())).rejects.toMatchObject({ reason: 'write_failed', message: expect.stringContaining('/proc/.podium') as string });
    await expect(makeRunFolder('/proc/no/such', config())).rejects.toMatchObject({ reason: 'write_failed' });
  });

  it('is refused below a file', async () => {
    await writeFile(join(scratch, 'file'), '');
    await expect(makeRunFolder(join(scratch, 'file'), config())).rejects.toMatchObject({ reason: 'write_failed' });
  });
});
