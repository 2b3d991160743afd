import type { Direction } from './manifest';

/** How a metric is shown and which way is better. */
export interface MetricFacts {
  readonly label: string;
  readonly direction: Direction;
}

const directions: Readonly<Record<string, Direction>> = {
  accuracy: 'maximize',
  f1: 'maximize',
  roc_auc: 'maximize',
  log_loss: 'minimize',
  rmse: 'minimize',
  mae: 'minimize',
  rmsle: 'minimize',
};

/** Facts of a metric with its parameters; undefined when the metric is unknown. */
export function metricFacts(name: string, params: Readonly<Record<string, unknown>>): MetricFacts | undefined {
  const direction = directions[name];
  if (direction === undefined) return undefined;
  const average = name === 'f1' && typeof params.average === 'string' && params.average !== 'binary' ? `${params.average} ` : '';
  return { label: `${average}${name.replaceAll('_', ' ')}`, direction };
}
