import { has, type Recipe } from '../recipe';
import type { Task } from '../task';
import { clipped, timeColumn } from './frame';
import { indent, list, quote, type Section } from './sections';
import { modelCode, threadsSection } from './tabular';

/**
 * The feature that means the same as the target, one step earlier: the numeric column that shares
 * most words of its name with the target ("temp_max" for "temp_max_next").
 */
export function anchorColumn(task: Task): string | null {
  const words = new Set(task.label.toLowerCase().split(/[^a-z0-9]+/));
  let best: string | null = null;
  let most = 0;
  for (const name of task.numbers) {
    const shared = name.toLowerCase().split(/[^a-z0-9]+/).filter((word) => words.has(word)).length;
    if (shared > most) {
      best = name;
      most = shared;
    }
  }
  return best;
}

export const usesLagTable = (recipe: Recipe): boolean => ['lagRidge', 'lagForest', 'lagBoosting'].includes(recipe.family);

/** Columns from earlier rows, where the row before is the day before in both files. */
function rowsBefore(recipe: Recipe, lags: readonly number[]): string[] {
  const lines = [
    'for column in NUMBERS:',
    `    for lag in ${lags.length > 3 ? 'LAGS' : `(${lags.join(', ')})`}:`,
    '        frame[f"{column}_lag{lag}"] = frame[column].shift(lag)',
  ];
  if (has(recipe, 'rollingStats')) {
    lines.push(
      '    for days in (3, 7, 30):',
      '        frame[f"{column}_mean{days}"] = frame[column].rolling(days, min_periods=1).mean()',
      '    frame[f"{column}_sd7"] = frame[column].rolling(7, min_periods=2).std()',
    );
  }
  if (has(recipe, 'trends')) lines.push('    frame[f"{column}_change"] = frame[column].diff()');
  return lines;
}

export function timeFeatures(task: Task, recipe: Recipe): Section {
  const lags = has(recipe, 'longLags') ? [1, 2, 3, 4, 5, 6, 7, 14] : [1, 2, 3];
  const harmonics = has(recipe, 'seasonShape') ? '(1, 2, 3)' : '(1, 2)';
  const calendar = [
    `day = frame[TIME].dt.dayofyear`,
    `for k in ${harmonics}:`,
    '    frame[f"season_sin{k}"] = np.sin(2 * np.pi * k * day / 365.25)',
    '    frame[f"season_cos{k}"] = np.cos(2 * np.pi * k * day / 365.25)',
  ];
  const table: string[] = [];
  if (usesLagTable(recipe)) {
    if (task.numbers.length > 0 && task.rowsBefore) table.push(...rowsBefore(recipe, lags));
    if (has(recipe, 'trends')) {
      for (const [now, before] of task.earlier) table.push(`frame[${quote(`${now}_change`)}] = frame[${quote(now)}] - frame[${quote(before)}]`);
    }
    if (task.categories.length > 0) {
      table.push('for column in CATEGORIES:', '    kinds = pd.get_dummies(frame.pop(column), prefix=column).astype(float)', `    frame = pd.concat([frame, kinds${task.rowsBefore ? ', kinds.shift(1).add_suffix("_lag1")' : ''}], axis=1)`);
    }
    if (has(recipe, 'seasonInteractions') && task.numbers.length > 0) {
      table.push('for column in NUMBERS:', '    for k in (1, 2):', '        frame[f"{column}_x_sin{k}"] = frame[column] * frame[f"season_sin{k}"]', '        frame[f"{column}_x_cos{k}"] = frame[column] * frame[f"season_cos{k}"]');
    }
  }
  const constants = [
    `TIME = ${quote(timeColumn(task))}`,
    `NUMBERS = ${list(task.numbers)}`,
    ...(task.categories.length > 0 ? [`CATEGORIES = ${list(task.categories)}`] : []),
    ...(lags.length > 3 && usesLagTable(recipe) && task.rowsBefore ? [`LAGS = (${lags.join(', ')})`] : []),
  ];
  return {
    title: 'Features',
    text: task.rowsBefore
      ? 'Each row gets the calendar (smooth waves over the year) and what was known by then: its own measurements and those of the rows before. Training and test rows form one history, because the days before the first test row are training rows; nothing is ever taken from a later row, and the target is not in it.'
      : 'Each row gets the calendar (smooth waves over the year) and its own measurements. The rows before it are left alone: test rows lie further apart than training rows, so "the row before" would mean something else there.',
    imports: ['import numpy as np', 'import pandas as pd'],
    code: `${constants.join('\n')}


def add_features(frame):
    """What is known on a row's own day: its row, earlier rows and the calendar."""
    frame = frame.copy()
${indent([...calendar, ...table].join('\n'))}
    return frame


history = pd.concat([train.drop(columns=TARGET), test], ignore_index=True)
features = add_features(history.sort_values(TIME, kind="stable"))
X = features.loc[range(len(train))]
X_test = features.loc[range(len(train), len(history))]
FEATURES = [name for name in X.columns if name not in [*ID, TIME] and pd.api.types.is_numeric_dtype(X[name])]`,
  };
}

