import { describe, expect, it } from 'vitest';
import {
  counted, decimalsFor, directionWords, formatChange, formatError, formatGpus, formatMemory, formatScore, formatShare, formatTime, isBetter, listGpus, ordinal,
} from '../../../webview/shared/format';

describe('numbers on screen', () => {
  it('writes scores with 4 decimals and a true minus', () => {
    expect(formatScore(0.9127)).toBe('0.9127');
    expect(formatScore(-0.00501)).toBe('\u22120.0050');
    expect(formatScore(-0.000001)).toBe('0.0000');
    expect(formatScore(null)).toBe('');
    expect(formatScore(Number.POSITIVE_INFINITY)).toBe('Infinity');
  });

  it('always signs changes', () => {
    expect(formatChange(0.0082)).toBe('+0.0082');
    expect(formatChange(-0.0055)).toBe('\u22120.0055');
    expect(formatChange(0)).toBe('+0.0000');
    expect(formatChange(null)).toBe('');
  });

  it('gives a standard error the precision of its score, and nothing where there is none', () => {
    expect(formatError(0.01312)).toBe('±0.0131');
    expect(formatError(0.2, 1)).toBe('±0.2');
    expect(formatError(null)).toBe('');
  });

  it('takes fewer decimals for a column of long numbers', () => {
    expect(decimalsFor([0.5, null, 2.4])).toBe(4);
    expect(decimalsFor([0.5, 16.2])).toBe(3);
    expect(decimalsFor([431])).toBe(2);
    expect(decimalsFor([-1800])).toBe(1);
    expect(decimalsFor([12_345.6])).toBe(0);
    expect(decimalsFor([Number.NaN])).toBe(4);
  });

  it('writes time as m:ss, from an hour h:mm:ss', () => {
    expect([0, 9.99, 65, 872, 3599.9, 3600, 36_061].map(formatTime)).toEqual(['0:00', '0:09', '1:05', '14:32', '59:59', '1:00:00', '10:01:01']);
    expect(formatTime(undefined)).toBe('');
    expect(formatTime(-3)).toBe('0:00');
  });

  it('writes shares, memory, places and counts', () => {
    expect(formatShare(0.0058)).toBe('0.6\u00a0%');
    expect(formatMemory(420, 4096)).toBe('0.41 of 4.00\u00a0GB');
    const card = { name: 'NVIDIA L4', load: 0.73, memoryMb: 11_469, memoryLimitMb: 24_564 };
    expect(formatGpus(undefined)).toBe('GPU none');
    expect(formatGpus([card])).toBe('GPU 73\u00a0%, 11.2 of 24.0\u00a0GB');
    expect(formatGpus([card, { ...card, load: 0, memoryMb: 0 }])).toBe('2\u00a0GPUs 37\u00a0%, 11.2 of 48.0\u00a0GB');
    expect(formatGpus([{ ...card, load: null }])).toBe('GPU 11.2 of 24.0\u00a0GB');
    expect(formatGpus([{ ...card, load: null, memoryMb: null }])).toBe('GPU not measured');
    expect(formatGpus([])).toBe('GPU not measured');
    expect(listGpus([card])).toBe('NVIDIA L4: 73\u00a0%, 11.2 of 24.0\u00a0GB');
    expect(listGpus([])).toBeUndefined();
    expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 113].map(ordinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd', '113th']);
    expect(counted(1, 'error')).toBe('1\u00a0error');
    expect(counted(3, 'error')).toBe('3\u00a0errors');
  });

  it('knows the direction', () => {
    expect(directionWords('minimize')).toBe('lower is better');
    expect(isBetter(1, 2, 'minimize')).toBe(true);
    expect(isBetter(1, 2, 'maximize')).toBe(false);
    expect(isBetter(2, 2, 'maximize')).toBe(false);
  });
});
