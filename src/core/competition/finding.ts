import * as z from 'zod';

/** What a health check found. `error`: scores cannot be trusted; `warning`: look at it; `info`: to know. */
export const findingSchema = z.object({
  /** Stable API. */
  code: z.enum([
    'sample_refused', 'sample_is_answers', 'answers_public', 'column_leak', 'order_leak',
    'train_ids_in_test', 'duplicate_rows', 'noise', 'not_checked', 'self_scored',
  ]),
  severity: z.enum(['error', 'warning', 'info']),
  message: z.string(),
  /** What it means or what to do. */
  fix: z.string(),
});
export type Finding = z.output<typeof findingSchema>;

export const healthSchema = z.object({
  findings: z.array(findingSchema),
  /** Checks that found nothing, one sentence each. */
  passed: z.array(z.string()),
});
export type Health = z.output<typeof healthSchema>;
