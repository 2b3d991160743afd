import type { CatalogueEntry } from '../catalogue';

/** Which columns of a submission are ids and which are scored, and the metric's parameters with them. */
export interface Layout {
  readonly id: readonly string[];
  readonly target: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
}

export type LayoutResult = { readonly ok: true; readonly layout: Layout } | { readonly ok: false; readonly message: string };

/** What is known of the columns before a file was read. */
export interface LayoutHints {
  readonly metric: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly id?: readonly string[] | undefined;
  readonly target?: readonly string[] | undefined;
}

/** The catalogue's hints for one benchmark, whose own ones come first. */
export function layoutHints(entry: CatalogueEntry, benchmark: 'mleDojo' | 'mleBench'): LayoutHints {
  const own = entry[benchmark];
  return {
    metric: entry.metric,
    params: { ...entry.params, ...own?.params },
    id: own?.id ?? entry.id_columns,
    target: own?.target ?? entry.target_columns,
  };
}

/**
 * Decides the columns from the headers of sample submission and answers. Without a hint the first
 * column that both have is the id and all others of the sample are targets. Answers that hold one
 * column of another name instead of the target, or one column with the class instead of a column
 * per class, are recognised.
 */
export function decideLayout(sample: readonly string[], answers: readonly string[], hints: LayoutHints): LayoutResult {
  const first = sample.find((name) => answers.includes(name));
  const id = hints.id ?? (first === undefined ? [] : [first]);
  const lost = id.filter((name) => !sample.includes(name) || !answers.includes(name));
  if (id.length === 0 || lost.length > 0) {
    const what = id.length === 0 ? 'Sample submission and answers have no column in common' : `The id column ${lost.join(', ')} is missing in the sample submission or the answers`;
    return { ok: false, message: `${what}: ${sample.slice(0, 8).join(', ')} and ${answers.slice(0, 8).join(', ')}.` };
  }
  const target = hints.target ?? sample.filter((name) => !id.includes(name));
  if (target.length === 0) return { ok: false, message: 'The sample submission has no column beside the id.' };
  return { ok: true, layout: { id, target, params: { ...hints.params, ...truthParams(answers, id, target, hints) } } };
}

function truthParams(answers: readonly string[], id: readonly string[], target: readonly string[], { metric, params }: LayoutHints): Record<string, unknown> {
  if ('answer_target' in params || 'label_column' in params || target.every((name) => answers.includes(name))) return {};
  const others = answers.filter((name) => !id.includes(name) && name !== 'Usage');
  const [only] = others;
  if (others.length !== 1 || only === undefined) return {};
  if (target.length === 1) return { answer_target: [only] };
  return metric === 'log_loss' ? { label_column: only } : {};
}
