import { describe, expect, it } from 'vitest';
import { sortNumbers } from '../../../src/core/grading/sortNumbers';

describe('sorting many numbers', () => {
  const wave = (n: number, of: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => of((i * 7919) % n));
  it.each([
    ['few', wave(100, (i) => i - 50)],
    ['both signs', wave(10_007, (i) => (i - 5000) / 7)],
    ['both zeros', wave(10_007, (i) => [0, -0, 1, -1][i % 4]!)],
    ['all sizes', wave(10_007, (i) => (i % 2 === 0 ? 1 : -1) * 2 ** ((i % 2000) - 1000))],
    ['one value', wave(10_007, () => 0.3)],
    ['negatives only', wave(10_007, (i) => -i - 1)],
    ['the same upper half', wave(10_007, (i) => 0.5 + (i % 5003) * 2 ** -50)],
    ['runs of the same upper half', wave(10_007, (i) => ((i % 40) - 20) / 3 + ((i * 31) % 17) * 2 ** -48)],
    ['smallest and largest', wave(10_007, (i) => [5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE][i % 4]!)],
  ])('%s', (_name, values) => {
    const sorted = Float64Array.from(values).sort((a, b) => a - b);
    // + 0 makes both zeros one.
    expect(sortNumbers(values).map((value) => value + 0)).toEqual(sorted.map((value) => value + 0));
  });
  it('sorts a part of a larger buffer in place', () => {
    const whole = wave(10_007, (i) => -i);
    const part = whole.subarray(1, 5001);
    const [first, last] = [whole[0], whole[10_006]];
    const sorted = Float64Array.from(part).sort();
    sortNumbers(part);
    expect(part).toEqual(sorted);
    expect([whole[0], whole[10_006]]).toEqual([first, last]);
  });
});
