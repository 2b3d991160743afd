import * as z from 'zod';
import { boardEntrySchema, directionSchema } from '../core/competition/manifest';
import { fixKinds } from '../core/grading/certainFixes';
import { problemCodes, problemSchema, scoreSchema } from '../core/grading/result';

/** Messages between the extension host and the page that tells what a check found in a submission. */

export type { Problem } from '../core/grading/result';
export type { FixKind } from '../core/grading/certainFixes';

export const submissionCheckSchema = z.object({
  /** Name of the file, and what the page is restored by: its absolute path. */
  file: z.string(),
  path: z.string(),
  competition: z.object({ id: z.string(), title: z.string(), metricLabel: z.string(), direction: directionSchema, board: z.array(boardEntrySchema) }),
  /** Seconds that the check took. */
  seconds: z.number(),
  valid: z.boolean(),
  /** null also where a run keeps public scores back: the number of that run is in `kept`. */
  public: scoreSchema.nullable(),
  kept: z.int().nullable(),
  errors: z.array(problemSchema),
  warnings: z.array(problemSchema),
  /** Repairs that need no judgement, in the order in which they are made. */
  fixes: z.array(z.object({ kind: z.enum(fixKinds), label: z.string(), code: z.enum(problemCodes), column: z.string().optional() })),
  /** Of the run that the submission belongs to; null when it belongs to none. */
  calls: z.object({ left: z.int(), of: z.int() }).nullable(),
  /** What the button at the top does: the file may be one that a script writes. */
  again: z.string(),
  /** What the last repair did, while it can be taken back. */
  repaired: z.array(z.string()),
});
export type SubmissionCheck = z.output<typeof submissionCheckSchema>;

/** Host → page. */
export const toSubmissionPageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('check'), version: z.int(), check: submissionCheckSchema }),
  /** A check is under way; what is shown stays. */
  z.object({ type: z.literal('checking') }),
]);
export type ToSubmissionPage = z.output<typeof toSubmissionPageSchema>;

/** Page → host. */
export const fromSubmissionPageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), version: z.int() }),
  z.object({ type: z.literal('checkAgain') }),
  /** Without kinds: all that are certain. */
  z.object({ type: z.literal('fix'), kinds: z.array(z.enum(fixKinds)).optional() }),
  z.object({ type: z.literal('undoFix') }),
  z.object({ type: z.literal('open'), line: z.int().optional() }),
]);
export type FromSubmissionPage = z.output<typeof fromSubmissionPageSchema>;
