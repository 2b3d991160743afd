import type { Problem } from '../../grading/result';
import { editDistance } from '../../environment/hints';
import type { Failure } from '../../environment/observation';
import type { Recipe, Repairs } from './recipe';
import { foldPlan } from './recipe';
import type { Task } from './task';

/** What is known about a failed attempt. */
export interface Trouble {
  readonly failure: Failure | null;
  /** Errors of a graded but invalid submission. */
  readonly problems: readonly Problem[];
  /** Paths below data/, as `list_files` shows them; empty when nobody asked. */
  readonly dataFiles: readonly string[];
}

export interface Fix {
  readonly recipe: Recipe;
  /** One sentence: the plan of the debug attempt. */
  readonly plan: string;
}

/** Column names that a typing error apart are taken for the same. */
const maxEdits = 2;

type Rule = (trouble: Trouble, recipe: Recipe, task: Task) => Fix | null;

const repair = (recipe: Recipe, repairs: Partial<Repairs>, plan: string): Fix => ({
  recipe: { ...recipe, repairs: { ...recipe.repairs, ...repairs } },
  plan,
});

const text = (trouble: Trouble): string => trouble.failure?.message ?? '';
const isType = (trouble: Trouble, ...types: string[]): boolean => types.includes(trouble.failure?.type ?? '');

const missingModule: Rule = (trouble, recipe) => {
  if (!isType(trouble, 'ModuleNotFoundError', 'ImportError') || recipe.family !== 'lightgbm') return null;
  return { recipe: { ...recipe, family: 'boosting', params: {} }, plan: 'LightGBM cannot be imported here: the same trees by scikit-learn.' };
};

const missingFile: Rule = (trouble, recipe, task) => {
  if (!isType(trouble, 'FileNotFoundError')) return null;
  const wanted = [task.train, task.test].find((path) => text(trouble).includes(path));
  const free = trouble.dataFiles.filter((path) => path.endsWith('.csv') && path !== task.train && path !== task.test);
  const found = wanted && nearest(wanted, free, 12);
  return found ? repair(recipe, { paths: { ...recipe.repairs.paths, [wanted]: found } }, `${wanted} is not there; ${found} is the nearest name.`) : null;
};

const unknownColumn: Rule = (trouble, recipe, task) => {
  if (!isType(trouble, 'KeyError') && !/not in index|not found in axis|Missing column/.test(text(trouble))) return null;
  const known = [...task.numbers, ...task.categories, ...task.texts, ...task.dates];
  const named = known.filter((name) => text(trouble).includes(`'${name}'`) && !recipe.repairs.without?.includes(name));
  if (named.length === 0 || named.length === known.length) return null;
  return repair(recipe, { without: [...(recipe.repairs.without ?? []), ...named] }, `Column ${named.join(', ')} is not in both files: leave it out.`);
};

const textAmongNumbers: Rule = (trouble, recipe, task) => {
  if (!/could not convert string to float|unable to parse string|invalid literal for/i.test(text(trouble)) || task.numbers.length === 0) return null;
  if (!recipe.repairs.cleanNumbers) return repair(recipe, { cleanNumbers: true }, 'A numeric column holds text: turn what is no number into a missing value.');
  return recipe.repairs.asCategory ? null : repair(recipe, { asCategory: task.numbers }, 'Numeric columns hold text: treat them as categories.');
};

const notFinite: Rule = (trouble, recipe) => {
  if (!/contains (NaN|infinity)|Input (X|y) contains|too large for dtype/i.test(text(trouble))) return null;
  return recipe.repairs.cleanNumbers ? null : repair(recipe, { cleanNumbers: true }, 'Missing or infinite numbers reached the model: replace infinities and impute.');
};

const rareClass: Rule = (trouble, recipe) => {
  if (!/n_splits|least populated class|only one class|y contains previously unseen|contains \d+ class/i.test(text(trouble))) return null;
  if (!recipe.repairs.plainFolds) return repair(recipe, { plainFolds: true }, 'A class is too rare to be in every fold: plain folds.');
  return (recipe.repairs.folds ?? 5) > 3 ? repair(recipe, { folds: 3 }, 'A class is too rare to be in every fold: 3 folds.') : null;
};

const unknownArgument: Rule = (trouble, recipe) => {
  const name = /unexpected keyword argument '(\w+)'/.exec(text(trouble))?.[1];
  if (!name || recipe.repairs.dropArguments?.includes(name)) return null;
  return repair(recipe, { dropArguments: [...(recipe.repairs.dropArguments ?? []), name] }, `The installed library does not know ${name}: leave it out.`);
};

const encoding: Rule = (trouble, recipe) =>
  isType(trouble, 'UnicodeDecodeError') && !recipe.repairs.encoding
    ? repair(recipe, { encoding: 'latin-1' }, 'The files are not UTF-8: read them as Latin-1.')
    : null;

const memory: Rule = (trouble, recipe, task) => {
  if (!isType(trouble, 'MemoryError', 'out_of_memory')) return null;
  const size = (recipe.repairs.size ?? 1) / 2;
  if (size >= 0.25) return repair(recipe, { size }, `Memory ran out: a model of ${size * 100} % of the size.`);
  const maxRows = Math.floor((recipe.repairs.maxRows ?? task.rows) / 4);
  return maxRows >= 500 ? repair(recipe, { maxRows }, `Memory ran out: learn from ${maxRows} rows.`) : null;
};

const timeout: Rule = (trouble, recipe, task) => {
  if (!isType(trouble, 'timeout')) return null;
  const { splits, repeats } = foldPlan(task, recipe.repairs);
  if (splits > 3 || repeats > 1) return repair(recipe, { folds: 3, size: (recipe.repairs.size ?? 1) / 2 }, 'Time ran out: 3 folds and half the model.');
  const size = (recipe.repairs.size ?? 1) / 2;
  return size >= 0.1 ? repair(recipe, { size }, `Time ran out: a model of ${Math.round(size * 100)} % of the size.`) : null;
};

const badValues: Rule = (trouble, recipe) => {
  const codes = new Set(trouble.problems.map((problem) => problem.code));
  const tidy = (['empty_value', 'not_a_number', 'not_finite', 'out_of_range', 'row_sum'] as const).some((code) => codes.has(code));
  return tidy && !recipe.repairs.tidyPredictions
    ? repair(recipe, { tidyPredictions: true }, 'Some predictions were empty or out of range: fill, clip and rescale them.')
    : null;
};

/** In order: the first that knows the trouble decides. */
const rules: readonly Rule[] = [
  missingModule, missingFile, encoding, unknownArgument, textAmongNumbers, notFinite, rareClass, unknownColumn, memory, timeout, badValues,
];

/** The change that a rule proposes for a failed attempt; null when none knows it or all that apply were used up. */
export function fixFor(trouble: Trouble, recipe: Recipe, task: Task): Fix | null {
  for (const rule of rules) {
    const fix = rule(trouble, recipe, task);
    if (fix) return fix;
  }
  return null;
}

/** Identity of a trouble, to see that a fix has not helped. */
export function troubleSignature(trouble: Trouble): string {
  return trouble.failure?.signature ?? trouble.problems.map((problem) => problem.code).sort().join(',');
}

/** The known name nearest to `name`, at most `limit` edits away. */
export function nearest(name: string, known: readonly string[], limit = maxEdits): string | null {
  let best: string | null = null;
  let least = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

