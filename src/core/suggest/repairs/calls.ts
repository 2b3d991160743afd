import { argumentsOf, callsOf, closingOf, importEdit, isImported, type Call, type Edit } from '../python';
import { replaced, type Repair, type RepairRule, type Trouble } from './repair';

/** Every call that the line that failed begins or is within. */
function callsHere({ masked, start, end }: Trouble): Call[] {
  const names = new Set([...masked.matchAll(/([A-Za-z_]\w*)\(/g)].map((match) => match[1] ?? ''));
  return callsOf(masked, names).filter((call) => call.start < end && call.close >= start);
}

/** What an argument is called now. */
const renamed: Readonly<Record<string, string>> = { sparse: 'sparse_output', base_estimator: 'estimator', line_terminator: 'lineterminator', affinity: 'metric' };

/** An argument that the installed version does not know: under its new name where it has one, else left out. */
export const unknownArgument: RepairRule = (trouble) => {
  const name = /unexpected keyword argument '(\w+)'/.exec(trouble.failure.message)?.[1];
  if (name === undefined) return null;
  const spots = callsHere(trouble).flatMap((call) => {
    const given = argumentsOf(trouble.masked, call);
    const at = given.findIndex((argument) => argument.name === name);
    return at < 0 ? [] : [{ call, given, at }];
  });
  const [spot, ...more] = spots;
  const argument = spot?.given[spot.at];
  if (!spot || !argument || more.length > 0) return null;
  const value = trouble.source.slice(argument.value, argument.end);
  if (name === 'squared') return value === 'False' ? rootOf(spot.call, argument.start, spot.given[spot.at - 1]?.end) : null;
  const now = renamed[name];
  if (now !== undefined) return replaced(`Call it ${now}`, argument.start, argument.start + name.length, now);
  const before = spot.given[spot.at - 1];
  const after = spot.given[spot.at + 1];
  const [from, to] = before ? [before.end, argument.end] : [argument.start, after?.start ?? argument.end];
  return replaced(`Leave out ${name}, which this version does not know`, from, to, '');
};

/** `mean_squared_error(y, p, squared=False)` is a root. */
function rootOf(call: Call, start: number, before: number | undefined): Repair {
  const edits: Edit[] = [
    { start: before ?? start, end: call.close, text: '' },
    { start: call.close + 1, end: call.close + 1, text: ' ** 0.5' },
  ];
  return { title: 'Take the root of the mean squared error', edits };
}

/** A file that is not UTF-8. */
export const encoding: RepairRule = (trouble) => {
  if (trouble.failure.type !== 'UnicodeDecodeError') return null;
  const readers = callsHere(trouble).filter(({ name }) => /(?:^|\.)(read_csv|read_table|open)$/.test(name));
  const [call] = readers;
  const given = call && argumentsOf(trouble.masked, call);
  const last = given?.at(-1);
  if (!last || readers.length > 1 || given?.some((argument) => argument.name === 'encoding')) return null;
  return replaced('Read the file as Latin-1', last.end, last.end, ', encoding="latin-1"');
};

/** Values that training lacks: an encoder that passes over them. */
export const unseenValues: RepairRule = ({ failure, masked }) => {
  if (!/unknown categor|previously unseen/i.test(failure.message)) return null;
  const encoders = callsOf(masked, new Set(['OneHotEncoder', 'OrdinalEncoder'])).filter((call) => !argumentsOf(masked, call).some((argument) => argument.name === 'handle_unknown'));
  const [call, ...more] = encoders;
  if (!call || more.length > 0) return null;
  const last = argumentsOf(masked, call).at(-1);
  const text = call.name.endsWith('OneHotEncoder') ? 'handle_unknown="ignore"' : 'handle_unknown="use_encoded_value", unknown_value=-1';
  const at = last?.end ?? call.open + 1;
  return replaced('Let the encoder pass over unknown values', at, at, `${last ? ', ' : ''}${text}`);
};

/** Missing numbers in a model that takes none: an imputer before it, fitted within each fold. */
export const missingNumbers: RepairRule = (trouble) => {
  const { failure, source, masked, start, end } = trouble;
  if (!/contains NaN/.test(failure.message) || /Input y/.test(failure.message)) return null;
  const used = /(?<![\w.])(\w+)\.fit(?:_predict)?\(|\bcross_val_(?:score|predict)\([ \t]*(\w+)|\bcross_validate\([ \t]*(\w+)/.exec(masked.slice(start, end));
  const name = used?.slice(1).find((one) => one !== undefined);
  const made = name === undefined ? [] : [...masked.slice(0, start).matchAll(new RegExp(`^[ \\t]*${name}[ \\t]*=(?!=)[ \\t]*`, 'gm'))];
  const [only, ...more] = made;
  if (!only || more.length > 0) return null;
  const from = only.index + only[0].length;
  const open = masked.indexOf('(', from);
  const close = open < 0 ? null : closingOf(masked, open);
  if (close === null || !/^[\w.]+$/.test(masked.slice(from, open)) || !/^[ \t]*(?:\n|$)/.test(masked.slice(close + 1))) return null;
  const called = masked.slice(from, open);
  const imputer = 'SimpleImputer(strategy="median")';
  const edits: Edit[] =
    called === 'make_pipeline'
      ? [{ start: open + 1, end: open + 1, text: `${imputer}, ` }]
      : [{ start: from, end: close + 1, text: `make_pipeline(${imputer}, ${source.slice(from, close + 1)})` }];
  const all = `${trouble.above}\n${masked}`;
  if (called !== 'make_pipeline' && !isImported(all, 'make_pipeline')) edits.push(importEdit(source, 'from sklearn.pipeline import make_pipeline'));
  if (!isImported(all, 'SimpleImputer')) edits.push(importEdit(source, 'from sklearn.impute import SimpleImputer'));
  return { title: `Impute missing values before ${called === 'make_pipeline' ? 'the model' : called}`, edits: joined(edits) };
};

/** Insertions at one place become one, in order. */
function joined(edits: readonly Edit[]): Edit[] {
  const result: Edit[] = [];
  for (const edit of edits) {
    const at = result.findIndex((other) => other.start === edit.start && other.end === edit.end && edit.start === edit.end);
    const other = result[at];
    if (other) result[at] = { ...other, text: other.text + edit.text };
    else result.push(edit);
  }
  return result;
}

/** Text among the features: the numbers alone, in every table that is made of a file in this way. */
export const textFeatures: RepairRule = ({ failure, masked, frames }) => {
  if (!/could not convert string to float|unable to parse string/i.test(failure.message)) return null;
  const edits = [...masked.matchAll(/^[ \t]*\w+[ \t]*=[ \t]*(\w+)\.drop\([^()\n]*\)(?=[ \t]*(?:\n|$))/gm)].flatMap((match): Edit[] =>
    frames.has(match[1] ?? '') ? [{ start: match.index + match[0].length, end: match.index + match[0].length, text: '.select_dtypes("number")' }] : [],
  );
  return edits.length === 0 ? null : { title: 'Use the numeric columns only', edits };
};

/** Training and test columns that differ: those of the training rows, in their order. */
export const columnMismatch: RepairRule = ({ failure, masked, start, end }) => {
  if (!/feature names should match|feature names (?:unseen|seen) at fit/i.test(failure.message)) return null;
  const match = /(?<![\w.])(\w+)\.(?:predict|predict_proba|transform|decision_function)\([ \t]*(\w+)[ \t]*\)/.exec(masked.slice(start, end));
  const [whole, model, rows] = match ?? [];
  if (match === null || whole === undefined || model === undefined || rows === undefined) return null;
  const at = start + match.index + whole.lastIndexOf(rows);
  return replaced(`Give ${rows} the columns that ${model} learned from`, at, at + rows.length, `${rows}.reindex(columns=${model}.feature_names_in_, fill_value=0)`);
};

/** No GPU here. */
export const noGpu: RepairRule = ({ failure, source, start, end }) => {
  if (!/not compiled with CUDA|No CUDA GPUs|no NVIDIA driver|CUDA.*not available/i.test(failure.message)) return null;
  const line = /(["'])cuda(?::\d+)?\1/.exec(source.slice(start, end));
  const spots = line ? [{ index: start + line.index, text: line[0] }] : [...source.matchAll(/(["'])cuda(?::\d+)?\1/g)].map((match) => ({ index: match.index, text: match[0] }));
  const [spot, ...more] = spots;
  return spot && more.length === 0 ? replaced('Use the CPU', spot.index, spot.index + spot.text.length, '"cpu"') : null;
};

/** A GPU that is too small for the batch. */
export const smallerBatch: RepairRule = ({ failure, masked }) => {
  if (!/CUDA out of memory|OutOfMemoryError/i.test(`${failure.type} ${failure.message}`)) return null;
  const [spot, ...more] = [...masked.matchAll(/\bbatch_size[ \t]*=[ \t]*(\d+)\b/gi)];
  const size = Number(spot?.[1] ?? 0);
  if (!spot || more.length > 0 || size < 2) return null;
  const at = spot.index + spot[0].length - (spot[1] ?? '').length;
  return replaced(`Halve the batch to ${Math.floor(size / 2)}`, at, at + (spot[1] ?? '').length, String(Math.floor(size / 2)));
};

/** `if x` without its colon. */
export const missingColon: RepairRule = ({ failure, masked, start, end }) => {
  if (failure.type !== 'SyntaxError' || !/expected ':'/.test(failure.message)) return null;
  const line = masked.slice(start, end).trimEnd();
  if (line === '' || line.endsWith(':') || line.endsWith('\\')) return null;
  return replaced('Add the colon', start + line.length, start + line.length, ':');
};

/** A table that is written with its row numbers as a column. */
export const indexColumn: RepairRule = ({ failure, masked, facts, source }) => {
  if (!/^(extra_column|missing_column)$/.test(failure.type)) return null;
  const writes = callsOf(masked, new Set(['to_csv'])).filter((call) => source.slice(call.open, call.close).includes(facts.task.submissionFile));
  const [call, ...more] = writes;
  const given = call && argumentsOf(masked, call);
  const last = given?.at(-1);
  if (!last || more.length > 0 || given?.some((argument) => argument.name === 'index')) return null;
  return replaced('Write the submission without row numbers', last.end, last.end, ', index=False');
};
