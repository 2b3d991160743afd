import { anchorColumn, usesLagTable } from './code/time';
import { has, type Recipe, type Toggle } from './recipe';
import type { Task } from './task';

export interface ToggleFacts {
  readonly toggle: Toggle;
  /** Reads after "Added": "missing-value flags". */
  readonly name: string;
  /** Why it may help: one sentence for the plan. */
  readonly why: string;
  /** Expected gain as a share of the score's size, before anything was tried. */
  readonly priorGain: number;
  /** Time against the script without it. */
  readonly costFactor: number;
  readonly applies: (task: Task, recipe: Recipe) => boolean;
}

const trees = (recipe: Recipe): boolean => ['forest', 'boosting', 'lightgbm', 'lagForest', 'lagBoosting'].includes(recipe.family);
const isTable = (task: Task): boolean => task.form === 'tabular';
const isText = (task: Task): boolean => task.form === 'text';
const positiveTarget = (task: Task): boolean => task.output === 'number' && (task.labelRange?.[0] ?? -1) >= 0;

const tabular: readonly ToggleFacts[] = [
  {
    toggle: 'interactions',
    name: 'interactions of the columns',
    why: 'A linear model sees products and squares only when they are columns.',
    priorGain: 0.03,
    costFactor: 1.6,
    applies: (task, recipe) => isTable(task) && recipe.family === 'linear' && task.numbers.length >= 1 && task.numbers.length + task.categories.length <= 20 && !has(recipe, 'splines'),
  },
  {
    toggle: 'splines',
    name: 'splines of the numeric columns',
    why: 'Piecewise curves let a linear model bend.',
    priorGain: 0.02,
    costFactor: 2,
    applies: (task, recipe) => isTable(task) && recipe.family === 'linear' && task.numbers.length > 0 && !has(recipe, 'interactions') && task.rows >= 300,
  },
  {
    toggle: 'ratios',
    name: 'ratios of the numeric columns',
    why: 'Ratios tell shape apart from size.',
    priorGain: 0.025,
    costFactor: 1.2,
    applies: (task) => isTable(task) && task.numbers.length >= 2,
  },
  {
    toggle: 'classWeights',
    name: 'class weights',
    why: 'Rare classes count as much as frequent ones in this metric.',
    priorGain: 0.025,
    costFactor: 1,
    applies: (task, recipe) => task.output === 'labels' && !['neighbours', 'gaussianProcess', 'nbLinear'].includes(recipe.family) && task.metric !== 'accuracy' && task.metric !== 'top1_error',
  },
  {
    toggle: 'missingFlags',
    name: 'missing-value flags',
    why: 'That a value is missing can itself tell something.',
    priorGain: 0.008,
    costFactor: 1,
    applies: (task) => isTable(task) && task.missing && task.numbers.length > 0,
  },
  {
    toggle: 'groupImputation',
    name: 'imputation from similar rows',
    why: 'A gap is better filled from similar rows than with one median for all.',
    priorGain: 0.006,
    costFactor: 1.3,
    applies: (task) => isTable(task) && task.missing && task.numbers.length >= 2 && task.rows <= 5000,
  },
  {
    toggle: 'targetEncoding',
    name: 'target encoding within folds',
    why: 'One number per category says what its rows have in common.',
    priorGain: 0.012,
    costFactor: 1.3,
    applies: (task) => isTable(task) && task.categories.length > 0,
  },
  {
    toggle: 'dateParts',
    name: 'date parts',
    why: 'Season and weekday are in the date.',
    priorGain: 0.04,
    costFactor: 1.1,
    applies: (task) => isTable(task) && task.dates.length > 0,
  },
  {
    toggle: 'logTarget',
    name: 'log target',
    why: 'The target is positive and may be skewed; on the log scale errors are relative.',
    priorGain: 0.015,
    costFactor: 1,
    applies: (task, recipe) => positiveTarget(task) && (isTable(task) || usesLagTable(recipe)) && !has(recipe, 'changeTarget'),
  },
];

