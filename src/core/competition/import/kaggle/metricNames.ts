import type { MetricChoice } from '../own/propose';

/** Kaggle's evaluation metrics by their names, as far as a name alone says which metric of the registry it is. */
const known: readonly (readonly [name: string, metric: string, params?: MetricChoice['params']])[] = [
  ['Accuracy Score', 'accuracy'],
  ['Categorization Accuracy', 'accuracy'],
  ['Balanced Accuracy Score', 'balanced_accuracy'],
  ['Area Under Receiver Operating Characteristic Curve', 'roc_auc'],
  ['Roc Auc Score', 'roc_auc'],
  ['Mean Columnwise Area Under Receiver Operating Characteristic Curve', 'roc_auc_columnwise'],
  ['Log Loss', 'log_loss'],
  ['Multiclass Loss', 'log_loss'],
  ['Multi Class Log Loss', 'log_loss'],
  ['F1 Score', 'f1'],
  ['F-Score (Macro)', 'f1', { average: 'macro' }],
  ['F-Score Beta (Micro)', 'f1', { average: 'micro' }],
  ['Matthews Correlation Coefficient', 'matthews_corrcoef'],
  ['Quadratic Weighted Kappa', 'quadratic_weighted_kappa'],
  ['Cohen Kappa Score', 'quadratic_weighted_kappa'],
  ['Gini Index', 'gini_normalized'],
  ['Normalized Gini Index', 'gini_normalized'],
  ['Average Precision Score', 'average_precision'],
  ['Root Mean Squared Error', 'rmse'],
  ['Mean Squared Error', 'mse'],
  ['Mean Absolute Error', 'mae'],
  ['Median Absolute Error', 'medae'],
  ['Root Mean Squared Logarithmic Error', 'rmsle'],
  ['Root Mean Squared Log Error', 'rmsle'],
  ['Mean Columnwise Root Mean Squared Error', 'mcrmse'],
  ['Mean Columnwise Root Mean Squared Logarithmic Error', 'rmsle_columnwise'],
  ['Root Mean Square Percentage Error', 'rmspe'],
  ['Mean Absolute Percentage Error', 'mape'],
  ['SMAPE', 'smape'],
  ['R2 Score', 'r2'],
  ['R^2 score (coefficient of determination)', 'r2'],
  ['Pearson Correlation Coefficient', 'pearson'],
  ['Spearman R', 'spearman'],
  ['Kullback Leibler Divergence', 'kl_divergence'],
  ['Laplace Log Likelihood', 'laplace_log_likelihood'],
  ['Levenshtein Mean', 'levenshtein'],
  ['Weighted Label Ranking Average Precision', 'lwlrap'],
];

/** Letters and digits alone: Kaggle writes one name as "QuadraticWeightedKappa" and as "Quadratic Weighted Kappa". */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
const byName = new Map(known.map(([name, metric, params]) => [plain(name), { name: metric, params: params ?? {} }]));

/** The metric of the registry that Kaggle calls so; undefined where the name does not decide it. */
export const metricOfKaggle = (name: string): MetricChoice | undefined => byName.get(plain(name));
