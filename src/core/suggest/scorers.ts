import type { Direction } from '../competition/manifest';
import type { Task } from '../agent/offline/task';

/** scikit-learn's words for a metric, where it has the same one. */
export interface Scorer {
  /** Value of `scoring=`; higher is always better there. */
  readonly scoring: string;
  /** Function of `sklearn.metrics`; null where no single function gives the metric. */
  readonly function: string | null;
  /** Further arguments of the function, beyond truth and prediction. */
  readonly arguments: string;
}

const plain: Readonly<Record<string, Scorer>> = {
  accuracy: { scoring: 'accuracy', function: 'accuracy_score', arguments: '' },
  balanced_accuracy: { scoring: 'balanced_accuracy', function: 'balanced_accuracy_score', arguments: '' },
  matthews_corrcoef: { scoring: 'matthews_corrcoef', function: 'matthews_corrcoef', arguments: '' },
  average_precision: { scoring: 'average_precision', function: 'average_precision_score', arguments: '' },
  log_loss: { scoring: 'neg_log_loss', function: 'log_loss', arguments: '' },
  r2: { scoring: 'r2', function: 'r2_score', arguments: '' },
  // root_mean_squared_error is newer than what an image may hold.
  rmse: { scoring: 'neg_root_mean_squared_error', function: null, arguments: '' },
  mse: { scoring: 'neg_mean_squared_error', function: 'mean_squared_error', arguments: '' },
  mae: { scoring: 'neg_mean_absolute_error', function: 'mean_absolute_error', arguments: '' },
  medae: { scoring: 'neg_median_absolute_error', function: 'median_absolute_error', arguments: '' },
  mape: { scoring: 'neg_mean_absolute_percentage_error', function: 'mean_absolute_percentage_error', arguments: '' },
};

/** The competition's metric in scikit-learn's words; null where it has none that is the same. */
export function scorerOf({ metric, metricParams, output }: Pick<Task, 'metric' | 'metricParams' | 'output'>): Scorer | null {
  if (metric === 'f1') {
    const average = metricParams['average'] ?? 'binary';
    if (average === 'macro' || average === 'micro' || average === 'weighted') return { scoring: `f1_${average}`, function: 'f1_score', arguments: `average="${average}"` };
    const positive = metricParams['pos_label'];
    return positive === undefined || String(positive) === '1' ? { scoring: 'f1', function: 'f1_score', arguments: '' } : null;
  }
  if (metric === 'roc_auc') return output === 'probability' ? { scoring: 'roc_auc', function: 'roc_auc_score', arguments: '' } : null;
  return Object.hasOwn(plain, metric) ? (plain[metric] ?? null) : null;
}

/** Functions of `sklearn.metrics` and whether more of them is better. */
export const metricFunctions: Readonly<Record<string, Direction>> = {
  accuracy_score: 'maximize',
  average_precision_score: 'maximize',
  balanced_accuracy_score: 'maximize',
  cohen_kappa_score: 'maximize',
  explained_variance_score: 'maximize',
  f1_score: 'maximize',
  fbeta_score: 'maximize',
  jaccard_score: 'maximize',
  matthews_corrcoef: 'maximize',
  ndcg_score: 'maximize',
  precision_score: 'maximize',
  r2_score: 'maximize',
  recall_score: 'maximize',
  roc_auc_score: 'maximize',
  brier_score_loss: 'minimize',
  hamming_loss: 'minimize',
  hinge_loss: 'minimize',
  log_loss: 'minimize',
  max_error: 'minimize',
  mean_absolute_error: 'minimize',
  mean_absolute_percentage_error: 'minimize',
  mean_squared_error: 'minimize',
  mean_squared_log_error: 'minimize',
  median_absolute_error: 'minimize',
  root_mean_squared_error: 'minimize',
  root_mean_squared_log_error: 'minimize',
  zero_one_loss: 'minimize',
};

/** The class of folds that fits a task, and its arguments. `seed` is what `random_state` is set to. */
export function foldsOf(task: Pick<Task, 'folds'>, seed: string): { readonly name: string; readonly arguments: string } {
  switch (task.folds) {
    case 'stratified':
      return { name: 'StratifiedKFold', arguments: `n_splits=5, shuffle=True, random_state=${seed}` };
    case 'plain':
      return { name: 'KFold', arguments: `n_splits=5, shuffle=True, random_state=${seed}` };
    case 'group':
      return { name: 'GroupKFold', arguments: 'n_splits=5' };
    case 'time':
      return { name: 'TimeSeriesSplit', arguments: 'n_splits=5' };
  }
}

/** A constant of the script that holds its seed. */
export function seedName(masked: string): string | null {
  return /^(SEED|RANDOM_STATE|RANDOM_SEED|seed)[ \t]*=(?!=)/m.exec(masked)?.[1] ?? null;
}
