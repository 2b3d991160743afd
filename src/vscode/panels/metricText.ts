/** How a metric is explained on the competition page. Formulas are the metrics' definitions, the right-hand side, in plain text. */
export interface MetricText {
  readonly formula: string;
  readonly explanation: string;
  readonly range: string;
}

const texts: Readonly<Record<string, MetricText>> = {
  accuracy: { formula: 'right rows / rows', explanation: 'The share of rows whose label is exactly right.', range: '0 to 1' },
  f1: { formula: '2 P R / (P + R)', explanation: 'The harmonic mean of precision P and recall R.', range: '0 to 1' },
  'f1 macro': {
    formula: '1/K · Σₖ 2 Pₖ Rₖ / (Pₖ + Rₖ)',
    explanation: 'Precision P and recall R of each class, averaged with equal weight: a rare class counts as much as a frequent one.',
    range: '0 to 1',
  },
  roc_auc: {
    formula: 'P(score of a positive > score of a negative)',
    explanation: 'How often a positive row is ranked above a negative one; ties count half. 0.5 is chance.',
    range: '0 to 1',
  },
  log_loss: {
    formula: '−1/N · Σᵢ ln pᵢ(right class)',
    explanation: 'The probability given to the right class decides. Being sure and wrong costs most.',
    range: '0 to ∞',
  },
  rmse: { formula: '√( 1/N · Σᵢ (ŷᵢ − yᵢ)² )', explanation: 'The typical size of an error, in the unit of the target. Large errors weigh more.', range: '0 to ∞' },
  mae: { formula: '1/N · Σᵢ |ŷᵢ − yᵢ|', explanation: 'The mean size of an error, in the unit of the target.', range: '0 to ∞' },
  rmsle: {
    formula: '√( 1/N · Σᵢ (ln(1 + ŷᵢ) − ln(1 + yᵢ))² )',
    explanation: 'An error counts by its ratio to the truth, so that small and large targets weigh alike.',
    range: '0 to ∞',
  },
};

/** Text of a metric with its parameters; undefined where none was written. */
export function metricText(name: string, params: Readonly<Record<string, unknown>>): MetricText | undefined {
  const average = typeof params['average'] === 'string' ? params['average'] : '';
  return texts[`${name} ${average}`] ?? texts[name];
}
