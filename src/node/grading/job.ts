import type { CompetitionGrade } from '../../core/grading/result';

/** A file to grade: a path, read by the worker, or bytes. */
export type FileSource = { readonly path: string } | { readonly bytes: Uint8Array };

/** What the grading worker is given; structured-clonable. */
export interface GradingJob {
  readonly answers: FileSource;
  readonly submission: FileSource;
  readonly metric: string;
  /** Parameters of the metric as plain JSON. */
  readonly params?: unknown;
  readonly id?: readonly string[];
  readonly target?: readonly string[];
  /** null: rows are not split into public and private. Default: a column `Usage`, when there is one. */
  readonly usageColumn?: string | null;
  /** False: no scores of the two parts are wanted. */
  readonly parts?: boolean;
}

/** What the worker answers, once. */
export type GradingReply =
  | { readonly kind: 'graded'; readonly grade: CompetitionGrade }
  | { readonly kind: 'failed'; readonly reason: 'unreadable' | 'too_large' | 'out_of_memory' | 'crashed'; readonly message: string };
