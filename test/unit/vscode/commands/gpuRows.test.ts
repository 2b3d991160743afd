import { describe, expect, it } from 'vitest';
import { cardRows, gpuOf } from '../../../../src/vscode/commands/gpuRows';

describe('rows of the GPU picker', () => {
  it('name each card with memory, load and the run that has it', () => {
    const cards = [
      { index: '0', uuid: 'GPU-a', name: 'NVIDIA L4', load: 0.734, memoryMb: 11469, memoryLimitMb: 23034 },
      { index: '1:0', uuid: 'MIG-b', name: 'NVIDIA A100 MIG 3g.20gb', load: null, memoryMb: null, memoryLimitMb: null },
    ];
    expect(cardRows({ offer: { usable: 'yes', why: 'here', cards }, held: new Map([['GPU-a', '7 on Palmer Penguins']]) })).toEqual([
      { label: '$(chip) 0: NVIDIA L4', description: '11.2 of 22.5 GB used, 73 % load, run 7 on Palmer Penguins', value: 'GPU-a' },
      { label: '$(chip) 1:0: NVIDIA A100 MIG 3g.20gb', description: '', value: 'MIG-b' },
    ]);
  });

  it('explain why there is none, and cannot be chosen then', () => {
    const none = { usable: 'no', why: 'the engine has no GPU support', nextStep: "Install NVIDIA's container toolkit" } as const;
    expect(cardRows({ offer: none, held: new Map() })).toMatchObject([
      { label: '$(circle-slash) No GPU can be used', detail: 'The engine has no GPU support.', inert: true },
      { label: '$(lightbulb) What helps', detail: "Install NVIDIA's container toolkit.", inert: true },
    ]);
    expect(cardRows({ offer: { usable: 'unsure', why: 'the image is not there' }, held: new Map() })).toMatchObject([{ label: '$(question) The cards are not listed', inert: true }]);
  });

  it('a setting that names no GPU is refused', () => {
    expect(gpuOf('0,1')).toEqual(['0', '1']);
    expect(() => gpuOf('a b')).toThrowError(expect.objectContaining({ reason: 'unknown_gpu' }) as Error);
  });
});
