import * as z from 'zod';
import { problemSchema, scoreSchema } from '../grading/result';
import { milestoneSchema } from './milestones';

/** What is left of each bounded resource; a resource without a limit is absent. */
export const budgetSchema = z.object({
  seconds: z.object({ used: z.number(), limit: z.number() }).optional(),
  attempts: z.object({ used: z.int(), limit: z.int() }).optional(),
  /** No limit: null. */
  gradedCalls: z.object({ used: z.int(), limit: z.int().nullable() }),
  usd: z.object({ used: z.number().nullable(), limit: z.number() }).optional(),
  tokens: z.object({ used: z.int().nullable(), limit: z.int() }).optional(),
  steps: z.object({ used: z.int(), limit: z.int() }).optional(),
});
export type Budget = z.output<typeof budgetSchema>;

/** The attempt's own validation number: never a score, always shown as a claim. */
export const claimSchema = z.object({
  value: z.number(),
  /** Standard error over folds; null when there are fewer than 3. */
  se: z.number().nullable(),
  folds: z.array(z.number()),
  source: z.enum(['line', 'scores_file']),
});
export type Claim = z.output<typeof claimSchema>;

export const failureSchema = z.object({
  /** Exception class or our own word: `KeyError`, `timeout`, `bad_action`, `out_of_memory`, `gpu_out_of_memory` … */
  type: z.string(),
  message: z.string(),
  /** Where in the player's own files. */
  place: z.object({ file: z.string(), line: z.int(), source: z.string().optional(), cell: z.string().optional() }).optional(),
  hints: z.array(z.string()),
  /** Equal for equal causes: type and message without numbers, paths and quoted values. */
  signature: z.string(),
});
export type Failure = z.output<typeof failureSchema>;

/** Head and tail of what was printed. The whole lies on disk beside the attempt. */
export const outputSchema = z.object({
  head: z.string(),
  tail: z.string(),
  omitted: z.int(),
  /** Relative to the run folder. */
  file: z.string(),
});
export type Output = z.output<typeof outputSchema>;

/** A picture that a step made. Its bytes lie in the run's blobs under `hash`. */
export const imageSchema = z.object({
  /** Where it came from: `cell a1b2`, or a file's path. */
  name: z.string(),
  hash: z.string(),
  mime: z.enum(['image/png', 'image/jpeg']),
  bytes: z.int(),
  /** Pixels. */
  width: z.int(),
  height: z.int(),
});
export type Image = z.output<typeof imageSchema>;

/** What a player is told after an action. The same object goes to models, people, gym and journal. */
export const observationSchema = z.object({
  action: z.string(),
  attempt: z.int().nullable(),
  status: z.enum(['ok', 'error', 'timeout', 'cancelled']),
  /** One sentence: what happened. */
  summary: z.string(),
  /** Action-specific facts (file text, cells, history …). */
  data: z.json().optional(),
  output: outputSchema.optional(),
  images: z.array(imageSchema).optional(),
  error: failureSchema.optional(),
  milestones: z.array(milestoneSchema).optional(),
  /** 0 to 1, from milestones; never shown as a score. */
  credit: z.number().optional(),
  claim: claimSchema.optional(),
  grade: z
    .object({
      valid: z.boolean(),
      public: scoreSchema.nullable(),
      errors: z.array(problemSchema),
      warnings: z.array(problemSchema),
    })
    .optional(),
  seconds: z.number(),
  budget: budgetSchema,
  /** True when the run has ended and no further action is taken. */
  done: z.boolean(),
});
export type Observation = z.output<typeof observationSchema>;
