import * as z from 'zod';

/**
 * What came of the hidden test of an attempt. All of it is private until the run has ended, also how
 * it failed: what a test prints tells of its data.
 */
export const testResultSchema = z.object({
  attempt: z.int(),
  ok: z.boolean(),
  seconds: z.number(),
  message: z.string(),
  /** What the test printed beside its score, by name. */
  figures: z.record(z.string(), z.number()),
});
export type TestResult = z.output<typeof testResultSchema>;
