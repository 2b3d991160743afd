import type { Task } from '../task';
import { list, quote, type Section } from './sections';

interface MetricCode {
  readonly imports: readonly string[];
  /** Lines of the function body; `y` is the truth, `prediction` an array. */
  readonly body: string;
}

const sklearn = (names: string): string[] => [`from sklearn.metrics import ${names}`];
const labelsLine = 'labels = np.array(CLASSES)[prediction.argmax(axis=1)]';

const averages = new Set(['macro', 'micro', 'weighted']);

function labelMetric(task: Task): MetricCode {
  switch (task.metric) {
    case 'f1': {
      const average = String(task.metricParams['average'] ?? 'binary');
      const labels = task.metricParams['labels'];
      const closed = Array.isArray(labels) ? `labels=${list(labels.map(String))}, ` : '';
      const setting = averages.has(average)
        ? `${closed}average=${quote(average)}`
        : `pos_label=${quote(String(task.metricParams['pos_label'] ?? 1))}`;
      return { imports: sklearn('f1_score'), body: `${labelsLine}\nreturn f1_score(y, labels, ${setting})` };
    }
    case 'balanced_accuracy':
      return { imports: sklearn('balanced_accuracy_score'), body: `${labelsLine}\nreturn balanced_accuracy_score(y, labels)` };
    case 'matthews_corrcoef':
      return { imports: sklearn('matthews_corrcoef'), body: `${labelsLine}\nreturn matthews_corrcoef(y, labels)` };
    case 'quadratic_weighted_kappa':
      return {
        imports: sklearn('cohen_kappa_score'),
        body: `${labelsLine}\nratings = [np.asarray(values, dtype=float).astype(int) for values in (y, labels)]\nreturn cohen_kappa_score(*ratings, weights="quadratic")`,
      };
    case 'top1_error':
      return { imports: [], body: `${labelsLine}\nreturn float(np.mean(np.asarray(y) != labels))` };
    default:
      return { imports: sklearn('accuracy_score'), body: `${labelsLine}\nreturn accuracy_score(y, labels)` };
  }
}

const numberMetrics: Readonly<Record<string, MetricCode>> = {
  rmse: { imports: [], body: 'return float(np.sqrt(np.mean((y - prediction) ** 2)))' },
  mse: { imports: [], body: 'return float(np.mean((y - prediction) ** 2))' },
  mae: { imports: [], body: 'return float(np.mean(np.abs(y - prediction)))' },
  medae: { imports: [], body: 'return float(np.median(np.abs(y - prediction)))' },
  rmsle: { imports: [], body: 'return float(np.sqrt(np.mean((np.log1p(prediction) - np.log1p(y)) ** 2)))' },
  mape: { imports: [], body: 'return float(np.mean(np.abs(y - prediction) / np.abs(y)))' },
  r2: { imports: sklearn('r2_score'), body: 'return r2_score(y, prediction)' },
  pearson: { imports: [], body: 'return float(np.corrcoef(y, prediction)[0, 1])' },
  spearman: { imports: [], body: 'return float(pd.Series(y).rank().corr(pd.Series(prediction, index=pd.Series(y).index).rank()))' },
};

function probabilityMetric(task: Task): MetricCode {
  switch (task.metric) {
    case 'roc_auc':
      return { imports: sklearn('roc_auc_score'), body: 'return roc_auc_score(y, prediction)' };
    case 'average_precision':
      return { imports: sklearn('average_precision_score'), body: 'return average_precision_score(y, prediction)' };
    default:
      return {
        imports: [],
        body: 'p = np.clip(prediction, 1e-15, 1 - 1e-15)\nreturn float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))',
      };
  }
}

const manyLogLoss: MetricCode = {
  imports: [],
  body: `p = np.clip(prediction / prediction.sum(axis=1, keepdims=True), 1e-15, 1 - 1e-15)
true_class = pd.Index(CLASSES).get_indexer(y)
return float(-np.mean(np.log(p[np.arange(len(p)), true_class])))`,
};

function metricCode(task: Task): MetricCode {
  if (task.output === 'labels') return labelMetric(task);
  if (task.output === 'probabilities') return manyLogLoss;
  if (task.output === 'probability') return probabilityMetric(task);
  return numberMetrics[task.metric] ?? (numberMetrics['rmse'] as MetricCode);
}

/** What `prediction` is, for docstrings. */
export function predictionWords(task: Task): string {
  if (task.output === 'labels' || task.output === 'probabilities') return 'class probabilities, one column per class';
  return task.output === 'probability' ? 'probabilities of the positive class' : 'numbers';
}

/** The competition's metric as a function `score(y, prediction)`. */
export function metricSection(task: Task): Section {
  const { imports, body } = metricCode(task);
  const better = task.direction === 'maximize' ? 'higher' : 'lower';
  return {
    title: 'Metric',
    text: `The competition is scored by **${task.metricLabel}**; ${better} is better. The same number is computed here on rows that the model has not seen.`,
    imports: ['import numpy as np', 'import pandas as pd', ...imports],
    code: `def score(y, prediction):
    """${task.metricLabel} (${better} is better); \`prediction\` holds ${predictionWords(task)}."""
${body.replace(/^/gm, '    ')}`,
  };
}
