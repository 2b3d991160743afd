import { tableOf, type Table } from '../facts';
import type { Rule } from './place';

/** The file that a variable's name speaks of. */
export function roleOf(name: string): Table['role'] | null {
  if (/sample|submission|^sub$/i.test(name)) return 'sample';
  if (/train/i.test(name)) return 'train';
  return /test/i.test(name) ? 'test' : null;
}

/** `train = pd.read_csv(` → `"data/train.csv")`. */
export const readPath: Rule = ({ before, facts }) => {
  const match = /(?:(\w+)[ \t]*=[ \t]*)?\b(?:pd|pandas)\.read_csv\((?:(["'])([^"']*))?$/.exec(before);
  if (!match) return null;
  const [, name, quote, typed = ''] = match;
  const role = name === undefined ? null : roleOf(name);
  const ofRole = role === null ? undefined : tableOf(facts, role);
  const fitting = ofRole ? [ofRole] : typed === '' ? [] : facts.tables;
  const [only, ...more] = fitting.filter((table) => table.path.startsWith(typed));
  if (!only || more.length > 0 || only.path === typed) return null;
  return quote === undefined ? `"${only.path}")` : `${only.path.slice(typed.length)}${quote})`;
};

/** What a table of results is called by the files that an attempt may write. */
const outputs: readonly (readonly [RegExp, string])[] = [
  [/oof|out_of_fold/i, 'oof.csv'],
  [/test_pred/i, 'test_pred.csv'],
  [/^(scores|report|fold_scores)$/i, 'scores.csv'],
];

/** `submission.to_csv(` → `"submission.csv", index=False)`. */
export const writePath: Rule = ({ before, facts }) => {
  const match = /\b(\w+)\.to_csv\((?:(["'])([^"']*))?$/.exec(before);
  if (!match) return null;
  const [, name = '', quote, typed = ''] = match;
  const path = roleOf(name) === 'sample' ? facts.task.submissionFile : outputs.find(([pattern]) => pattern.test(name))?.[1];
  if (path === undefined || !path.startsWith(typed)) return null;
  return quote === undefined ? `"${path}", index=False)` : `${path.slice(typed.length)}${quote}, index=False)`;
};
