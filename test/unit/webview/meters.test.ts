import { describe, expect, it } from 'vitest';
import { formatMoney, formatTokens, spendGauges } from '../../../webview/runPanel/meters';
import { penguinsRun, spendOfModel } from '../../fixtures/runView';

const { budget } = penguinsRun();

describe('money', () => {
  it.each([
    [0, false, '$0.00'],
    [0.0004, false, '<$0.01'],
    [0.43, false, '$0.43'],
    [12.5, true, '≈$12.50'],
    [null, true, 'unknown'],
  ])('%s, estimated %s: %s', (usd, estimated, text) => {
    expect(formatMoney(usd, estimated)).toBe(text);
  });

  it('of a run is shown where a model plays, against its budget', () => {
    expect(spendGauges({ budget, spend: undefined })).toEqual([]);
    expect(spendGauges({ spend: spendOfModel, budget: { ...budget, usd: { used: 0.43, limit: 2 } } })).toEqual([{ name: 'Money', value: '$0.43', used: 0.43, limit: 2, limitText: '$2.00' }]);
    // A run that has not asked yet has spent nothing of its budget.
    expect(spendGauges({ spend: undefined, budget: { ...budget, usd: { used: 0, limit: 2 } } })).toMatchObject([{ value: '$0.00', limit: 2 }]);
  });

  it('that is unknown is no 0, and fills no meter', () => {
    const [money] = spendGauges({ spend: { ...spendOfModel, usd: null }, budget });
    expect(money).toMatchObject({ value: 'unknown' });
    expect(money?.limit).toBeUndefined();
  });
});

describe('tokens', () => {
  it.each([[940, '940'], [48_640, '48.6k'], [231_300, '231k'], [999_600, '1.0M'], [1_250_000, '1.3M']])('%d: %s', (tokens, text) => {
    expect(formatTokens(tokens)).toBe(text);
  });

  it('are shown where there is a budget of them, marked when they are counted from characters', () => {
    const gauges = spendGauges({ spend: { ...spendOfModel, estimated: true }, budget: { ...budget, tokens: { used: 231_300, limit: 250_000 } } });
    expect(gauges.map((gauge) => [gauge.name, gauge.value, gauge.limitText])).toEqual([['Money', '≈$0.43', 'unknown'], ['Tokens', '≈231k', '250k']]);
  });
});
