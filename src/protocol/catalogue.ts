import * as z from 'zod';
import { directionSchema } from '../core/competition/manifest';
import { benchmarks } from '../core/competition/words';

/** Messages between the extension host and the page of a competition of the catalogue. */

export const cataloguePageSchema = z.object({
  id: z.string(),
  title: z.string(),
  /** Kind of data, teams, benchmarks. */
  facts: z.array(z.string()),
  url: z.string().nullable(),
  rulesUrl: z.string().nullable(),
  /** What would be loaded, before anything is. */
  download: z.string(),
  metric: z.object({
    label: z.string(),
    direction: directionSchema.nullable(),
    /** Null where only the metric's name is known. */
    formula: z.string().nullable(),
    explanation: z.string(),
    range: z.string(),
  }),
  /** The ways to get it that this window has. */
  ways: z.array(
    z.object({
      from: z.enum(['kaggle', ...benchmarks]),
      title: z.string(),
      steps: z.array(z.string()),
      note: z.string(),
      /** What its button says; null: there is none. */
      action: z.string().nullable(),
    }),
  ),
  /** Scores that earn medals on the final board. */
  medals: z.object({ teams: z.int(), gold: z.number(), silver: z.number(), bronze: z.number(), median: z.number() }).nullable(),
  /** It is imported and can be played. */
  imported: z.boolean(),
});
export type CataloguePage = z.output<typeof cataloguePageSchema>;

/** Host → page. */
export const toCataloguePageSchema = z.object({ type: z.literal('page'), version: z.int(), page: cataloguePageSchema });
export type ToCataloguePage = z.output<typeof toCataloguePageSchema>;

/** Page → host. Each is a palette command too. */
export const fromCataloguePageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), version: z.int() }),
  z.object({ type: z.literal('get'), from: z.enum(['kaggle', ...benchmarks]) }),
  z.object({ type: z.literal('openRules') }),
  z.object({ type: z.literal('openCompetition') }),
]);
export type FromCataloguePage = z.output<typeof fromCataloguePageSchema>;
