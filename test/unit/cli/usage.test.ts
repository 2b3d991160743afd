import { describe, expect, it } from 'vitest';
import { parseBudgets, parseChoice, parseWhole, UsageError } from '../../../src/cli/usage';

describe('budgets', () => {
  it.each([
    [['120s'], { seconds: 120 }],
    [['10m'], { seconds: 600 }],
    [['1.5h'], { seconds: 5400 }],
    [['$2'], { usd: 2 }],
    [['200ktok', '60s', '$0.5'], { tokens: 200_000, seconds: 60, usd: 0.5 }],
    [['1Mtok'], { tokens: 1_000_000 }],
    [[], {}],
  ])('%j', (texts, budget) => expect(parseBudgets(texts)).toEqual(budget));

  it.each([['120'], ['-5s'], ['0s'], ['$'], ['tok'], ['2 apples']])('%s is refused', (text) => expect(() => parseBudgets([text])).toThrow(UsageError));
  it('are given once each', () => expect(() => parseBudgets(['1s', '2m'])).toThrow('twice'));
});

it('numbers and choices are checked', () => {
  expect(parseWhole('seed', '7', 0)).toBe(7);
  for (const text of ['1.5', '-1', 'x', '1e30']) expect(() => parseWhole('seed', text, 0)).toThrow(UsageError);
  expect(parseChoice('runtime', 'auto', ['auto', 'local'])).toBe('auto');
  expect(() => parseChoice('runtime', 'cloud', ['auto', 'local'])).toThrow('auto, local');
});
