import { anchorColumn } from './code/time';
import type { Family, Recipe, Toggle } from './recipe';
import type { Task } from './task';

/** What the agent knows of a family before it has tried it. */
export interface FamilyFacts {
  readonly family: Family;
  /** Name in plans and titles: "ridge regression". */
  readonly name: string;
  /** For the notebook and the docstring: one or two sentences. */
  readonly words: string;
  readonly applies: (task: Task) => boolean;
  /** Toggles of the first draft. */
  readonly start: (task: Task) => readonly Toggle[];
  /** Seconds of one attempt at 1,000 rows on two cores, a first guess until one has been measured. */
  readonly secondsPer1000: number;
  /** Expected gain of its draft over what is there, as a share of the score's size; unusually small for yardsticks. */
  readonly promise?: number;
  /** Hyperparameters for the tuning steps: default and the factor of one step. */
  readonly tune: readonly { readonly name: string; readonly start: number; readonly factor: number; readonly words: string }[];
}

const always = (): boolean => true;
const none = (): readonly Toggle[] => [];
const change = (task: Task): readonly Toggle[] => (anchorColumn(task) === null ? [] : ['changeTarget']);
const dates = (task: Task): readonly Toggle[] => (task.dates.length > 0 ? ['dateParts'] : []);

const tabular: readonly FamilyFacts[] = [
  {
    family: 'linear',
    name: 'linear model',
    words: 'A linear model on scaled numbers and one-hot categories: quick, hard to overfit, and the yardstick for everything else.',
    applies: always,
    start: dates,
    secondsPer1000: 4,
    tune: [{ name: 'C', start: 1, factor: 5, words: 'regularisation' }, { name: 'alpha', start: 3, factor: 5, words: 'regularisation' }],
  },
  {
    family: 'lightgbm',
    name: 'LightGBM',
    words: 'Gradient boosted trees by LightGBM: small trees, each correcting the ones before, with rows and columns sampled.',
    applies: (task) => 'lightgbm' in task.libraries && task.rows >= 500,
    start: dates,
    secondsPer1000: 6,
    tune: [{ name: 'leaves', start: 15, factor: 2, words: 'leaves per tree' }, { name: 'learningRate', start: 0.05, factor: 2, words: 'learning rate' }],
  },
  {
    family: 'boosting',
    name: 'histogram gradient boosting',
    words: 'Gradient boosted trees on binned features: finds thresholds and interactions that a linear model cannot.',
    applies: always,
    start: dates,
    secondsPer1000: 12,
    tune: [
      { name: 'leaves', start: 8, factor: 2, words: 'leaves per tree' },
      { name: 'learningRate', start: 0.06, factor: 2, words: 'learning rate' },
    ],
  },
  {
    family: 'forest',
    name: 'extremely randomised trees',
    words: 'Many random trees whose votes are averaged: robust with few rows, and wrong in other places than the linear model.',
    applies: (task) => task.rows <= 100_000,
    start: dates,
    secondsPer1000: 12,
    tune: [{ name: 'leafRows', start: 3, factor: 2, words: 'rows per leaf' }],
  },
  {
    family: 'svm',
    name: 'support vector machine',
    words: 'A support vector machine with a radial kernel: smooth, curved borders between the classes.',
    applies: (task) => task.rows <= 3000,
    start: dates,
    secondsPer1000: 8,
    tune: [{ name: 'C', start: 3, factor: 4, words: 'margin penalty' }],
  },
  {
    family: 'gaussianProcess',
    name: 'Gaussian process',
    words: 'A smooth surface through the training rows whose bends are learned from the data: made for small tables.',
    applies: (task) => task.rows <= 600,
    start: dates,
    secondsPer1000: 15,
    tune: [],
  },
  {
    family: 'neighbours',
    name: 'nearest neighbours',
    words: 'The answer of the most similar rows, closer ones counting more.',
    applies: (task) => task.rows <= 5000,
    start: dates,
    secondsPer1000: 4,
    promise: 0.006,
    tune: [{ name: 'neighbours', start: 15, factor: 2, words: 'number of neighbours' }],
  },
];

