import { editDistance } from '../../environment/hints';
import { addedColumns, columnNames } from '../facts';
import { importEdit, scan, type Edit } from '../python';
import { onlyNearest, replaced, type RepairRule, type Trouble } from './repair';

const maxEdits = 2;

/** The name that a failure is about: Python quotes it with ', and messages that hold quotes with ". */
const quoted = (message: string): string | null => (/'([^'\n]+)'/.exec(message) ?? /"([^"\n]+)"/.exec(message))?.[1] ?? null;

/** Where the literal stands, with quotes: in the line that failed, else at its only place in the code. */
function literalAt({ source, start, end }: Trouble, text: string): Edit | null {
  const spots = [`"${text}"`, `'${text}'`].flatMap((literal) => {
    const found: number[] = [];
    for (let at = source.indexOf(literal); at >= 0; at = source.indexOf(literal, at + 1)) found.push(at);
    return found;
  });
  const [inLine] = spots.filter((at) => at >= start && at < end);
  const only = inLine ?? (spots.length === 1 ? spots[0] : undefined);
  return only === undefined ? null : { start: only + 1, end: only + 1 + text.length, text };
}

/** `pd.read_csv("train.csv")` → the file of that name, or the one a typing error away. */
export const missingFile: RepairRule = (trouble) => {
  const wanted = trouble.failure.type === 'FileNotFoundError' ? quoted(trouble.failure.message) : null;
  const spot = wanted === null ? null : literalAt(trouble, wanted);
  if (wanted === null || !spot) return null;
  const paths = trouble.facts.tables.map((table) => table.path);
  const name = (path: string): string => path.split('/').at(-1) ?? path;
  const same = paths.filter((path) => name(path) === name(wanted));
  const path = same.length === 1 ? (same[0] ?? null) : onlyNearest(wanted, paths, maxEdits, editDistance);
  return path === null ? null : replaced(`Read ${path}`, spot.start, spot.end, path);
};

/** A column that is a typing error away from one of the data. */
export const missingColumn: RepairRule = (trouble) => {
  const { type, message } = trouble.failure;
  if (type !== 'KeyError' && !/not in index|not found in axis|not in list/.test(message)) return null;
  const wanted = quoted(message);
  const known = [...columnNames(trouble.facts), ...addedColumns(trouble.above + trouble.source, scan(trouble.above + trouble.source).masked)].filter((name) => name !== wanted);
  // A column that exists is missing from this table for another reason.
  if (wanted === null || columnNames(trouble.facts).includes(wanted)) return null;
  const spot = literalAt(trouble, wanted);
  const right = onlyNearest(wanted, known, maxEdits, editDistance);
  return spot && right !== null ? replaced(`Use the column ${right}`, spot.start, spot.end, right) : null;
};

