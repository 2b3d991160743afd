import * as z from 'zod';

/**
 * JSON lines between `podium serve --stdio` and a trainer: one object per line each way, answers
 * in the order of the requests. See media/python/README.md.
 */
export const serveRequestSchema = z.discriminatedUnion('op', [
  z.object({
    id: z.union([z.int(), z.string()]),
    op: z.literal('reset'),
    seed: z.int().nonnegative().nullish(),
    // Strict: a misspelt option must not be played without.
    options: z
      .strictObject({
        competition: z.string().optional(),
        runtime: z.enum(['auto', 'docker', 'local']).optional(),
        budget: z.array(z.string()).optional(),
        max_attempts: z.int().positive().optional(),
      })
      .nullish(),
  }),
  z.object({ id: z.union([z.int(), z.string()]), op: z.literal('step'), action: z.object({ name: z.string(), params: z.json().optional() }) }),
  z.object({ id: z.union([z.int(), z.string()]), op: z.literal('close') }),
]);
export type ServeRequest = z.output<typeof serveRequestSchema>;

export type ServeErrorCode = 'bad_request' | 'not_reset' | 'finished' | 'start_failed';
