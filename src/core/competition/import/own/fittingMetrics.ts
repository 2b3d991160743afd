import type { CsvTable } from '../../../grading/csv';
import { grade } from '../../../grading/grade';
import { decideLayout } from '../layout';
import { constantsOf } from './constants';
import { cutTestSet } from './cut';
import { cutFiles, type Columns } from './cutFiles';
import type { MetricChoice } from './propose';

/** As many test rows show whether a metric can read the target. */
const enoughRows = 300;
const enoughTraining = 2_000;

/** Those of the metrics that can grade the target, tried on a small cut: what cannot is no choice. */
export function fittingMetrics(table: CsvTable, columns: Columns, metrics: readonly MetricChoice[]): MetricChoice[] {
  const made = cutTestSet(table, { truth: columns.truth, by: { kind: 'row' }, testShare: Math.min(0.5, enoughRows / table.rows), publicShare: 1, seed: 0 });
  if (!made.ok) return [];
  const learned = made.cut.train.slice(0, enoughTraining);
  return metrics.filter((metric) => {
    const { sample, answers } = cutFiles(table, { ...made.cut, train: [] }, columns, constantsOf(table, learned, columns, metric.name));
    const layout = decideLayout([...columns.id, ...columns.target], [...columns.id, ...columns.truth, 'Usage'], { metric: metric.name, params: metric.params, id: columns.id, target: columns.target });
    return layout.ok && grade({ answers, submission: sample, metric: metric.name, params: layout.layout.params, id: columns.id, target: columns.target, parts: false }).valid;
  });
}
