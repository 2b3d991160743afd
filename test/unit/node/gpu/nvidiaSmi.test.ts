import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askCards, hostTool, parseCards, type CardAnswer } from '../../../../src/node/gpu/nvidiaSmi';
import { fakeNvidiaSmi, smi, type SmiScript } from '../../../fakes/nvidiaSmi';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-smi-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ask = async (script: SmiScript): Promise<CardAnswer> => askCards(hostTool({ PATH: await fakeNvidiaSmi(folder, script) }));

describe("NVIDIA's tool", () => {
  it('lists the cards with load and memory', async () => {
    expect(await ask(smi.two)).toEqual({
      cards: [
        { index: '0', uuid: 'GPU-11111111-0000-0000-0000-000000000000', name: 'NVIDIA A100-SXM4-40GB', load: 0, memoryMb: 4, memoryLimitMb: 40960 },
        { index: '1', uuid: 'GPU-22222222-0000-0000-0000-000000000000', name: 'NVIDIA A100-SXM4-40GB', load: 0.98, memoryMb: 39012, memoryLimitMb: 40960 },
      ],
    });
  });

  it('takes what a card does not tell for unknown, not for zero', async () => {
    expect(await ask(smi.shared)).toEqual({ cards: [{ index: '0', uuid: 'GPU-33333333-0000-0000-0000-000000000000', name: 'NVIDIA GB10', load: null, memoryMb: null, memoryLimitMb: null }] });
  });

  it('lists the slices of a card that is cut up, in its place', async () => {
    const { cards = [] } = await ask(smi.mig);
    expect(cards.map(({ index, uuid, name }) => [index, uuid, name])).toEqual([
      ['0:0', 'MIG-aaaaaaaa-0000-0000-0000-000000000000', 'NVIDIA A100-SXM4-40GB MIG 3g.20gb'],
      ['0:1', 'MIG-GPU-11111111-0000-0000-0000-000000000000/9/0', 'NVIDIA A100-SXM4-40GB MIG 1g.5gb'],
      ['1', 'GPU-22222222-0000-0000-0000-000000000000', 'NVIDIA A100-SXM4-40GB'],
    ]);
  });

  it.each([
    ['noDriver', "couldn't communicate with the NVIDIA driver"],
    ['mismatch', 'Driver/library version mismatch'],
    ['none', 'No devices were found'],
  ] as const)('says in its own words why there is none: %s', async (name, words) => {
    expect(await ask(smi[name])).toEqual({ why: expect.stringContaining(words) as string });
  });

  it('is missed where there is no driver', async () => {
    expect(await askCards(hostTool({ PATH: folder }))).toEqual({ why: expect.stringContaining('no nvidia-smi') as string });
  });

  it('is read with care, since in a container its words may be anyone\'s', () => {
    const odd = `not, a, row\n0, GPU-1, ${'x'.repeat(500)}\u001b[31m, 900, -3, 1e9\n${'1, GPU-2, card, 1, 2, 3\n'.repeat(500)}`;
    const cards = parseCards(odd);
    expect(cards).toHaveLength(64);
    expect(cards[0]).toEqual({ index: '0', uuid: 'GPU-1', name: 'x'.repeat(80), load: 1, memoryMb: null, memoryLimitMb: null });
  });
});
