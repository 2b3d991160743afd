import { argumentsOf, callsOf } from '../python';
import { seedName } from '../scorers';
import type { Check, Warning } from './warning';

/** Random whatever their other arguments are. */
const alwaysRandom = new Set([
  'RepeatedKFold', 'RepeatedStratifiedKFold', 'ShuffleSplit', 'StratifiedShuffleSplit', 'GroupShuffleSplit',
  'RandomForestClassifier', 'RandomForestRegressor', 'ExtraTreesClassifier', 'ExtraTreesRegressor', 'MLPClassifier', 'MLPRegressor', 'RandomizedSearchCV',
]);
/** Random when they shuffle: the value is what they do when nothing is said. */
const shuffling: ReadonlyMap<string, boolean> = new Map([['KFold', false], ['StratifiedKFold', false], ['StratifiedGroupKFold', false], ['train_test_split', true]]);

/** Splits and models whose result changes from run to run: a gain cannot be told from luck. */
export const noSeed: Check = ({ source, masked }) => {
  // What is not told a seed takes the global one.
  if (/\b(?:np|numpy)\.random\.seed\(/.test(masked)) return [];
  return callsOf(masked, new Set([...alwaysRandom, ...shuffling.keys()])).flatMap((call): Warning[] => {
    const given = argumentsOf(masked, call);
    const name = call.name.split('.').at(-1) ?? call.name;
    if (given.some((argument) => argument.name === 'random_state' || masked[argument.start] === '*')) return [];
    const shuffle = given.find((argument) => argument.name === 'shuffle');
    const shuffles = shuffle ? source.slice(shuffle.value, shuffle.end) === 'True' : (shuffling.get(name) ?? true);
    if (!shuffles) return [];
    const last = given.at(-1);
    const at = last?.end ?? call.open + 1;
    const seed = seedName(masked.slice(0, call.start)) ?? '0';
    return [
      {
        code: 'no_seed',
        severity: 'hint',
        start: call.start,
        end: call.open,
        message: `${name} is random here: another run gives another score, and a small gain cannot be told from luck.`,
        fix: { title: `Add random_state=${seed}`, edits: [{ start: at, end: at, text: `${last ? ', ' : ''}random_state=${seed}` }] },
      },
    ];
  });
};
