import { describe, expect, it } from 'vitest';
import { MetricError, describeMetric, metricDirection, metricLabel } from '../../../src/core/grading/describe';
import { findMetric, metricNames } from '../../../src/core/grading/registry';

describe('descriptions of metrics', () => {
  it.each([
    ['f1', { average: 'macro' }, 'macro F1'], ['f1', {}, 'F1'], ['fbeta', { beta: 2 }, 'F2'], ['rmse', {}, 'RMSE'],
    ['roc_auc', {}, 'ROC AUC'], ['log_loss', {}, 'log loss'], ['accuracy', {}, 'accuracy'],
  ])('%s %j is called %s', (name, params, label) => expect(metricLabel(name, params)).toBe(label));

  it('has an interval, a formula and an explanation', () => {
    expect(describeMetric('rmse')).toMatchObject({ direction: 'minimize', range: '[0, ∞)' });
    expect(describeMetric('f1', { average: 'macro' })).toMatchObject({ direction: 'maximize', range: '[0, 1]' });
    expect(describeMetric('f1', { average: 'macro' }).formula).toContain('Fₖ');
  });

  it('has one entry per name', () => {
    for (const name of metricNames()) {
      expect(findMetric(name)?.name).toBe(name);
      expect(name).toMatch(/^[a-z0-9_]+$/);
      expect(['maximize', 'minimize']).toContain(metricDirection(name));
    }
  });

  it('throws a typed error', () => {
    expect(() => metricDirection('nope')).toThrow(MetricError);
    expect(() => metricLabel('f1', { average: 'x' })).toThrow(/average/);
  });
});
