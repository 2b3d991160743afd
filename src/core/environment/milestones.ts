import * as z from 'zod';

/**
 * Milestones of an attempt, in order, with the credit that each earns (agents who fail late
 * are closer than agents who fail early). They come from hooks in the sandbox and carry a
 * token, so a look-alike print earns nothing. Above 1 the score takes over.
 */
export const milestoneCredit = {
  parses: 0.05,
  imported: 0.1,
  data_loaded: 0.2,
  features_built: 0.25,
  model_defined: 0.3,
  training_started: 0.4,
  fold_done: 0.4,
  trained: 0.6,
  validation_reported: 0.7,
  predicted: 0.8,
  submission_written: 0.9,
  submission_valid: 1,
} as const;

export type MilestoneName = keyof typeof milestoneCredit;
export const milestoneNames = Object.keys(milestoneCredit) as [MilestoneName, ...MilestoneName[]];

export const milestoneSchema = z.object({
  name: z.enum(milestoneNames),
  /** Seconds since the job began. */
  at: z.number(),
  /** For `fold_done`: how many of how many, when known. */
  done: z.int().optional(),
  of: z.int().optional(),
});
export type Milestone = z.output<typeof milestoneSchema>;

/** Credit 0..1 of the furthest milestone; folds fill the way from training to trained. */
export function creditOf(milestones: readonly Milestone[]): number {
  let credit = 0;
  for (const { name, done, of } of milestones) {
    const base = milestoneCredit[name];
    const folds = name === 'fold_done' && done && of ? 0.2 * Math.min(1, done / of) : 0;
    credit = Math.max(credit, base + folds);
  }
  return credit;
}
