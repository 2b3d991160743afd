import { framesOf } from '../facts';
import { argumentsOf, callsOf, closingOf, lineAt, literal } from '../python';
import type { Check, Warning } from './warning';

/** What learns from the rows that it is fitted on, and whether it looks at the target too. */
const learned: ReadonlyMap<string, 'rows' | 'target'> = new Map([
  ['StandardScaler', 'rows'], ['MinMaxScaler', 'rows'], ['RobustScaler', 'rows'], ['QuantileTransformer', 'rows'], ['PowerTransformer', 'rows'],
  ['SimpleImputer', 'rows'], ['KNNImputer', 'rows'], ['IterativeImputer', 'rows'], ['PCA', 'rows'], ['TruncatedSVD', 'rows'], ['TfidfVectorizer', 'rows'], ['CountVectorizer', 'rows'],
  ['TargetEncoder', 'target'], ['SelectKBest', 'target'], ['SelectFromModel', 'target'], ['RFE', 'target'],
]);
const splitting = new Set(['train_test_split', 'cross_val_score', 'cross_val_predict', 'cross_validate', 'split', 'GridSearchCV', 'RandomizedSearchCV']);

/**
 * `X = StandardScaler().fit_transform(X)` at the margin, and X split or cross-validated afterwards.
 * A fit within a function, a loop or a pipeline is none of this.
 */
export const fittedBeforeSplit: Check = ({ source, masked }) => {
  const made = new Map([...masked.matchAll(/^(\w+)[ \t]*=[ \t]*(\w+)\(/gm)].flatMap((match) => (learned.has(match[2] ?? '') ? [[match[1] ?? '', match[2] ?? ''] as const] : [])));
  return [...masked.matchAll(/^(\w+)(?:\[[^=\n]*\])?[ \t]*=[ \t]*(\w+)(?:\(([^()\n]*)\))?\.fit_transform\(/gm)].flatMap((match): Warning[] => {
    const [whole, result = '', name = '', inline] = match;
    const kind = inline === undefined ? (made.get(name) ?? '') : name;
    const sees = learned.get(kind);
    const close = closingOf(masked, match.index + whole.length - 1);
    if (sees === undefined || close === null) return [];
    const split = callsOf(masked.slice(close), splitting).find((call) => {
      const [first, second] = argumentsOf(masked.slice(close), call);
      return [first, second].some((argument) => argument && argument.name === null && masked.slice(close + argument.value, close + argument.end) === result);
    });
    if (!split) return [];
    const where = lineAt(source, close + split.start).line;
    return [
      {
        code: 'fitted_before_split',
        severity: sees === 'target' ? 'warning' : 'hint',
        start: match.index,
        end: close + 1,
        message: `${kind} is fitted on all rows here, and ${result} is split afterwards in line ${where}: the rows that validate ${sees === 'target' ? 'have already shown their target' : 'have been seen'}. Put it into a pipeline, which fits it within each fold.`,
      },
    ];
  });
};

const randomSplits = new Set(['KFold', 'StratifiedKFold', 'ShuffleSplit', 'StratifiedShuffleSplit', 'RepeatedKFold', 'RepeatedStratifiedKFold', 'train_test_split']);

/** A random split where the competition splits by group or by time. */
export const randomSplit: Check = ({ source, masked, facts: { task } }) => {
  if ((task.folds !== 'group' && task.folds !== 'time') || task.foldColumn === null) return [];
  const better = task.folds === 'group' ? 'GroupKFold' : 'TimeSeriesSplit';
  return callsOf(masked, randomSplits).flatMap((call): Warning[] => {
    const given = argumentsOf(masked, call);
    const shuffle = given.find((argument) => argument.name === 'shuffle');
    // Blocks in the order of the file may be what was meant.
    if (task.folds === 'time' && (shuffle ? source.slice(shuffle.value, shuffle.end) !== 'True' : /^(KFold|StratifiedKFold)$/.test(call.name))) return [];
    const why = task.folds === 'group' ? `rows of one ${task.foldColumn} come together into one file` : `test rows come after the training rows by ${task.foldColumn}`;
    return [
      { code: 'random_split', severity: 'warning', start: call.start, end: call.open, message: `This splits rows at random, but ${why} in this competition: the validation score will be too good. ${better} fits.` },
    ];
  });
};

/** The target column of the sample submission, read before the code has filled it. */
export const sampleTarget: Check = ({ source, masked, facts }) => {
  const samples = [...framesOf(source, facts)].filter(([, table]) => table.role === 'sample').map(([name]) => name);
  return samples.flatMap((name) => {
    for (const match of masked.matchAll(new RegExp(`(?<![\\w.])${name}\\[[ \\t]*(["'][^"'\\n]*["'])[ \\t]*\\]([ \\t]*=(?!=))?`, 'g'))) {
      const at = match.index + match[0].indexOf(match[1] ?? '');
      const column = literal(source.slice(at, at + (match[1] ?? '').length));
      if (column === null || !facts.task.targets.includes(column)) continue;
      // From here on it holds the predictions.
      if (match[2] !== undefined) return [];
      const message = `The values of ${column} in the sample submission are placeholders. Take ids and column names from it, nothing else.`;
      return [{ code: 'sample_target', severity: 'warning', start: match.index, end: match.index + match[0].length, message } satisfies Warning];
    }
    return [];
  });
};
