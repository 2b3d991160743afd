/**
 * First aid for common errors, shown with the observation. A rule matches the exception's class
 * or our own word for a failure, and its message.
 */
interface HintRule {
  readonly type?: RegExp;
  readonly message?: RegExp;
  readonly hint: (match: RegExpExecArray | null, facts: HintFacts) => string;
}

export interface HintFacts {
  /** Names that a wrong one may have meant: columns of the data, files. */
  readonly columns: readonly string[];
  readonly files: readonly string[];
  readonly libraries: readonly string[];
}

const rules: readonly HintRule[] = [
  {
    type: /^ModuleNotFoundError$/,
    message: /No module named '([^'.]+)/,
    hint: (match, facts) =>
      `"${match?.[1] ?? 'The module'}" is not installed here. Installed: ${facts.libraries.slice(0, 20).join(', ') || 'see competition_info'}.${nearest(match?.[1] ?? '', facts.libraries, 2)} Use one of these, or write it as a file of your own.`,
  },
  { type: /^ImportError$/, hint: () => 'The name is not in this version of the library; see the versions in competition_info.' },
  {
    type: /^FileNotFoundError$/,
    message: /'([^']+)'/,
    hint: (match, facts) => `Input files: ${facts.files.join(', ')}.${nearest(match?.[1] ?? '', facts.files, 8)}`,
  },
  {
    type: /^KeyError$/,
    message: /'([^']+)'/,
    hint: (match, facts) => {
      const name = match?.[1] ?? '';
      if (facts.columns.includes(name)) return `"${name}" is a column of the data, but not of this table: the target is not in the test file, and a column that was dropped or encoded is gone.`;
      return `There is no such column or key.${nearest(name, facts.columns, 2)} Columns of the data: ${listed(facts.columns)}.`;
    },
  },
  { message: /could not convert string to float/i, hint: () => 'Encode the text columns first (one-hot, ordinal or target encoding inside the folds).' },
  { message: /contains (NaN|infinity)|Input X contains/i, hint: () => 'Impute missing values (SimpleImputer) and replace infinities before fitting.' },
  { message: /feature names should match|features?, but .* is expecting|columns are missing|shape mismatch.*features/i, hint: () => 'Train and test have different columns: align them by name and add the missing ones as empty.' },
  { message: /unknown categor|unseen labels?|previously unseen/i, hint: () => 'Test rows have values that training lacks: encode with handle_unknown="ignore".' },
  { type: /^gpu_out_of_memory$/, hint: () => 'Halve the batch and double gradient accumulation, use mixed precision or a smaller model, or run on the CPU.' },
  { type: /^gpu_out_of_memory$/, message: /Process \d+ has|in use by other/i, hint: () => 'Other processes hold memory of this card as well: free what earlier cells kept (restart the kernel), or use another card.' },
  { message: /CUDA.*(not available|driver)|no NVIDIA/i, hint: () => 'There is no GPU here: use the CPU device and smaller sizes.' },
  { type: /^(MemoryError|out_of_memory)$/, hint: () => 'Use smaller types (float32, category), only the columns that are needed, or a sample.' },
  { type: /^timeout$/, hint: () => 'Use fewer folds, fewer rounds with early stopping, or a sample; a smaller model first.' },
  { message: /unexpected keyword argument '([^']+)'/, hint: (match) => `Leave out "${match?.[1] ?? ''}": this version does not know it.` },
  { type: /^UnicodeDecodeError$/, hint: () => 'Read the file with encoding="latin-1".' },
  { type: /^(SyntaxError|IndentationError|TabError)$/, hint: () => 'Correct the syntax at the place shown; nothing was run.' },
  { type: /^disk_full$/, hint: () => 'Write less: delete temporary files, save float32, no copies of the data.' },
  { type: /^(missing_ids|unknown_ids|duplicate_ids)$/, hint: () => 'Take the ids from the sample submission, in its order, and merge the predictions on them. Never use its target values.' },
  { type: /^missing_column$/, hint: () => 'Write exactly the columns of the sample submission.' },
  { type: /^(empty_value|not_a_number|not_finite)$/, hint: () => 'Fill what the model left empty, e.g. with the mean of the out-of-fold predictions.' },
  { type: /^(out_of_range|row_sum)$/, hint: () => 'Clip probabilities to [0, 1] and divide each row by its sum.' },
  { type: /^no_submission$/, hint: () => 'The entry file must write the submission itself, from top to bottom, in the working folder.' },
  { type: /^claim_not_finite$/, hint: () => 'The validation score is NaN or infinite: look for empty folds, a constant target in a fold, or overflow.' },
];

/** What to try, most specific first; empty when no rule knows the error. */
export function hintsFor(type: string, message: string, facts: HintFacts): string[] {
  const hints: string[] = [];
  for (const rule of rules) {
    if (rule.type && !rule.type.test(type)) continue;
    const match = rule.message ? rule.message.exec(message) : null;
    if (rule.message && !match) continue;
    hints.push(rule.hint(match, facts));
  }
  return hints.slice(0, 3);
}

/** Names for a sentence, without repetitions, the first 25. */
function listed(names: readonly string[]): string {
  const all = [...new Set(names)];
  return `${all.slice(0, 25).join(', ') || 'see data_preview'}${all.length > 25 ? ` and ${all.length - 25} more, see data_preview` : ''}`;
}

function nearest(name: string, known: readonly string[], within: number): string {
  let best: string | undefined;
  let distance = within + 1;
  for (const candidate of known.slice(0, 2_000)) {
    const d = editDistance(name.toLowerCase().slice(0, 200), candidate.toLowerCase().slice(0, 200));
    if (d < distance) [best, distance] = [candidate, d];
  }
  return best === undefined ? '' : ` Did you mean "${best}"?`;
}

/** Levenshtein distance, in UTF-16 units: good enough to find a typing error. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
