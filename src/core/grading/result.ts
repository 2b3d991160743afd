import * as z from 'zod';
import { directionSchema } from '../competition/manifest';

/** Every code of the reading and checking rules. Stable API: tests and programs match on it. */
export const problemCodes = [
  'not_text', 'bad_archive', 'empty_file', 'no_rows', 'wrong_separator', 'bad_quoting', 'bad_row',
  'missing_column', 'duplicate_column', 'empty_id', 'missing_ids', 'unknown_ids', 'duplicate_ids',
  'empty_value', 'not_a_number', 'not_finite', 'out_of_range', 'bad_label', 'bad_list', 'bad_rle',
  'bad_boxes', 'bad_spans', 'row_sum', 'overlap', 'too_many', 'undefined_score', 'bad_answers',
  'bad_params', 'unknown_metric',
  // warnings
  'extra_column', 'unknown_label', 'same_as_earlier', 'evaluation_restored',
] as const;

/** One way in which a submission is wrong. Never holds a value from the answers. */
export const problemSchema = z.object({
  code: z.enum(problemCodes),
  message: z.string(),
  column: z.string().optional(),
  /** Line where the first affected record starts, 1-based, the header's line counts. */
  line: z.int().optional(),
  /** Cells or rows affected. */
  count: z.int(),
  /** At most 20 submitted values or ids, each cut to 40 characters. */
  examples: z.array(z.string()).max(20),
  fix: z.string().optional(),
});

/** A score with its standard error over rows (bootstrap), when one could be had. */
export const scoreSchema = z.object({ score: z.number(), se: z.number().nullable() });

/** What `podium grade` prints: `score` is over all rows. */
export const gradeSchema = z.object({
  valid: z.boolean(),
  score: z.number().nullable(),
  metric: z.string(),
  direction: directionSchema.nullable(),
  rows: z.int(),
  errors: z.array(problemSchema),
  warnings: z.array(problemSchema),
});

export const graderFailureSchema = z.object({ type: z.string(), message: z.string() });

/** A grade against a competition's answers, whose rows are split by `Usage`. */
export const competitionGradeSchema = gradeSchema.extend({
  public: scoreSchema.nullable(),
  private: scoreSchema.nullable(),
  /**
   * A grader in Python gave no score although the submission obeys Podium's own rules. It had the
   * answers before it, so what it says may tell of them: such a grading uses a graded call, and
   * players are told the exception's type alone.
   */
  graderFailure: graderFailureSchema.optional(),
});

export type GraderFailure = z.output<typeof graderFailureSchema>;
export type ProblemCode = (typeof problemCodes)[number];
export type Problem = z.output<typeof problemSchema>;
export type Score = z.output<typeof scoreSchema>;
export type Grade = z.output<typeof gradeSchema>;
export type CompetitionGrade = z.output<typeof competitionGradeSchema>;
