import { describe, expect, it } from 'vitest';
import { parseGpuChoice, type GpuCard, type GpuOffer } from '../../../../src/core/runtime/gpu';
import { planGpus, type GpuQuestion } from '../../../../src/core/runtime/gpuPlan';
import { RuntimeError } from '../../../../src/core/runtime/runtimeError';

const card = (index: number, memoryMb: number): GpuCard => ({ index: String(index), uuid: `GPU-${index}`, name: 'NVIDIA L4', load: 0, memoryMb, memoryLimitMb: 23034 });
const two: GpuOffer = { usable: 'yes', why: 'this machine\'s cards', cards: [card(0, 900), card(1, 4)] };
const unlisted: GpuOffer = { usable: 'unsure', why: 'the engine does not say' };
const nothing: GpuOffer = { usable: 'no', why: 'there is no nvidia-smi', nextStep: 'Install the driver' };
const plan = (question: Partial<GpuQuestion>) => planGpus({ choice: 'auto', need: 'optional', offer: two, held: new Map(), ...question });

function refusal(question: Partial<GpuQuestion>): RuntimeError {
  try {
    plan(question);
  } catch (error) {
    if (RuntimeError.is(error)) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('which GPUs a run gets', () => {
  it('is none, without a word, where the competition asks for none', () => {
    expect(plan({ need: 'none' })).toEqual({ grant: 'none', take: [], elseCpu: false });
    expect(plan({ choice: 'none' })).toEqual({ grant: 'none', take: [], elseCpu: false });
    expect(plan({ choice: 'none', need: 'required' }).line).toContain('as chosen');
  });

  it('is by itself the free card with the most free memory', () => {
    expect(plan({})).toMatchObject({ grant: ['GPU-1'], take: ['GPU-1'], elseCpu: true, line: 'GPU: 1 NVIDIA L4 (GPU-1).' });
    expect(plan({ held: new Map([['GPU-1', 'r1']]) })).toMatchObject({ grant: ['GPU-0'], take: ['GPU-0'] });
    expect(plan({ need: 'required' }).elseCpu).toBe(false);
  });

  it('leaves cards alone that another run has, unless the person names them', () => {
    const held = new Map([['GPU-0', 'r1'], ['GPU-1', 'r2']]);
    expect(plan({ held })).toMatchObject({ grant: 'none', line: expect.stringContaining('(r1, r2)') as string });
    expect(refusal({ held, need: 'required' })).toMatchObject({ reason: 'no_gpu', nextStep: expect.stringContaining('--gpu 0') as string });
    expect(plan({ held, choice: ['0'] })).toMatchObject({ grant: ['GPU-0'], line: expect.stringContaining('GPU 0 is also used by run r1.') as string });
    expect(plan({ held, choice: 'all' }).grant).toEqual(['GPU-0', 'GPU-1']);
  });

  it('falls back to the CPU with one line where a GPU is optional, and says so where it is not', () => {
    expect(plan({ offer: nothing })).toEqual({ grant: 'none', take: [], elseCpu: false, line: 'No GPU: there is no nvidia-smi. The run uses the CPU.' });
    const error = refusal({ offer: nothing, need: 'required' });
    expect(error).toMatchObject({ reason: 'no_gpu', message: 'This competition needs a GPU. No GPU can be used: there is no nvidia-smi.' });
    expect(error.nextStep).toBe('Install the driver, or run on the CPU (GPU "none", on the command line --gpu none).');
  });

  it('is by number, by UUID or by the engine\'s name, each card once', () => {
    expect(plan({ choice: ['1', 'GPU-1', 'nvidia.com/gpu=1'] })).toMatchObject({ grant: ['GPU-1'], take: ['GPU-1'], elseCpu: false });
    const error = refusal({ choice: ['0', '7'] });
    expect(error).toMatchObject({ reason: 'unknown_gpu', message: 'There is no GPU "7". There are: 0 NVIDIA L4 (GPU-0), 1 NVIDIA L4 (GPU-1).' });
  });

  it('is left to the engine where the cards cannot be listed', () => {
    expect(plan({ offer: unlisted })).toMatchObject({ grant: 'all', take: [], elseCpu: true });
    expect(plan({ offer: unlisted, choice: ['7'] })).toMatchObject({ grant: ['7'], take: [], elseCpu: false });
    expect(plan({ offer: nothing, choice: 'all' })).toMatchObject({ grant: 'all', take: [] });
    expect(refusal({ offer: { ...nothing, cards: [] }, choice: 'all' })).toMatchObject({ reason: 'no_gpu' });
  });
});

describe('what a person may write', () => {
  it.each([
    ['', 'auto'],
    [' all ', 'all'],
    ['none', 'none'],
    ['0, 1,0', ['0', '1']],
    ['MIG-GPU-1/9/0', ['MIG-GPU-1/9/0']],
    ['nvidia.com/gpu=0', ['nvidia.com/gpu=0']],
  ])('%j', (text, choice) => expect(parseGpuChoice(text)).toEqual(choice));
  it.each(['0,', '-1', 'all,0', 'a b', '0;rm'])('not %j', (text) => expect(parseGpuChoice(text)).toBeUndefined());
});
