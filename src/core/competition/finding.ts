import * as z from 'zod';

/** What a health check found. `error`: scores cannot be trusted; `warning`: look at it; `info`: to know. */
export const findingSchema = z.object({
  /** Stable API. */
  code: z.enum([
    // The folder
    'bad_manifest', 'missing_file', 'bad_file', 'no_answers', 'no_sample', 'answers_in_folder', 'test_rows_missing',
    // The submission
    'sample_refused', 'sample_is_answers', 'columns_differ',
    // Leaks
    'answers_public', 'column_leak', 'lagged_answers', 'order_leak', 'train_ids_in_test', 'duplicate_rows',
    // The board
    'board_all_zero', 'board_constant', 'board_truncated', 'board_sentinel', 'board_out_of_range', 'board_crowded', 'direction_conflict',
    // To know
    'noise', 'not_checked', 'self_scored',
  ]),
  severity: z.enum(['error', 'warning', 'info']),
  message: z.string(),
  /** What it means or what to do. */
  fix: z.string(),
});
export type Finding = z.output<typeof findingSchema>;

/** Most serious first. */
export const severityOrder: readonly Finding['severity'][] = ['error', 'warning', 'info'];

export const healthSchema = z.object({
  findings: z.array(findingSchema),
  /** Checks that found nothing, one sentence each. */
  passed: z.array(z.string()),
});
export type Health = z.output<typeof healthSchema>;
