import * as z from 'zod';

/**
 * What Kaggle sends, read leniently: fields with default values are left out, unknown ones are
 * ignored, enums come in any case and with prefixes, 64-bit numbers may be texts.
 */

const text = z.string().catch('');
const whole = z.coerce.number().int().catch(0);
const flag = z.boolean().catch(false);
const list = <T extends z.ZodType>(item: T) => z.array(item).catch([]);

export const competitionSchema = z.object({
  /** A full URL in practice. */
  ref: text,
  title: text,
  url: text,
  description: text,
  category: text,
  reward: text,
  tags: list(z.object({ name: text })),
  deadline: text,
  teamCount: whole,
  userHasEntered: flag,
  userRank: whole,
  maxDailySubmissions: whole,
  evaluationMetric: text,
  isKernelsSubmissionsOnly: flag,
  submissionsDisabled: flag,
});
export type KaggleCompetition = z.output<typeof competitionSchema>;

export const fileSchema = z.object({ name: text, totalBytes: whole, description: text });
export type KaggleFile = z.output<typeof fileSchema>;

const statuses = ['pending', 'complete', 'error'] as const;
export const submissionSchema = z.object({
  ref: whole,
  date: text,
  description: text,
  errorDescription: text,
  fileName: text,
  /** Texts; empty for none. */
  publicScore: text,
  privateScore: text,
  /** Missing is PENDING, the default value. */
  status: z
    .string()
    .catch('PENDING')
    .transform((raw): (typeof statuses)[number] | 'unknown' => {
      const word = raw.toLowerCase();
      return statuses.find((status) => word.endsWith(status)) ?? 'unknown';
    }),
});
export type KaggleSubmission = z.output<typeof submissionSchema>;

export const competitionListSchema = z.object({ competitions: list(competitionSchema), nextPageToken: text });
export const fileListSchema = z.object({ files: list(fileSchema), nextPageToken: text });
export const submissionListSchema = z.object({ submissions: list(submissionSchema), nextPageToken: text });
export const pagesSchema = z.object({ pages: list(z.object({ name: text, content: text })) });
export const limitsSchema = z.object({ numToday: whole, numTotal: whole, numAllowedNow: whole, limitedByTotal: flag });
export const leaderboardSchema = z.object({ submissions: list(z.object({ teamName: text, score: text })), nextPageToken: text });
export const uploadSchema = z.object({ token: text, createUrl: text });
export const createdSchema = z.object({ message: text, ref: whole });

/** An error inside any answer, HTTP 200 included. */
export const errorSchema = z.object({
  code: z.coerce.number().catch(0),
  message: text,
  error: z.object({ code: z.coerce.number().catch(0), message: text }).optional().catch(undefined),
});
