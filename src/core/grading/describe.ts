import type { Direction } from '../competition/manifest';
import { PodiumError } from '../errors';
import type { BoundMetric } from './metric';
import { nearMatches } from './nearMatches';
import { findMetric, metricNames } from './registry';

/** A metric name or parameters that do not exist. */
export class MetricError extends PodiumError<'unknown_metric' | 'bad_params'> {
  static is(error: unknown, reason?: MetricError['reason']): error is MetricError {
    return error instanceof MetricError && (reason === undefined || error.reason === reason);
  }
}

/** What the competition page says of a metric. */
export interface MetricDescription {
  readonly label: string;
  readonly direction: Direction;
  /** Plain Unicode text. */
  readonly formula: string;
  readonly explanation: string;
  /** As an interval: `[0, 1]`, `[0, ∞)`. */
  readonly range: string;
}

/** The metric with fixed parameters. @throws MetricError */
export function bindMetric(name: string, params: unknown): BoundMetric {
  const metric = findMetric(name);
  if (metric === undefined) throw new MetricError('unknown_metric', unknownMetricMessage(name), unknownMetricFix(name));
  const bound = metric.bind(params);
  if ('errors' in bound) {
    throw new MetricError('bad_params', `Parameters of ${name}: ${bound.errors.join('; ')}.`, 'Correct the metric parameters.');
  }
  return bound;
}

export function unknownMetricMessage(name: string): string {
  return `There is no metric "${name}".`;
}

export function unknownMetricFix(name: string): string {
  const near = nearMatches(name, metricNames());
  return near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `The metrics are: ${metricNames().join(', ')}.`;
}

/** What people call the metric, as "macro F1" or "RMSE". @throws MetricError */
export function metricLabel(name: string, params: unknown = {}): string {
  return bindMetric(name, params).label;
}

/** @throws MetricError for an unknown metric */
export function metricDirection(name: string): Direction {
  const metric = findMetric(name);
  if (metric === undefined) throw new MetricError('unknown_metric', unknownMetricMessage(name), unknownMetricFix(name));
  return metric.direction;
}

/** Lowest and highest possible score. @throws MetricError */
export function metricRange(name: string, params: unknown = {}): readonly [number, number] {
  return bindMetric(name, params).range;
}

/** Range of a metric whatever its parameters, unbounded where they decide it. @throws MetricError for an unknown metric */
export function staticMetricRange(name: string): readonly [number, number] {
  const metric = findMetric(name);
  if (metric === undefined) throw new MetricError('unknown_metric', unknownMetricMessage(name), unknownMetricFix(name));
  return metric.range ?? [-Infinity, Infinity];
}

/** Everything the competition page shows of a metric. @throws MetricError */
export function describeMetric(name: string, params: unknown = {}): MetricDescription {
  const bound = bindMetric(name, params);
  const [low, high] = bound.range;
  const left = Number.isFinite(low) ? `[${shown(low)}` : '(−∞';
  const right = Number.isFinite(high) ? `${shown(high)}]` : '∞)';
  return {
    label: bound.label,
    direction: bound.direction,
    formula: bound.formula,
    explanation: bound.explanation,
    range: `${left}, ${right}`,
  };
}

const shown = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '−');
