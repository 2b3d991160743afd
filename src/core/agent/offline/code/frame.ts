import { foldPlan, type Recipe } from '../recipe';
import type { Task } from '../task';
import { list, quote, type Section } from './sections';

/** The parts that every template shares: reading, validation, and the files it writes. */

export const isClassOutput = (task: Task): boolean => task.output === 'labels' || task.output === 'probabilities';

export function dataSection(task: Task, recipe: Recipe, seed: number): Section {
  const { repairs } = recipe;
  const isTextLabel = isClassOutput(task);
  const dtypes = [...task.id.map((name) => `${quote(name)}: str`), ...(isTextLabel ? [`${quote(task.label)}: str`] : [])];
  const dates = task.dates.filter((name) => !task.id.includes(name));
  const options = [
    `dtype={${dtypes.join(', ')}}`,
    ...(dates.length > 0 ? [`parse_dates=${list(dates)}`] : []),
    ...(repairs.encoding ? [`encoding=${quote(repairs.encoding)}`] : []),
  ];
  // The label is not in the test file, and naming an absent column in dtype is harmless in pandas.
  const read = (path: string): string => `pd.read_csv(${quote(path)}, ${options.join(', ')})`;
  const lines = [
    `SEED = ${seed}`,
    `ID = ${list(task.id)}`,
    `TARGET = ${quote(task.label)}`,
    '',
    `train = ${read(task.train)}.dropna(subset=[TARGET])`,
    `test = ${read(task.test)}`,
  ];
  const idDates = task.dates.filter((name) => task.id.includes(name));
  for (const name of idDates) {
    lines.push(`for frame in (train, test):`, `    frame[${quote(`${name}_parsed`)}] = pd.to_datetime(frame[${quote(name)}])`);
  }
  if (repairs.maxRows) lines.push(`train = train.sample(min(len(train), ${repairs.maxRows}), random_state=SEED)`);
  if (task.folds === 'time' && task.foldColumn) {
    lines.push(`train = train.sort_values(${quote(timeColumn(task))}, kind="stable")`);
  }
  lines.push('train = train.reset_index(drop=True)');
  if (task.texts.length > 0 && task.form === 'text') {
    lines.push(`TEXTS = ${list(task.texts)}`, 'for frame in (train, test):', '    frame[TEXTS] = frame[TEXTS].fillna("")');
  }
  if (task.output === 'labels') lines.push('', 'y = train[TARGET]', 'CLASSES = sorted(y.unique())');
  else if (task.output === 'probabilities') lines.push('', 'y = train[TARGET]', `CLASSES = ${list(task.classes)}`);
  else if (task.output === 'probability') lines.push('', 'y = train[TARGET].astype(str).str.lower().isin(["1", "1.0", "true"]).astype(int)');
  else lines.push('', 'y = train[TARGET].astype(float)');
  lines.push('print(f"train {train.shape}, test {test.shape}")');
  return {
    title: 'Data',
    text: `The training rows with their \`${task.label}\`, and the test rows that need a prediction. Ids are read as text, so that they come out exactly as they went in.`,
    imports: ['import pandas as pd'],
    code: lines.join('\n'),
    look: 'train.head()',
  };
}

/** The parsed time column's name in the script's frames. */
export function timeColumn(task: Task): string {
  const column = task.foldColumn ?? '';
  return task.id.includes(column) ? `${column}_parsed` : column;
}

interface Splitter {
  readonly imports: readonly string[];
  readonly code: string;
  readonly split: string;
  readonly words: string;
}

function splitter(task: Task, recipe: Recipe): Splitter {
  const { splits, repeats } = foldPlan(task, recipe.repairs);
  const times = repeats > 1 ? `, repeated ${repeats} times because the table is small` : '';
  switch (task.folds) {
    case 'time':
      return {
        imports: ['from sklearn.model_selection import TimeSeriesSplit'],
        code: `TimeSeriesSplit(n_splits=${splits}, test_size=len(train) // ${splits * 2})`,
        split: 'split(X)',
        words: `The last half of the training time is cut into ${splits} blocks. Each block is predicted by a model that has seen only the time before it, as on the test rows.`,
      };
    case 'group':
      return {
        imports: ['from sklearn.model_selection import GroupKFold'],
        code: `GroupKFold(n_splits=${splits})`,
        split: `split(X, y, train[${quote(task.foldColumn ?? '')}])`,
        words: `${splits} folds that keep all rows of one \`${task.foldColumn}\` together, as the split into training and test does.`,
      };
    case 'stratified': {
      const name = repeats > 1 ? 'RepeatedStratifiedKFold' : 'StratifiedKFold';
      return {
        imports: [`from sklearn.model_selection import ${name}`],
        code:
          repeats > 1
            ? `${name}(n_splits=${splits}, n_repeats=${repeats}, random_state=SEED)`
            : `${name}(n_splits=${splits}, shuffle=True, random_state=SEED)`,
        split: 'split(X, y)',
        words: `${splits} folds with the same share of every class${times}.`,
      };
    }
    case 'plain': {
      const name = repeats > 1 ? 'RepeatedKFold' : 'KFold';
      return {
        imports: [`from sklearn.model_selection import ${name}`],
        code:
          repeats > 1
            ? `${name}(n_splits=${splits}, n_repeats=${repeats}, random_state=SEED)`
            : `${name}(n_splits=${splits}, shuffle=True, random_state=SEED)`,
        split: 'split(X)',
        words: `${splits} shuffled folds${times}.`,
      };
    }
  }
}

