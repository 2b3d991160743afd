import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GpuDesk } from '../../../../src/node/gpu/gpuDesk';
import { GpuLocks } from '../../../../src/node/gpu/gpuLocks';
import { askCards, hostTool } from '../../../../src/node/gpu/nvidiaSmi';
import type { GpuOffer } from '../../../../src/core/runtime/gpu';
import { fakeNvidiaSmi, smi } from '../../../fakes/nvidiaSmi';

const [idle, busy] = ['GPU-11111111-0000-0000-0000-000000000000', 'GPU-22222222-0000-0000-0000-000000000000'];
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'podium-desk-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const desk = (runId: string, choice: 'auto' | 'all' | string[] = 'auto') => new GpuDesk({ runId, choice, need: 'optional', image: 'gpu' }, home);
async function machine(): Promise<{ gpus(): Promise<GpuOffer> }> {
  const path = await fakeNvidiaSmi(join(home, 'bin'), smi.two);
  return { gpus: async () => ({ usable: 'yes', why: 'here', ...(await askCards(hostTool({ PATH: path }))) }) };
}

describe('cards and runs', () => {
  it('two runs never take the same card unasked', async () => {
    const runtime = await machine();
    const desks = ['r1', 'r2', 'r3'].map((runId) => desk(runId));
    // At the same moment, so that they race for the same one.
    const grants = (await Promise.all(desks.map((one) => one.claim(runtime)))).map((plan) => plan.grant);
    expect(grants.map(String).sort()).toEqual([idle, busy, 'none'].map(String).sort());
    for (const one of desks) await one.release();
    expect(await readdir(join(home, 'locks', 'gpu'))).toEqual([]);
    expect((await desk('r4').claim(runtime)).grant).toEqual([idle]);
  });

  it('a card that is named is shared, and the holder is said', async () => {
    const runtime = await machine();
    const first = desk('r1');
    await first.claim(runtime);
    const second = desk('r2', ['0']);
    expect(await second.claim(runtime)).toMatchObject({ grant: [idle], line: expect.stringContaining('also used by run r1') as string });
    await second.release();
    expect(await new GpuLocks(home).held()).toEqual(new Map([[idle, 'r1']]));
  });

  it('the lock of a killed runner is no lock', async () => {
    const runtime = await machine();
    await desk('r0').claim(runtime);
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    await writeFile(join(home, 'locks', 'gpu', `${busy}.lock`), JSON.stringify({ pid: child.pid, started: '1', host: hostname(), note: 'r-dead' }));
    expect((await desk('r1').claim(runtime)).grant).toEqual([busy]);
  });

  it('a sandbox that lives on has its cards again', async () => {
    const again = desk('r1');
    await again.keep([busy, 'MIG-GPU-1/9/0', '../../odd']);
    expect([...(await new GpuLocks(home).held()).keys()].sort()).toEqual([busy, 'MIG-GPU-1/9/0']);
    await again.release();
  });
});