const text: readonly FamilyFacts[] = [
  {
    family: 'naiveBayes',
    name: 'naive Bayes on TF-IDF',
    words: 'Multinomial naive Bayes on weighted word counts: trained in a blink, surprisingly strong on short texts.',
    applies: always,
    start: () => ['wordPairs'],
    secondsPer1000: 1.5,
    tune: [{ name: 'alpha', start: 0.03, factor: 3, words: 'smoothing' }],
  },
  {
    family: 'linearSvm',
    name: 'calibrated linear SVM on TF-IDF',
    words: 'A linear support vector machine on weighted word counts; its margins are turned into probabilities by inner cross-validation.',
    applies: always,
    start: none,
    secondsPer1000: 1.5,
    tune: [{ name: 'C', start: 0.3, factor: 3, words: 'margin penalty' }],
  },
  {
    family: 'tfidfLinear',
    name: 'logistic regression on TF-IDF',
    words: 'Logistic regression on weighted word counts. The weights of all classes are learned together, so the probabilities are well calibrated.',
    applies: always,
    start: none,
    secondsPer1000: 5,
    tune: [{ name: 'C', start: 30, factor: 3, words: 'regularisation' }],
  },
  {
    family: 'nbLinear',
    name: 'logistic regression on naive Bayes weights',
    words: 'Each word is first scaled by how strongly it speaks for a class, then a linear model per class decides.',
    applies: always,
    start: none,
    secondsPer1000: 2,
    promise: 0.006,
    tune: [{ name: 'C', start: 3, factor: 3, words: 'regularisation' }],
  },
];

const time: readonly FamilyFacts[] = [
  {
    family: 'lagRidge',
    name: 'ridge regression on a lag table',
    words: "A linear model with shrinkage on the season, today's measurements and earlier ones.",
    applies: (task) => task.numbers.length > 0,
    start: none,
    secondsPer1000: 1.5,
    tune: [{ name: 'alpha', start: 10, factor: 4, words: 'regularisation' }],
  },
  {
    family: 'lastValue',
    name: 'last value',
    words: "Tomorrow is like today: the last known value of the same quantity plus the usual step. The classic yardstick of forecasting.",
    applies: (task) => anchorColumn(task) !== null,
    start: none,
    secondsPer1000: 1,
    tune: [],
  },
  {
    family: 'lagForest',
    name: 'randomised trees on a lag table',
    words: 'Many random trees on the same table, averaged: smoother than boosting and wrong in other places.',
    applies: (task) => task.numbers.length > 0,
    start: change,
    secondsPer1000: 4,
    tune: [{ name: 'leafRows', start: 3, factor: 2, words: 'rows per leaf' }],
  },
  {
    family: 'lagBoosting',
    name: 'gradient boosting on a lag table',
    words: "Gradient boosted trees on the season, today's measurements and earlier ones: finds thresholds and interactions.",
    applies: (task) => task.numbers.length > 0,
    start: change,
    secondsPer1000: 4,
    tune: [
      { name: 'learningRate', start: 0.05, factor: 2, words: 'learning rate' },
      { name: 'leaves', start: 4, factor: 2, words: 'leaves per tree' },
    ],
  },
  {
    family: 'seasonal',
    name: 'seasonal curve',
    words: 'A smooth curve over the year and nothing else: what the calendar alone can tell.',
    applies: always,
    start: none,
    secondsPer1000: 1,
    promise: 0.002,
    tune: [],
  },
];

/** Families that fit a task, the first to try first. */
export function familiesFor(task: Task): readonly FamilyFacts[] {
  const all = task.form === 'tabular' ? tabular : task.form === 'text' ? text : task.form === 'time' ? time : [];
  return all.filter((facts) => facts.applies(task));
}

const byFamily = new Map([...tabular, ...text, ...time].map((facts) => [facts.family, facts]));

export function familyFacts(family: Family): FamilyFacts {
  const facts = byFamily.get(family);
  if (!facts) throw new RangeError(`There is no model family "${family}".`);
  return facts;
}

/** The hyperparameters that the family's script really has for this task. */
export function tunable(task: Task, family: Family): FamilyFacts['tune'] {
  const { tune } = familyFacts(family);
  const unused = task.output === 'number' ? (family === 'linear' ? ['C'] : []) : ['alpha'].filter(() => family === 'linear');
  return tune.filter((entry) => !unused.includes(entry.name));
}

export function firstRecipe(task: Task, facts: FamilyFacts): Recipe {
  const logTarget: Toggle[] = task.metric === 'rmsle' && !['lastValue', 'seasonal'].includes(facts.family) && !facts.start(task).includes('changeTarget') ? ['logTarget'] : [];
  return { family: facts.family, toggles: [...facts.start(task), ...logTarget], params: {}, repairs: {} };
}
