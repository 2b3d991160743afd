import { bindMetric } from '../grading/describe';
import type { BoundMetric } from '../grading/metric';
import type { Manifest } from './manifest';

/** What is told of a competition's score, whether a native metric or a grader computes it. */
export type MetricFacts = Pick<BoundMetric, 'name' | 'direction' | 'label' | 'range' | 'formula' | 'explanation'>;

/** @throws MetricError for a metric that does not exist; a manifest that was read has none */
export function metricFacts({ metric, grader, evaluation }: Pick<Manifest, 'metric' | 'grader'> & Partial<Pick<Manifest, 'evaluation'>>): MetricFacts {
  if (evaluation !== undefined) {
    return {
      name: metric.name,
      direction: evaluation.direction,
      label: evaluation.label,
      range: [-Infinity, Infinity],
      formula: `printed by ${evaluation.command}`,
      explanation: evaluation.test ? 'What the evaluation prints guides; the hidden test after the run decides.' : 'Self-scored: the score is what the evaluation prints. No answer is hidden.',
    };
  }
  if (grader === undefined) return bindMetric(metric.name, metric.params);
  return {
    name: metric.name,
    direction: grader.direction,
    label: grader.label,
    range: [-Infinity, Infinity],
    formula: `computed by ${grader.python}`,
    explanation: 'The score comes from a grader written in Python, which runs in a sandbox of its own.',
  };
}
