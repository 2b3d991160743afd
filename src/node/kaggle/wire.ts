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

export const savedKernelSchema = z.object({
  ref: text,
  url: text,
  versionNumber: whole,
  /** With HTTP 200. */
  error: text,
  invalidTags: list(text),
  invalidDatasetSources: list(text),
  invalidCompetitionSources: list(text),
  invalidKernelSources: list(text),
  invalidModelSources: list(text),
});

const kernelStatuses = ['queued', 'running', 'complete', 'error', 'cancel_requested', 'cancel_acknowledged', 'new_script'] as const;
export const kernelStatusSchema = z.object({
  /** Missing is QUEUED, the default value. */
  status: z
    .string()
    .catch('QUEUED')
    .transform((raw): (typeof kernelStatuses)[number] | 'unknown' => kernelStatuses.find((status) => raw.toLowerCase().endsWith(status)) ?? 'unknown'),
  failureMessage: text,
});
export const kernelOutputSchema = z.object({ files: list(z.object({ fileName: text, url: text })), log: text, nextPageToken: text });
export const kernelSchema = z.object({
  metadata: z.object({
    ref: text, title: text, language: text, kernelType: text, isPrivate: flag, enableGpu: flag, enableInternet: flag,
    datasetDataSources: list(text), competitionDataSources: list(text), kernelDataSources: list(text), modelDataSources: list(text),
    /** Of the newest version; 0 where Kaggle does not tell it. */
    currentVersionNumber: whole,
  }),
  blob: z.object({ source: text }),
});

/** An error inside any answer, HTTP 200 included. */
export const errorSchema = z.object({
  code: z.coerce.number().catch(0),
  message: text,
  error: z.object({ code: z.coerce.number().catch(0), message: text }).optional().catch(undefined),
});

/** A score as Kaggle sends it; null for none. */
export const numberOf = (text: string): number | null => (text.trim() === '' || !Number.isFinite(Number(text)) ? null : Number(text));