const text: readonly ToggleFacts[] = [
  {
    toggle: 'charNgrams',
    name: 'character n-grams',
    why: 'Pieces of words catch endings, compounds and spelling variants.',
    priorGain: 0.03,
    costFactor: 6,
    applies: (task, recipe) => isText(task) && recipe.family === 'linearSvm',
  },
  {
    toggle: 'nameField',
    name: 'double weight for short texts',
    why: 'A word in the title weighs more than the same word deep in a description.',
    priorGain: 0.03,
    costFactor: 1.05,
    applies: (task) => isText(task) && task.shortTexts.length > 0,
  },
  {
    toggle: 'wordPairs',
    name: 'word pairs',
    why: 'Some meanings need two words.',
    priorGain: 0.015,
    costFactor: 1.5,
    applies: isText,
  },
  {
    toggle: 'categoriesToo',
    name: 'the categorical columns',
    why: 'The table has more than text.',
    priorGain: 0.03,
    costFactor: 1.1,
    applies: (task) => isText(task) && task.categories.length > 0,
  },
  {
    toggle: 'textCounts',
    name: 'text lengths',
    why: 'Length and capitals differ between kinds of text.',
    priorGain: 0.008,
    costFactor: 1.1,
    applies: isText,
  },
];

const time: readonly ToggleFacts[] = [
  {
    toggle: 'changeTarget',
    name: 'the change as target',
    why: 'The step from today is easier to learn than the level.',
    priorGain: 0.02,
    costFactor: 1,
    applies: (task, recipe) => usesLagTable(recipe) && anchorColumn(task) !== null && !has(recipe, 'logTarget'),
  },
  {
    toggle: 'seasonInteractions',
    name: 'interactions with the season',
    why: 'The same measurement means something else in summer than in winter.',
    priorGain: 0.02,
    costFactor: 1.2,
    applies: (task, recipe) => recipe.family === 'lagRidge' && task.numbers.length > 0,
  },
  {
    toggle: 'trends',
    name: 'changes since the day before',
    why: 'Where a value comes from tells where it goes.',
    priorGain: 0.012,
    costFactor: 1.1,
    applies: (task, recipe) => usesLagTable(recipe) && (task.rowsBefore || (task.earlier.length > 0 && trees(recipe))),
  },
  {
    toggle: 'rollingStats',
    name: 'rolling means',
    why: 'The last week and month smooth out single days.',
    priorGain: 0.015,
    costFactor: 1.3,
    applies: (task, recipe) => usesLagTable(recipe) && task.rowsBefore,
  },
  {
    toggle: 'longLags',
    name: 'lags up to two weeks',
    why: 'Some memory is longer than three days.',
    priorGain: 0.01,
    costFactor: 1.4,
    applies: (task, recipe) => usesLagTable(recipe) && task.rowsBefore,
  },
  {
    toggle: 'seasonShape',
    name: 'a finer seasonal curve',
    why: 'The year is not a perfect wave.',
    priorGain: 0.008,
    costFactor: 1,
    applies: (task, recipe) => task.form === 'time' && (usesLagTable(recipe) || recipe.family === 'seasonal'),
  },
  {
    toggle: 'recencyWeights',
    name: 'more weight on recent rows',
    why: 'The recent past resembles the test period most.',
    priorGain: 0.006,
    costFactor: 1,
    applies: (task, recipe) => usesLagTable(recipe) && !has(recipe, 'logTarget'),
  },
];

const all: readonly ToggleFacts[] = [...tabular, ...text, ...time];

/** Toggles that could be switched on in a recipe, in a fixed order. */
export function togglesFor(task: Task, recipe: Recipe): readonly ToggleFacts[] {
  const seen = new Set<Toggle>(recipe.toggles);
  return all.filter((facts) => !seen.has(facts.toggle) && facts.applies(task, recipe));
}

export function toggleFacts(toggle: Toggle): ToggleFacts {
  const facts = all.find((candidate) => candidate.toggle === toggle);
  if (!facts) throw new RangeError(`There is no toggle "${toggle}".`);
  return facts;
}
