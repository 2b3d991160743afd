import type { TaskKind } from '../manifest';

const numbers = new Set([
  'rmse', 'mse', 'mae', 'medae', 'rmsle', 'rmsle_columnwise', 'rmsle_pooled', 'mcrmse', 'mape', 'smape', 'rmspe', 'weighted_mae', 'log_mae_grouped', 'r2',
  'pearson', 'spearman', 'laplace_log_likelihood', 'angular_error', 'haversine_p50_p95', 'kl_divergence',
]);
const oneClass = new Set(['roc_auc', 'gini_normalized', 'roc_auc_weighted_segments', 'roc_auc_bias_weighted', 'probabilistic_f1', 'matthews_corrcoef']);
const manyLabels = new Set(['roc_auc_columnwise', 'lwlrap', 'average_precision', 'log_loss_weighted_columns', 'spearman_columnwise']);
const probabilities = new Set(['log_loss', 'log_loss_balanced', ...manyLabels, ...oneClass].filter((name) => name !== 'matthews_corrcoef' && name !== 'spearman_columnwise'));

/** Whether submissions hold numbers on the scale of the truth. */
export const predictsNumbers = (metric: string): boolean => numbers.has(metric) || metric === 'spearman_columnwise';

/** Whether submissions hold probabilities, or anything that ranks like them. */
export const predictsProbabilities = (metric: string): boolean => probabilities.has(metric);

/** The kind of task by its metric and number of target columns, helped by Kaggle's tags where a metric fits several. */
export function taskKind(metric: string, targets: number, tags: readonly string[] = []): TaskKind {
  if (numbers.has(metric)) return 'regression';
  if (manyLabels.has(metric) || tags.includes('Multilabel Classification')) return 'multilabel';
  if (oneClass.has(metric) || tags.includes('Binary Classification')) return 'binary';
  if (metric === 'log_loss' || metric === 'log_loss_balanced') return targets > 1 ? 'multiclass' : 'binary';
  return 'multiclass';
}
