import { isImported } from '../python';
import { foldsOf, scorerOf, seedName } from '../scorers';
import type { Place, Rule } from './place';

/** `scoring=` → the metric's name there, in which higher is better. */
export const scoring: Rule = ({ before, facts: { task } }) => {
  const match = /\bscoring[ \t]*=[ \t]*(?:(["'])(\w*))?$/.exec(before);
  const name = scorerOf(task)?.scoring;
  if (!match || name === undefined) return null;
  const [, quote, typed = ''] = match;
  if (!name.startsWith(typed)) return null;
  return quote === undefined ? `"${name}"` : `${name.slice(typed.length)}${quote}`;
};

/** `f1_score(y, labels, ` → `average="macro")`. */
export const metricArguments: Rule = ({ before, facts: { task } }) => {
  const scorer = scorerOf(task);
  if (!scorer?.function || scorer.arguments === '') return null;
  const called = new RegExp(`\\b${scorer.function}\\([ \\t]*[\\w.\\[\\]]+[ \\t]*,[ \\t]*[\\w.\\[\\]]+[ \\t]*, $`);
  return called.test(before) ? `${scorer.arguments})` : null;
};

/** `from sklearn.metrics import ` → the function of the metric. */
export const metricImport: Rule = ({ before, masked, facts: { task } }) => {
  const match = /^\s*from sklearn\.metrics import (\w*)$/.exec(before);
  const name = scorerOf(task)?.function ?? null;
  return match ? importOf(name, match[1] ?? '', masked) : null;
};

/** `from sklearn.model_selection import ` → the folds that fit the task. */
export const foldsImport: Rule = ({ before, masked, facts: { task } }) => {
  const match = /^\s*from sklearn\.model_selection import (\w*)$/.exec(before);
  return match ? importOf(foldsOf(task, '0').name, match[1] ?? '', masked) : null;
};

function importOf(name: string | null, typed: string, masked: string): string | null {
  if (name === null || !name.startsWith(typed) || name === typed || isImported(masked, name)) return null;
  return name.slice(typed.length);
}

/** `folds = ` and `StratifiedKFold(` → the folds that fit the task, where they are imported. */
export const folds: Rule = ({ before, masked, facts: { task } }) => {
  const { name, arguments: given } = foldsOf(task, seedName(masked) ?? '0');
  if (!isImported(masked, name)) return null;
  if (new RegExp(`\\b${name}\\($`).test(before)) return `${given})`;
  const match = /^\s*(?:folds?|cv|kf|skf|splitter)[ \t]*=[ \t]*(\w*)$/.exec(before);
  return match && name.startsWith(match[1] ?? '') ? `${name.slice((match[1] ?? '').length)}(${given})` : null;
};

/** `cv=` → the folds that the script has made. */
export const foldsArgument: Rule = ({ before, masked }) => {
  if (!/[(,][ \t]*cv[ \t]*=[ \t]*$/.test(before)) return null;
  return /^(folds?|cv|kf|skf|splitter)[ \t]*=[ \t]*\w*(?:KFold|Split)\(/m.exec(masked)?.[1] ?? null;
};

/** `random_state=` → the script's seed. */
export const seed: Rule = ({ before, masked }) => (/\brandom_state[ \t]*=[ \t]*$/.test(before) ? seedName(masked) : null);

/** `print(f"SCORE ` → the line by which a script claims its validation score. */
export const claimLine: Rule = (place) => {
  const match = /\bprint\(f(["'])(S|SC|SCO|SCOR|SCORE|SCORE \w*)$/.exec(place.before);
  if (!match) return null;
  const [, quote = '"', typed = ''] = match;
  const start = `SCORE ${place.facts.task.metric} `;
  const value = start.startsWith(typed) ? claimedValue(place) : null;
  return value === null ? null : `${start.slice(typed.length)}{${value}:.6f}${quote})`;
};

/** The expression that is the metric, in the metric's own direction; null when the script has none for certain. */
function claimedValue({ prefix, masked, facts: { task } }: Place): string | null {
  const scorer = scorerOf(task);
  if (!scorer) return null;
  const arrays = [...masked.matchAll(/^(\w+)[ \t]*=[ \t]*cross_val_score\(/gm)];
  const last = arrays.at(-1);
  if (last?.[1] !== undefined) {
    const line = prefix.slice(last.index).split('\n', 1).join('');
    const used = /\bscoring[ \t]*=[ \t]*["'](\w+)["']/.exec(line)?.[1];
    const reassigned = [...masked.matchAll(new RegExp(`^${last[1]}[ \\t]*=(?!=)`, 'gm'))].some((match) => match.index > last.index);
    if (used !== scorer.scoring || reassigned) return null;
    return `${used.startsWith('neg_') ? '-' : ''}${last[1]}.mean()`;
  }
  if (scorer.function === null) return null;
  const single = new RegExp(`^(\\w+)[ \\t]*=[ \\t]*${scorer.function}\\(`, 'gm');
  return [...masked.matchAll(single)].at(-1)?.[1] ?? null;
}
