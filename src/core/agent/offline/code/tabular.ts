import { has, type Recipe } from '../recipe';
import type { Task } from '../task';
import { isClassOutput, plainFitPredict } from './frame';
import { indent, list, quote, type Section } from './sections';

/** At most this many numeric columns are combined in pairs. */
const maxPaired = 8;

export interface ModelCode {
  readonly imports: readonly string[];
  /** The estimator's constructor call. */
  readonly code: string;
  /** What the preprocessing must give: scaled and one-hot, or codes for trees. */
  readonly input: 'scaled' | 'trees';
}

const number = (value: number): string => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4))));

function call(name: string, options: readonly (string | false)[]): string {
  const kept = options.filter((option): option is string => option !== false);
  const line = `${name}(${kept.join(', ')})`;
  return line.length <= 80 ? line : `${name}(\n${kept.map((option) => `    ${option},`).join('\n')}\n)`;
}

/** Up to this many rows one thread is quicker than several. */
const smallTable = 5000;

function lightgbm(task: Task, recipe: Recipe, rounds: number): ModelCode {
  const name = isClassOutput(task) || task.output === 'probability' ? 'LGBMClassifier' : 'LGBMRegressor';
  return {
    input: 'trees',
    imports: [`from lightgbm import ${name}`],
    code: call(name, [
      `n_estimators=${rounds}`,
      `learning_rate=${number(recipe.params['learningRate'] ?? 0.05)}`,
      `num_leaves=${recipe.params['leaves'] ?? 15}`,
      `min_child_samples=${recipe.params['leafRows'] ?? 20}`,
      'subsample=0.8',
      'subsample_freq=1',
      'colsample_bytree=0.8',
      has(recipe, 'classWeights') && 'class_weight="balanced"',
      'random_state=SEED',
      // As for the others below: on a small table threads mostly wait for each other.
      `n_jobs=${task.rows > smallTable ? 2 : 1}`,
      'verbose=-1',
    ]),
  };
}

function classifier(task: Task, recipe: Recipe, size: number): ModelCode {
  const { params } = recipe;
  const weights = has(recipe, 'classWeights') && 'class_weight="balanced"';
  switch (recipe.family) {
    case 'svm':
      return {
        input: 'scaled',
        imports: ['from sklearn.svm import SVC', 'from sklearn.calibration import CalibratedClassifierCV'],
        code: call('CalibratedClassifierCV', [call('SVC', [`C=${number(params['C'] ?? 3)}`, weights]), 'cv=3', 'ensemble=False']),
      };
    case 'gaussianProcess':
      return {
        input: 'scaled',
        imports: ['from sklearn.gaussian_process import GaussianProcessClassifier', 'from sklearn.gaussian_process.kernels import RBF'],
        code: `GaussianProcessClassifier(1.0 * RBF(${number(params['scale'] ?? 2)}), random_state=SEED)`,
      };
    case 'neighbours':
      return {
        input: 'scaled',
        imports: ['from sklearn.neighbors import KNeighborsClassifier'],
        code: call('KNeighborsClassifier', [`n_neighbors=${params['neighbours'] ?? 15}`, 'weights="distance"']),
      };
    case 'forest':
      return {
        input: 'trees',
        imports: ['from sklearn.ensemble import ExtraTreesClassifier'],
        code: call('ExtraTreesClassifier', [
          `n_estimators=${Math.round(300 * size)}`,
          `min_samples_leaf=${params['leafRows'] ?? 3}`,
          weights,
          'random_state=SEED',
          'n_jobs=2',
        ]),
      };
    case 'boosting':
      return {
        input: 'trees',
        imports: ['from sklearn.ensemble import HistGradientBoostingClassifier'],
        code: call('HistGradientBoostingClassifier', [
          `max_iter=${Math.round((params['rounds'] ?? 100) * size)}`,
          `learning_rate=${number(params['learningRate'] ?? 0.06)}`,
          `max_leaf_nodes=${params['leaves'] ?? 8}`,
          `min_samples_leaf=${params['leafRows'] ?? 10}`,
          `l2_regularization=${number(params['l2'] ?? 1)}`,
          weights,
          'random_state=SEED',
        ]),
      };
    case 'lightgbm':
      return lightgbm(task, recipe, Math.round((params['rounds'] ?? 200) * size));
    default:
      return {
        input: 'scaled',
        imports: ['from sklearn.linear_model import LogisticRegression'],
        code: call('LogisticRegression', [`C=${number(params['C'] ?? 1)}`, weights, 'max_iter=2000']),
      };
  }
}

