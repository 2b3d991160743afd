import type { Metric } from './metric';
import * as boxes from './metrics/boxes';
import * as correlation from './metrics/correlation';
import * as fScores from './metrics/fScores';
import * as geometry from './metrics/geometry';
import * as labels from './metrics/labels';
import * as masks from './metrics/masks';
import * as probabilities from './metrics/probabilities';
import * as ranking from './metrics/ranking';
import * as recommendations from './metrics/recommendations';
import * as regression from './metrics/regression';
import * as surfaces from './metrics/surfaces';
import * as text from './metrics/text';

/** The families. To add a metric, export it from its family's file: it is then known everywhere. */
const families = [labels, ranking, probabilities, fScores, regression, correlation, recommendations, text, masks, surfaces, boxes, geometry];

const byName: ReadonlyMap<string, Metric> = new Map(
  families.flatMap((family) => Object.values<unknown>(family)).filter(isMetric).map((metric) => [metric.name, metric]),
);

/** Families export helpers of their own as well. */
function isMetric(value: unknown): value is Metric {
  return typeof value === 'object' && value !== null && 'bind' in value && 'direction' in value;
}

export function findMetric(name: string): Metric | undefined {
  return byName.get(name);
}

export function metricNames(): readonly string[] {
  return [...byName.keys()];
}
