import type { Task } from './task';

/** A model family: the kind of model and the table or matrix it is fed with. */
export type Family =
  // tables
  | 'linear' | 'svm' | 'gaussianProcess' | 'neighbours' | 'forest' | 'boosting' | 'lightgbm'
  // texts
  | 'naiveBayes' | 'tfidfLinear' | 'nbLinear' | 'linearSvm'
  // time
  | 'lastValue' | 'seasonal' | 'lagRidge' | 'lagForest' | 'lagBoosting'
  // pictures
  | 'pixelLinear' | 'pixelSvm' | 'pixelForest' | 'pixelNeighbours';

/** A switch that adds or changes one block of a script. */
export type Toggle =
  | 'missingFlags' | 'ratios' | 'groupImputation' | 'interactions' | 'splines' | 'targetEncoding' | 'dateParts' | 'logTarget' | 'classWeights'
  | 'charNgrams' | 'wordPairs' | 'nameField' | 'categoriesToo' | 'textCounts'
  | 'movedImages' | 'edgeMaps'
  | 'longLags' | 'rollingStats' | 'seasonShape' | 'changeTarget' | 'seasonInteractions' | 'recencyWeights' | 'trends';

/** Changes that only the debug rules make, so that a script survives what made it fail. */
export interface Repairs {
  /** Cross-validation folds; fewer after a time-out. */
  readonly folds?: number;
  /** Share of the model's usual size (trees, rounds, vocabulary), 0 to 1. */
  readonly size?: number;
  /** `encoding=` of read_csv. */
  readonly encoding?: 'latin-1';
  /** Columns that turned out to hold text among the numbers. */
  readonly asCategory?: readonly string[];
  /** Columns to leave out. */
  readonly without?: readonly string[];
  /** Replace infinities and impute every column. */
  readonly cleanNumbers?: boolean;
  /** Rows of the training file to use at most. */
  readonly maxRows?: number;
  /** Keyword arguments that the installed library does not know. */
  readonly dropArguments?: readonly string[];
  /** Data files under another name: wanted → existing. */
  readonly paths?: Readonly<Record<string, string>>;
  /** Plain folds, for classes too rare to stratify. */
  readonly plainFolds?: boolean;
  /** Fill, clip and rescale the predictions before they are written. */
  readonly tidyPredictions?: boolean;
}

/** Everything that decides the text of a script, apart from the task and the seed. */
export interface Recipe {
  readonly family: Family;
  readonly toggles: readonly Toggle[];
  /** Hyperparameters by name; what is absent has the family's default. */
  readonly params: Readonly<Record<string, number>>;
  readonly repairs: Repairs;
}

/** Cross-validation plan. It depends on the task alone, so every script of a run has the same folds. */
export interface FoldPlan {
  readonly splits: number;
  readonly repeats: number;
}

/** Below this many rows one split is too noisy, and fits are cheap: repeat it. */
const repeatBelow = 1000;

export function foldPlan(task: Task, repairs: Repairs = {}): FoldPlan {
  if (repairs.folds !== undefined) return { splits: repairs.folds, repeats: 1 };
  const canRepeat = task.folds === 'stratified' || task.folds === 'plain';
  return { splits: 5, repeats: canRepeat && task.rows < repeatBelow ? 4 : 1 };
}

export const has = (recipe: Recipe, toggle: Toggle): boolean => recipe.toggles.includes(toggle);

/** The task after the recipe's repairs: columns moved or left out, paths replaced. */
export function repairedTask(task: Task, repairs: Repairs): Task {
  const without = new Set(repairs.without ?? []);
  const asCategory = new Set(repairs.asCategory ?? []);
  const keep = (names: readonly string[]): string[] => names.filter((name) => !without.has(name));
  return {
    ...task,
    numbers: keep(task.numbers).filter((name) => !asCategory.has(name)),
    categories: keep([...task.categories, ...task.numbers.filter((name) => asCategory.has(name))]),
    texts: keep(task.texts),
    dates: keep(task.dates),
    folds: repairs.plainFolds && task.folds === 'stratified' ? 'plain' : task.folds,
    train: repairs.paths?.[task.train] ?? task.train,
    test: repairs.paths?.[task.test] ?? task.test,
  };
}

/** Identity of a recipe: equal keys give equal scripts. */
export function recipeKey(recipe: Recipe): string {
  const params = Object.entries(recipe.params).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([recipe.family, [...recipe.toggles].sort(), params, recipe.repairs]);
}