function boostedRegressor(task: Task, { params }: Recipe, size: number): ModelCode {
  return {
    input: 'trees',
    imports: ['from sklearn.ensemble import HistGradientBoostingRegressor'],
    code: call('HistGradientBoostingRegressor', [
      task.metric === 'mae' || task.metric === 'medae' ? 'loss="absolute_error"' : false,
      `max_iter=${Math.round((params['rounds'] ?? (task.rows < 2000 ? 100 : 200)) * size)}`,
      `learning_rate=${number(params['learningRate'] ?? 0.05)}`,
      `max_leaf_nodes=${params['leaves'] ?? (task.rows < 2000 ? 4 : 15)}`,
      `min_samples_leaf=${params['leafRows'] ?? 20}`,
      `l2_regularization=${number(params['l2'] ?? 1)}`,
      'random_state=SEED',
    ]),
  };
}

function regressor(task: Task, recipe: Recipe, size: number): ModelCode {
  const { params } = recipe;
  switch (recipe.family) {
    case 'svm':
      return {
        input: 'scaled',
        imports: ['from sklearn.svm import SVR'],
        code: call('SVR', [`C=${number(params['C'] ?? 10)}`, 'gamma="scale"']),
      };
    case 'gaussianProcess':
      return {
        input: 'scaled',
        imports: ['from sklearn.gaussian_process import GaussianProcessRegressor', 'from sklearn.gaussian_process.kernels import RBF, WhiteKernel'],
        code: 'GaussianProcessRegressor(1.0 * RBF(2.0) + WhiteKernel(), normalize_y=True, random_state=SEED)',
      };
    case 'neighbours':
      return {
        input: 'scaled',
        imports: ['from sklearn.neighbors import KNeighborsRegressor'],
        code: call('KNeighborsRegressor', [`n_neighbors=${params['neighbours'] ?? 15}`, 'weights="distance"']),
      };
    case 'forest':
    case 'lagForest':
      return {
        input: 'trees',
        imports: ['from sklearn.ensemble import ExtraTreesRegressor'],
        code: call('ExtraTreesRegressor', [
          `n_estimators=${Math.round(300 * size)}`,
          `min_samples_leaf=${params['leafRows'] ?? 3}`,
          recipe.family === 'lagForest' ? `max_features=${number(params['featureShare'] ?? 0.5)}` : false,
          'random_state=SEED',
          'n_jobs=2',
        ]),
      };
    case 'boosting':
    case 'lagBoosting':
      return boostedRegressor(task, recipe, size);
    case 'lightgbm':
      return lightgbm(task, recipe, Math.round((params['rounds'] ?? 300) * size));
    default:
      return {
        input: 'scaled',
        imports: ['from sklearn.linear_model import Ridge'],
        code: call('Ridge', [`alpha=${number(params['alpha'] ?? (recipe.family === 'lagRidge' ? 10 : 3))}`]),
      };
  }
}

/**
 * Histogram boosting starts a thread per core for every tree, a Gaussian process and L-BFGS for every
 * matrix product; below some thousand rows the waiting costs more than the work, many times more on a busy machine.
 */
export function threadsSection(task: Task, recipe: Recipe): { readonly imports: readonly string[]; readonly code: string } {
  const threaded = ['boosting', 'lagBoosting', 'gaussianProcess', 'tfidfLinear'].includes(recipe.family);
  if (!threaded || task.rows > smallTable) return { imports: [], code: '' };
  return {
    imports: ['from threadpoolctl import threadpool_limits'],
    code: '# Threads cost more than they bring on a table this small.\nthreadpool_limits(limits=1)\n\n\n',
  };
}

/** The estimator of a recipe for a table (also for a lag table). */
export function modelCode(task: Task, recipe: Recipe): ModelCode {
  const size = recipe.repairs.size ?? 1;
  const model = task.output === 'number' ? regressor(task, recipe, size) : classifier(task, recipe, size);
  const dropped = recipe.repairs.dropArguments ?? [];
  const code = dropped.reduce(
    (text, name) => text.replace(new RegExp(`\\n {4}${name}=[^\\n]*`), '').replace(new RegExp(`(, )?\\b${name}=[^,()]+(?=[,)])`), '').replace('(, ', '('),
    model.code,
  );
  return { ...model, code };
}

