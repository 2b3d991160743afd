import type { AttemptView } from '../../../src/protocol/panel';
import type { AttemptDetail } from '../model';

/** What an attempt's files are held against. */
export const comparisons = ['parent', 'best', 'baseline'] as const;
export type Against = (typeof comparisons)[number];

export interface Target {
  readonly against: Against;
  readonly attempt: number;
  /** `parent #9`. */
  readonly label: string;
}

/** Attempts that this one may be compared with: its first parent, the best, the baseline; none twice, never itself. */
export function targetsOf(run: { readonly best: number | null; readonly baseline: number | null }, attempt: AttemptView | null): Target[] {
  if (!attempt) return [];
  const candidates: Record<Against, number | null> = { parent: attempt.parents[0] ?? null, ...run };
  const taken = new Set([attempt.id]);
  return comparisons.flatMap((against) => {
    const id = candidates[against];
    if (id === null || taken.has(id)) return [];
    taken.add(id);
    return { against, attempt: id, label: `${against} #${id}` };
  });
}

export interface ComparedFile {
  readonly path: string;
  readonly text: string;
  /** null: the other attempt has no such file. */
  readonly before: string | null;
}

/** The files beside the target's; null while the target's are not known yet. */
export function comparedFiles(detail: AttemptDetail, target: Target, other: AttemptDetail | undefined): ComparedFile[] | null {
  // The host sends the first parent's text along.
  if (target.against === 'parent') return [...detail.files];
  if (!other) return null;
  const before = new Map(other.files.map((file) => [file.path, file.text]));
  return detail.files.map(({ path, text }) => ({ path, text, before: before.get(path) ?? null }));
}