function simpleModel(task: Task, recipe: Recipe): string {
  const anchor = anchorColumn(task);
  if (recipe.family === 'lastValue') {
    return `def fit(rows, truth):
    """Nothing to learn but the usual step from today's value to the next."""
    return (truth - rows[ANCHOR]).mean()


def predict(model, rows):
    return ${clipped(task, '(rows[ANCHOR].ffill().bfill() + model).to_numpy()')}`.replaceAll('ANCHOR', quote(anchor ?? ''));
  }
  return `SEASON = [name for name in FEATURES if name.startswith("season_")]


def fit(rows, truth):
    """A smooth yearly curve by least squares."""
    return LinearRegression().fit(rows[SEASON], truth)


def predict(model, rows):
    return ${clipped(task, 'model.predict(rows[SEASON])')}`;
}

export function timeModel(task: Task, recipe: Recipe, words: string): Section {
  if (!usesLagTable(recipe)) {
    return {
      title: 'Model',
      text: words,
      imports: recipe.family === 'seasonal' ? ['from sklearn.linear_model import LinearRegression'] : [],
      code: simpleModel(task, recipe),
    };
  }
  const model = modelCode(task, recipe);
  const anchor = has(recipe, 'changeTarget') ? anchorColumn(task) : null;
  const scaled = model.input === 'scaled';
  const threads = threadsSection(task, recipe);
  const steps = ['SimpleImputer()', ...(scaled ? ['StandardScaler()'] : [])];
  const pipeline = `make_pipeline(${steps.join(', ')}, ${indent(model.code).trimStart()})`;
  const logTarget = has(recipe, 'logTarget');
  const made = logTarget ? `TransformedTargetRegressor(${pipeline}, func=np.log1p, inverse_func=np.expm1)` : pipeline;
  const weights = has(recipe, 'recencyWeights');
  const step = weights ? model.code.slice(0, model.code.indexOf('(')).toLowerCase() : '';
  const fitArguments = weights ? `, ${step}__sample_weight=0.5 ** (age / 365)` : '';
  const truth = anchor ? `truth - rows[${quote(anchor)}].ffill().bfill()` : 'truth';
  const predicted = anchor ? `rows[${quote(anchor)}].ffill().bfill().to_numpy() + model.predict(rows[FEATURES])` : 'model.predict(rows[FEATURES])';
  return {
    title: 'Model',
    text: words,
    imports: [
      'from sklearn.impute import SimpleImputer',
      'from sklearn.pipeline import make_pipeline',
      ...(scaled ? ['from sklearn.preprocessing import StandardScaler'] : []),
      ...(logTarget ? ['from sklearn.compose import TransformedTargetRegressor'] : []),
      ...model.imports,
      ...threads.imports,
    ],
    code: `${threads.code}def make_model():
    return ${made}


def fit(rows, truth):${anchor ? `\n    """Learns the change from today's value instead of the value."""` : ''}
${weights ? '    age = (rows[TIME].max() - rows[TIME]).dt.days\n' : ''}    return make_model().fit(rows[FEATURES], ${truth}${fitArguments})


def predict(model, rows):
    return ${clipped(task, predicted)}`,
  };
}