/** Names of the numeric columns that `add_features` makes. */
function madeColumns(task: Task, recipe: Recipe): string[] {
  const made: string[] = [];
  const paired = task.numbers.slice(0, maxPaired);
  if (has(recipe, 'dateParts')) {
    for (const date of task.dates.map((name) => frameDate(task, name))) {
      for (const part of ['year', 'month', 'weekday', 'day_of_year']) made.push(`${date}_${part}`);
    }
  }
  if (has(recipe, 'ratios')) {
    paired.forEach((a, i) => paired.slice(i + 1).forEach((b) => made.push(`${a}_per_${b}`)));
  }
  return made;
}

const frameDate = (task: Task, name: string): string => (task.id.includes(name) ? `${name}_parsed` : name);

export function tabularFeatures(task: Task, recipe: Recipe): Section {
  const lines: string[] = [];
  const notes: string[] = [];
  if (has(recipe, 'dateParts')) {
    notes.push('Dates become year, month, weekday and day of the year.');
    for (const name of task.dates.map((date) => frameDate(task, date))) {
      lines.push(
        `frame[${quote(`${name}_year`)}] = frame[${quote(name)}].dt.year`,
        `frame[${quote(`${name}_month`)}] = frame[${quote(name)}].dt.month`,
        `frame[${quote(`${name}_weekday`)}] = frame[${quote(name)}].dt.dayofweek`,
        `frame[${quote(`${name}_day_of_year`)}] = frame[${quote(name)}].dt.dayofyear`,
      );
    }
  }
  if (has(recipe, 'ratios')) {
    notes.push('Ratios of the numeric columns tell shape apart from size.');
    lines.push(
      `for a, b in combinations(${list(task.numbers.slice(0, maxPaired))}, 2):`,
      '    frame[f"{a}_per_{b}"] = frame[a] / frame[b].replace(0, np.nan)',
    );
  }
  if (recipe.repairs.cleanNumbers) lines.push('frame[NUMBERS] = frame[NUMBERS].apply(pd.to_numeric, errors="coerce")', 'frame = frame.replace([np.inf, -np.inf], np.nan)');
  const numbers = [...task.numbers, ...madeColumns(task, recipe)];
  // Category values are compared as text, so a column of codes with gaps does not turn into floats.
  const categories =
    task.categories.length > 0 ? ['frame[CATEGORIES] = frame[CATEGORIES].astype(object).where(frame[CATEGORIES].notna(), "missing").astype(str)'] : [];
  const body = [...lines, ...categories];
  return {
    title: 'Features',
    text: [
      `${numbers.length} numeric and ${task.categories.length} categorical columns.`,
      ...notes,
      'Each new column comes from its own row alone, so nothing can leak between rows.',
    ].join(' '),
    imports: [
      'import numpy as np',
      'import pandas as pd',
      ...(has(recipe, 'ratios') ? ['from itertools import combinations'] : []),
    ],
    code: `NUMBERS = ${list(numbers)}
CATEGORIES = ${list(task.categories)}


def add_features(frame):
    """Columns of the model, from each row alone."""
    frame = frame.copy()
${indent(body.join('\n'))}
    return frame[NUMBERS + CATEGORIES]


X = add_features(train)
X_test = add_features(test)`,
  };
}

const targetEncoder = `class TargetEncoder(BaseEstimator, TransformerMixin):
    """Replaces a category by the mean target of its rows, pulled towards the overall mean.

    Fitted inside the pipeline, hence on the training part of each fold only. A training row's own
    target is left out of its mean, so that the model cannot read it back.
    """

    def __init__(self, smoothing=10):
        self.smoothing = smoothing

    def fit(self, X, y):
        self.columns_ = list(X.columns)
        self.targets_ = self._as_numbers(y, fit=True)
        self.mean_ = self.targets_.mean(axis=0)
        self.sums_, self.counts_ = {}, {}
        for column in self.columns_:
            keys = X[column].to_numpy()
            self.sums_[column] = pd.DataFrame(self.targets_).groupby(keys).sum()
            self.counts_[column] = pd.Series(1, index=range(len(keys))).groupby(keys).sum()
        return self

    def fit_transform(self, X, y):
        return self.fit(X, y)._encode(X, own=self.targets_)

    def transform(self, X):
        return self._encode(X, own=0.0)

    def _as_numbers(self, y, fit):
        if pd.api.types.is_numeric_dtype(y):
            return np.asarray(y, dtype=float)[:, None]
        return pd.get_dummies(y).to_numpy(dtype=float)

    def _encode(self, X, own):
        encoded = []
        for column in self.columns_:
            sums = self.sums_[column].reindex(X[column]).fillna(0.0).to_numpy() - own
            counts = self.counts_[column].reindex(X[column]).fillna(0).to_numpy()[:, None]
            counts = counts - (0 if np.isscalar(own) else 1)
            encoded.append((sums + self.smoothing * self.mean_) / (counts + self.smoothing))
        return np.hstack(encoded)`;

