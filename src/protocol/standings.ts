import * as z from 'zod';
import { boardKindSchema } from '../core/competition/boardPart';
import { directionSchema } from '../core/competition/manifest';
import { isolationSchema } from '../core/run/events';

export { assumedWords } from '../core/standings/assumedVersion';

/** Messages between the extension host and the page that compares runs of one competition. */

const spreadSchema = z.object({ n: z.int(), mean: z.number(), sem: z.number(), interval: z.tuple([z.number(), z.number()]).readonly() });
export type Spread = z.output<typeof spreadSchema>;

const medalSchema = z.enum(['gold', 'silver', 'bronze']);

const comparedRunSchema = z.object({
  runId: z.string(),
  number: z.int(),
  seed: z.int(),
  /** null: no valid result. */
  score: z.number().nullable(),
  place: z
    .object({
      rank: z.int(),
      tied: z.int(),
      teams: z.int(),
      percentile: z.number(),
      medal: medalSchema.nullable(),
      /** What comes next: a medal, or among reference solutions an entry. */
      next: z.object({ medal: medalSchema.nullable(), entry: z.string().optional(), distance: z.number() }).nullable(),
      humanRank: z.object({ code: z.number(), paper: z.number() }).nullable(),
    })
    .nullable(),
  told: z.int(),
  gradedCalls: z.int(),
  revealed: z.boolean(),
  isolation: isolationSchema.nullable(),
});
export type StandingsRun = z.output<typeof comparedRunSchema>;

/** One player's runs; see `core/standings/standingsTable.ts`. */
const playerSchema = z.object({
  player: z.string(),
  runs: z.array(comparedRunSchema),
  seeds: z.array(z.int()),
  valid: z.int(),
  score: spreadSchema.nullable(),
  best: z.object({ score: z.number(), of: z.int() }).nullable(),
  place: z.object({ rank: z.int(), teams: z.int(), percentile: z.number() }).nullable(),
  medals: z.object({ gold: z.int(), silver: z.int(), bronze: z.int() }).nullable(),
  aboveMedian: z.number().nullable(),
  humanRank: z.object({ code: z.number(), paper: z.number() }).nullable(),
  gapClosed: spreadSchema.nullable(),
  told: z.int(),
  gradedCalls: z.int(),
  revealed: z.boolean(),
  isolation: z.array(isolationSchema),
});
export type StandingsPlayer = z.output<typeof playerSchema>;

const differenceSchema = z.object({ a: z.string(), b: z.string(), paired: z.boolean(), difference: spreadSchema, verdict: z.enum(['clear', 'noise', 'few']) });
export type StandingsDifference = z.output<typeof differenceSchema>;

const sectionSchema = z.object({
  metricLabel: z.string(),
  direction: directionSchema,
  boardOf: boardKindSchema.nullable(),
  selfScored: z.boolean(),
  /** Numbers of runs that do not say what scored them; see `core/standings/assumedVersion.ts`. */
  assumed: z.array(z.int()),
  players: z.array(playerSchema),
  differences: z.array(differenceSchema),
});
export type StandingsSection = z.output<typeof sectionSchema>;

export const includeSchema = z.object({ unisolated: z.boolean(), selfScored: z.boolean() });
export type Include = z.output<typeof includeSchema>;

export const standingsSchema = z.object({
  competition: z.object({ id: z.string(), title: z.string(), metricLabel: z.string(), direction: directionSchema, boardOf: boardKindSchema.nullable() }),
  /** The runs that were chosen; null: every run of the competition. */
  chosen: z.array(z.string()).nullable(),
  include: includeSchema,
  /** Runs that compare, best mean first; where what scores them was changed, one for each version, the newest first. */
  sections: z.array(sectionSchema),
  leftOut: z.array(z.object({ runId: z.string(), number: z.int(), player: z.string(), why: z.enum(['not_ended', 'not_isolated', 'self_scored', 'unreadable']) })),
  /** How many runs either choice is about, whether taken in or not. */
  counts: z.object({ unisolated: z.int(), selfScored: z.int() }),
});
export type Standings = z.output<typeof standingsSchema>;

/** Host → page. */
export const toStandingsPageSchema = z.discriminatedUnion('type', [z.object({ type: z.literal('standings'), version: z.int(), standings: standingsSchema })]);
export type ToStandingsPage = z.output<typeof toStandingsPageSchema>;

/** Page → host. */
export const fromStandingsPageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), version: z.int(), include: includeSchema }),
  z.object({ type: z.literal('include'), include: includeSchema }),
  z.object({ type: z.literal('openRun'), runId: z.string() }),
  z.object({ type: z.literal('chooseRuns') }),
  z.object({ type: z.literal('newRun') }),
  z.object({ type: z.literal('copy') }),
]);
export type FromStandingsPage = z.output<typeof fromStandingsPageSchema>;
