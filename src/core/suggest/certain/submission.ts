import type { Place, Rule } from './place';

/**
 * The variable that holds the predictions of the test rows in the form that the submission needs;
 * null where the code leaves a doubt. Looked for at the margin only: a loop's belong to its fold.
 */
function predictions({ masked, facts: { task } }: Place): string | null {
  const assigned = [...masked.matchAll(/^(\w+)[ \t]*=[ \t]*\w+(?:\.fit\([^()\n]*\))?\.(predict|predict_proba)\([^()\n]*\)[ \t]*(\[:,[ \t]*1\])?[ \t]*$/gm)].at(-1);
  const [, name, method, positive] = assigned ?? [];
  if (name === undefined) return null;
  const fits = {
    labels: method === 'predict',
    number: method === 'predict',
    probability: method === 'predict_proba' && positive !== undefined,
    // The order of the model's classes need not be that of the submission's columns.
    probabilities: false,
    unsupported: false,
  }[task.output];
  const again = fits && new RegExp(`^${name}[ \\t]*=(?!=)`, 'gm');
  return again && [...masked.matchAll(again)].at(-1)?.index === assigned?.index ? name : null;
}

/** The variable that holds the test file, when there is exactly one. */
function testFrame({ frames }: Place): string | null {
  const [only, ...more] = [...frames].filter(([, table]) => table.role === 'test');
  return only && more.length === 0 ? only[0] : null;
}

/** `submission = ` or `submission = pd.DataFrame({` → the sample submission's columns. */
export const submissionFrame: Rule = (place) => {
  const match = /^(?:submission|sub)[ \t]*=[ \t]*(pd\.DataFrame\(\{)?$/.exec(place.before);
  const test = testFrame(place);
  if (!match || test === null) return null;
  const { id, targets, output } = place.facts.task;
  const [target, ...more] = targets;
  const value = predictions(place);
  if (target === undefined || more.length > 0 || output === 'unsupported') return null;
  const pairs = id.map((name) => `"${name}": ${test}["${name}"]`).join(', ');
  // Where the predictions are not known the person writes them.
  if (match[1] !== undefined) return value === null ? `${pairs}, "${target}": ` : `${pairs}, "${target}": ${value}})`;
  return value === null ? null : `pd.DataFrame({${pairs}, "${target}": ${value}})`;
};

/** `submission = test[` → its id columns, to which the targets are added. */
export const submissionIds: Rule = ({ before, frames, facts: { task } }) => {
  const match = /^(?:submission|sub)[ \t]*=[ \t]*(\w+)\[(\[)?(["'])?$/.exec(before);
  if (!match || frames.get(match[1] ?? '')?.role !== 'test' || (match[3] !== undefined && match[2] === undefined)) return null;
  const list = task.id.map((name) => `${match[3] ?? '"'}${name}${match[3] ?? '"'}`).join(', ');
  return `${match[2] === undefined ? '[' : ''}${list.slice(match[3]?.length ?? 0)}]].copy()`;
};

/** `submission["` → its target; `submission[[` → all of them. */
export const submissionTargets: Rule = ({ before, masked, facts: { task } }) => {
  const match = /^(submission|sub)\[(\[)?(["'])?$/.exec(before);
  if (!match || !new RegExp(`^${match[1]}[ \\t]*=`, 'm').test(masked) || task.output === 'unsupported') return null;
  const [, , many, quote] = match;
  if (task.targets.length > 1 !== (many !== undefined)) return null;
  const list = task.targets.map((name) => `${quote ?? '"'}${name}${quote ?? '"'}`).join(', ');
  return `${list.slice(quote?.length ?? 0)}${many === undefined ? ']' : ']]'} = `;
};

/** `oof = pd.DataFrame({` → out-of-fold predictions in the form that a blend reads. */
export const outOfFold: Rule = (place) => {
  const { before, masked, frames, facts: { task } } = place;
  const match = /^(?:oof|out_of_fold)[ \t]*=[ \t]*pd\.DataFrame\(\{$/.exec(before);
  const train = [...frames].filter(([, table]) => table.role === 'train');
  const truth = /^y[ \t]*=(?!=)/m.test(masked);
  const predicted = [...masked.matchAll(/^(\w+)[ \t]*=[ \t]*cross_val_predict\(/gm)].at(-1)?.[1];
  const [only, ...more] = train;
  if (!match || !only || more.length > 0 || !truth || predicted === undefined || task.output !== 'number') return null;
  return `${task.id.map((name) => `"${name}": ${only[0]}["${name}"]`).join(', ')}, "truth": y, "p_prediction": ${predicted}})`;
};