/** Names that code of this kind gets from where everybody gets them. */
const imports: Readonly<Record<string, string>> = {
  pd: 'import pandas as pd',
  np: 'import numpy as np',
  plt: 'import matplotlib.pyplot as plt',
  lgb: 'import lightgbm as lgb',
  xgb: 'import xgboost as xgb',
  Path: 'from pathlib import Path',
  Counter: 'from collections import Counter',
  defaultdict: 'from collections import defaultdict',
  os: 'import os',
  re: 'import re',
  json: 'import json',
  math: 'import math',
  random: 'import random',
  ...Object.fromEntries(
    Object.entries({
      'sklearn.model_selection': ['KFold', 'StratifiedKFold', 'GroupKFold', 'TimeSeriesSplit', 'RepeatedKFold', 'RepeatedStratifiedKFold', 'cross_val_score', 'cross_val_predict', 'cross_validate', 'train_test_split', 'GridSearchCV', 'RandomizedSearchCV'],
      'sklearn.pipeline': ['Pipeline', 'make_pipeline', 'FeatureUnion', 'make_union'],
      'sklearn.compose': ['ColumnTransformer', 'make_column_transformer', 'TransformedTargetRegressor', 'make_column_selector'],
      'sklearn.impute': ['SimpleImputer', 'KNNImputer', 'MissingIndicator'],
      'sklearn.preprocessing': ['StandardScaler', 'MinMaxScaler', 'RobustScaler', 'OneHotEncoder', 'OrdinalEncoder', 'LabelEncoder', 'TargetEncoder', 'PolynomialFeatures', 'QuantileTransformer', 'FunctionTransformer'],
      'sklearn.linear_model': ['LinearRegression', 'LogisticRegression', 'Ridge', 'RidgeCV', 'Lasso', 'LassoCV', 'ElasticNet', 'SGDClassifier', 'SGDRegressor'],
      'sklearn.ensemble': ['RandomForestClassifier', 'RandomForestRegressor', 'ExtraTreesClassifier', 'ExtraTreesRegressor', 'HistGradientBoostingClassifier', 'HistGradientBoostingRegressor', 'GradientBoostingClassifier', 'GradientBoostingRegressor', 'VotingClassifier', 'StackingClassifier'],
      'sklearn.neighbors': ['KNeighborsClassifier', 'KNeighborsRegressor'],
      'sklearn.svm': ['SVC', 'SVR', 'LinearSVC'],
      'sklearn.naive_bayes': ['GaussianNB', 'MultinomialNB', 'ComplementNB'],
      'sklearn.decomposition': ['PCA', 'TruncatedSVD'],
      'sklearn.feature_extraction.text': ['TfidfVectorizer', 'CountVectorizer'],
      'sklearn.metrics': ['accuracy_score', 'balanced_accuracy_score', 'f1_score', 'log_loss', 'roc_auc_score', 'average_precision_score', 'mean_squared_error', 'mean_absolute_error', 'r2_score', 'make_scorer', 'confusion_matrix'],
      'sklearn.base': ['BaseEstimator', 'TransformerMixin', 'clone'],
    }).flatMap(([module, names]) => names.map((name) => [name, `from ${module} import ${name}`])),
  ),
};

/** A name that is not imported, or a typing error away from one that the code has. */
export const unknownName: RepairRule = ({ failure, source, masked, above, start, end }) => {
  const name = failure.type === 'NameError' ? (/name '(\w+)' is not defined/.exec(failure.message)?.[1] ?? null) : null;
  if (name === null) return null;
  const line = Object.hasOwn(imports, name) ? imports[name] : undefined;
  if (line !== undefined) return { title: `Add "${line}"`, edits: [importEdit(source, line)] };
  const known = [...scan(above).masked.matchAll(/^(?:def |class )?(\w+)[ \t]*(?:=(?!=)|\()/gm), ...masked.slice(0, start).matchAll(/^[ \t]*(?:def |class )?(\w+)[ \t]*(?:=(?!=)|\()/gm)].map((match) => match[1] ?? '');
  const right = onlyNearest(name, known, maxEdits, editDistance);
  const spot = new RegExp(`(?<![\\w.])${name}\\b`).exec(masked.slice(start, end));
  return right !== null && spot ? replaced(`Use ${right}`, start + spot.index, start + spot.index + name.length, right) : null;
};

const modules = ['collections', 'lightgbm', 'matplotlib', 'numpy', 'pandas', 'pathlib', 'scipy', 'seaborn', 'sklearn', 'torch', 'xgboost'];

/** `import sklaern` → sklearn; `scikit_learn` → sklearn. */
export const unknownModule: RepairRule = ({ failure, masked, start, end }) => {
  const name = failure.type === 'ModuleNotFoundError' ? (/No module named '([\w]+)'/.exec(failure.message)?.[1] ?? null) : null;
  if (name === null || modules.includes(name)) return null;
  const right = /^(scikit_?learn|sk_learn)$/i.test(name) ? 'sklearn' : onlyNearest(name, modules, maxEdits, editDistance);
  const spot = new RegExp(`(?<![\\w.])${name}\\b`).exec(masked.slice(start, end));
  return right !== null && spot ? replaced(`Import ${right}`, start + spot.index, start + spot.index + name.length, right) : null;
};
