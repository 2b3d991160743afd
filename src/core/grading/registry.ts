import type { Metric } from './metric';
import { f1, fbeta } from './metrics/fScores';
import { accuracy } from './metrics/labels';
import { logLoss } from './metrics/probabilities';
import { rocAucMetric } from './metrics/ranking';
import { mae, mse, rmse, rmsle } from './metrics/regression';

/** Every native metric. To add one: declare it in its family's file and name it here. */
const all: readonly Metric[] = [accuracy, rocAucMetric, logLoss, f1, fbeta, rmse, mse, mae, rmsle];

const byName: ReadonlyMap<string, Metric> = new Map(all.map((metric) => [metric.name, metric]));

export function findMetric(name: string): Metric | undefined {
  return byName.get(name);
}

export function metricNames(): readonly string[] {
  return [...byName.keys()];
}
