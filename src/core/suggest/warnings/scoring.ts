import { argumentsOf, callsOf, literal } from '../python';
import { metricFunctions, scorerOf } from '../scorers';
import type { Check, Warning } from './warning';

/** `make_scorer` takes more for better unless it is told otherwise. */
export const madeScorer: Check = ({ source, masked }) =>
  callsOf(masked, new Set(['make_scorer'])).flatMap((call): Warning[] => {
    const given = argumentsOf(masked, call);
    const [first] = given;
    const name = first && source.slice(first.value, first.end);
    const direction = name !== undefined && Object.hasOwn(metricFunctions, name) ? metricFunctions[name] : undefined;
    const greater = given.find((argument) => argument.name === 'greater_is_better');
    const value = greater ? source.slice(greater.value, greater.end) : 'True';
    if (!first || direction === undefined || !/^(True|False)$/.test(value) || (value === 'True') === (direction === 'maximize')) return [];
    const right = direction === 'maximize' ? 'True' : 'False';
    return [
      {
        code: 'wrong_direction',
        severity: 'warning',
        start: call.start,
        end: call.close + 1,
        message: `${name} is better when it is ${direction === 'maximize' ? 'higher' : 'lower'}: with greater_is_better=${value} a search picks the worst model.`,
        fix: {
          title: `Set greater_is_better=${right}`,
          edits: [greater ? { start: greater.value, end: greater.end, text: right } : { start: first.end, end: first.end, text: `, greater_is_better=${right}` }],
        },
      },
    ];
  });

/** Functions of scikit-learn that take `scoring=`. */
const scoringCalls = new Set(['cross_val_score', 'cross_validate', 'GridSearchCV', 'RandomizedSearchCV', 'HalvingGridSearchCV', 'HalvingRandomSearchCV', 'RFECV', 'learning_curve', 'validation_curve', 'permutation_importance']);
/** Names of scikit-learn that are known for certain to be another metric than the competition's. */
const scorers = new Set([
  'accuracy', 'balanced_accuracy', 'average_precision', 'neg_brier_score', 'f1', 'f1_micro', 'f1_macro', 'f1_weighted', 'neg_log_loss', 'precision', 'recall', 'roc_auc', 'matthews_corrcoef',
  'explained_variance', 'neg_max_error', 'neg_mean_absolute_error', 'neg_mean_squared_error', 'neg_root_mean_squared_error', 'neg_mean_squared_log_error', 'neg_median_absolute_error', 'r2', 'neg_mean_absolute_percentage_error',
]);

/** `scoring=` with another metric than the competition's, or with a name that scikit-learn writes with `neg_`. */
export const scoringName: Check = ({ source, masked, facts }) => {
  const right = scorerOf(facts.task)?.scoring;
  if (right === undefined) return [];
  return callsOf(masked, scoringCalls).flatMap((call): Warning[] => {
    const given = argumentsOf(masked, call).find((argument) => argument.name === 'scoring');
    const name = given && literal(source.slice(given.value, given.end));
    if (!given || !name || name === right) return [];
    const fix = { title: `Use scoring="${right}"`, edits: [{ start: given.value, end: given.end, text: `"${right}"` }] };
    const place = { start: given.value, end: given.end, fix };
    if (!scorers.has(name)) {
      if (!scorers.has(`neg_${name}`)) return [];
      return [{ ...place, code: 'wrong_direction', severity: 'warning', message: `scikit-learn has no scoring="${name}": errors are negated there, so that higher is better.` }];
    }
    return [{ ...place, code: 'other_metric', severity: 'hint', message: `This competition is scored by ${facts.metricLabel}, which is scoring="${right}".` }];
  });
};

/** A score of scikit-learn that is negated, claimed as it is. */
export const negatedClaim: Check = ({ source, masked, facts }) => {
  const right = scorerOf(facts.task)?.scoring;
  if (!right?.startsWith('neg_')) return [];
  return [...masked.matchAll(/^(\w+)[ \t]*=[ \t]*cross_val_score\(/gm)].flatMap((match): Warning[] => {
    const [, name = ''] = match;
    const [call] = callsOf(masked.slice(match.index), new Set(['cross_val_score']));
    if (!call || !source.slice(match.index, match.index + call.close).includes(right)) return [];
    const after = match.index + call.close;
    if (new RegExp(`^[ \\t]*${name}[ \\t]*[*]?=(?!=)`, 'm').test(masked.slice(after))) return [];
    const claim = new RegExp(`\\bSCORE[ \\t]+\\w+[ \\t]+\\{(${name}\\.mean\\(\\))`).exec(source.slice(after));
    if (!claim) return [];
    const start = after + claim.index + claim[0].length - (claim[1] ?? '').length;
    return [
      {
        code: 'wrong_direction',
        severity: 'warning',
        start,
        end: start + (claim[1] ?? '').length,
        message: `scoring="${right}" is negated: the claim of this line would be negative.`,
        fix: { title: 'Turn the sign round', edits: [{ start, end: start, text: '-' }] },
      },
    ];
  });
};