interface Preprocessing {
  readonly imports: string[];
  readonly classes: string[];
  readonly numbers: string;
  readonly categories: string;
}

function preprocessing(task: Task, recipe: Recipe, input: ModelCode['input']): Preprocessing {
  const imports = ['from sklearn.compose import ColumnTransformer', 'from sklearn.pipeline import make_pipeline', 'from sklearn.impute import SimpleImputer'];
  const steps: string[] = [];
  const flags = has(recipe, 'missingFlags') ? ', add_indicator=True' : '';
  if (has(recipe, 'groupImputation')) {
    imports.push('from sklearn.impute import KNNImputer');
    steps.push(`KNNImputer(n_neighbors=10${flags})`);
  } else {
    steps.push(`SimpleImputer(strategy="median"${flags})`);
  }
  if (input === 'scaled') {
    imports.push('from sklearn.preprocessing import StandardScaler');
    if (has(recipe, 'splines')) {
      imports.push('from sklearn.preprocessing import SplineTransformer');
      steps.push('StandardScaler()', 'SplineTransformer(n_knots=5, extrapolation="linear")');
    } else {
      steps.push('StandardScaler()');
    }
  }
  let categories = 'OneHotEncoder(handle_unknown="ignore", min_frequency=2)';
  const classes: string[] = [];
  if (has(recipe, 'targetEncoding')) {
    imports.push('import numpy as np', 'from sklearn.base import BaseEstimator, TransformerMixin', 'from sklearn.preprocessing import StandardScaler');
    classes.push(targetEncoder);
    categories = 'make_pipeline(TargetEncoder(), StandardScaler())';
  } else {
    imports.push('from sklearn.preprocessing import OneHotEncoder');
  }
  return { imports, classes, numbers: `make_pipeline(${steps.join(', ')})`, categories };
}

export function tabularModel(task: Task, recipe: Recipe, words: string): Section {
  const model = modelCode(task, recipe);
  const prepare = preprocessing(task, recipe, model.input);
  const threads = threadsSection(task, recipe);
  const transformers = [
    ...(task.numbers.length > 0 || madeColumns(task, recipe).length > 0 ? [`("numbers", ${prepare.numbers}, NUMBERS)`] : []),
    ...(task.categories.length > 0 ? [`("categories", ${prepare.categories}, CATEGORIES)`] : []),
  ];
  const numberEstimator = has(recipe, 'logTarget') && task.output === 'number';
  const products = has(recipe, 'interactions') ? 'PolynomialFeatures(degree=2, include_bias=False), StandardScaler(), ' : '';
  const pipeline = `make_pipeline(columns, ${products}${model.code.includes('\n') ? 'model' : model.code})`;
  const estimator = numberEstimator ? `TransformedTargetRegressor(${pipeline}, func=np.log1p, inverse_func=np.expm1)` : pipeline;
  const assign = model.code.includes('\n') ? `    model = ${indent(model.code).trimStart()}\n` : '';
  return {
    title: 'Model',
    text: words,
    imports: [
      ...threads.imports,
      ...prepare.imports,
      ...model.imports,
      ...(products ? ['from sklearn.preprocessing import PolynomialFeatures, StandardScaler'] : []),
      ...(numberEstimator ? ['import numpy as np', 'from sklearn.compose import TransformedTargetRegressor'] : []),
    ],
    code: `${threads.code}${prepare.classes.map((text) => `${text}\n\n\n`).join('')}def make_model():
    # Dense output: the tree models do not take sparse tables.
    columns = ColumnTransformer(
        [
${transformers.map((line) => `            ${line},`).join('\n')}
        ],
        sparse_threshold=0,
    )
${assign}    return ${estimator}


${plainFitPredict(task)}`,
  };
}