/** One sentence about the folds, for docstrings and text cells. */
export function foldWords(task: Task, recipe: Recipe): string {
  return splitter(task, recipe).words;
}

/** `fit` and `predict`, the pair that the validation loop calls, for a scikit-learn model on the frame `X`. */
export function plainFitPredict(task: Task): string {
  const fit = `def fit(rows, truth):
    return make_model().fit(rows, truth)`;
  if (isClassOutput(task)) {
    return `${fit}


def predict(model, rows):
    """Class probabilities in the order of CLASSES; a class that the model never saw gets 0."""
    table = pd.DataFrame(model.predict_proba(rows), columns=model.classes_)
    return table.reindex(columns=CLASSES, fill_value=0.0).to_numpy()`;
  }
  if (task.output === 'probability') {
    return `${fit}


def predict(model, rows):
    return model.predict_proba(rows)[:, 1]`;
  }
  return `${fit}


def predict(model, rows):
    return ${clipped(task, 'model.predict(rows)')}`;
}

/** Predictions of a metric with logarithms must not be negative. */
export function clipped(task: Task, expression: string): string {
  return task.metric === 'rmsle' ? `np.clip(${expression}, 0, None)` : expression;
}

/** The cross-validation loop. Needs `X`, `y`, `fit`, `predict`, `score`. */
export function validationSection(task: Task, recipe: Recipe, model: string): Section {
  const split = splitter(task, recipe);
  const columns = isClassOutput(task) ? 'CLASSES' : '["prediction"]';
  return {
    title: 'Validation',
    text: `${split.words} Everything that learns from data, preprocessing included, is fitted on the training part of each fold only.`,
    imports: ['import numpy as np', 'import pandas as pd', ...split.imports],
    code: `folds = ${split.code}
scores, out_of_fold = [], []
for fold, (fit_rows, valid_rows) in enumerate(folds.${split.split}):
    model = fit(X.iloc[fit_rows], y.iloc[fit_rows])
    prediction = predict(model, X.iloc[valid_rows])
    scores.append(score(y.iloc[valid_rows], prediction))
    print(f"fold {fold}: {scores[-1]:.5f}")
    part = pd.DataFrame(prediction, columns=${columns}).add_prefix("p_")
    part.insert(0, "truth", y.iloc[valid_rows].to_numpy())
    part.insert(0, "fold", fold)
    out_of_fold.append(pd.concat([train.loc[valid_rows, ID].reset_index(drop=True), part], axis=1))

pd.concat(out_of_fold).to_csv("oof.csv", index=False)
report = [(name, fold, value) for name in (${quote(model)}, "ensemble") for fold, value in enumerate(scores)]
pd.DataFrame(report, columns=["model", "fold", "score"]).to_csv("scores.csv", index=False)
print(f"SCORE ${task.metric} {np.mean(scores):.6f}")`,
    look: 'pd.Series(scores, name="score").describe()',
  };
}

/** Lines that turn `prediction` for the test rows into the submission file. */
export function writeSubmission(task: Task, recipe?: Recipe): string {
  const columns = isClassOutput(task) ? 'CLASSES' : '["prediction"]';
  const lines = [
    `test_pred = pd.concat([test[ID], pd.DataFrame(prediction, columns=${columns}).add_prefix("p_")], axis=1)`,
    'test_pred.to_csv("test_pred.csv", index=False)',
    '',
  ];
  if (recipe?.repairs.tidyPredictions) lines.unshift(...tidyLines(task));
  if (task.output === 'probabilities') {
    lines.push(`submission = pd.DataFrame(prediction, columns=${list(task.targets)})`, 'submission = pd.concat([test[ID], submission], axis=1)');
  } else {
    const value = task.output === 'labels' ? 'np.array(CLASSES)[prediction.argmax(axis=1)]' : 'prediction';
    lines.push(`submission = test[ID].copy()`, `submission[${quote(task.targets[0] ?? task.label)}] = ${value}`);
  }
  lines.push(`submission.to_csv(${quote(task.submissionFile)}, index=False)`, `print(f"${task.submissionFile}: {len(submission)} rows")`);
  return lines.join('\n');
}

function tidyLines(task: Task): string[] {
  if (task.output === 'number') return ['prediction = np.nan_to_num(prediction, nan=float(np.mean(y)))'];
  const lines = ['prediction = np.clip(np.nan_to_num(prediction), 1e-6, 1)'];
  return isClassOutput(task) ? [...lines, 'prediction /= prediction.sum(axis=1, keepdims=True)'] : lines;
}

export function submissionSection(task: Task, recipe: Recipe): Section {
  return {
    title: 'Submission',
    text: 'The final model learns from all training rows and predicts the test rows, in the order in which they are listed.',
    imports: ['import numpy as np', 'import pandas as pd'],
    code: `model = fit(X, y)\nprediction = predict(model, X_test)\n\n${writeSubmission(task, recipe)}`,
    look: 'submission.head()',
  };
}
