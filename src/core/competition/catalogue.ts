import * as z from 'zod';
import { directionSchema, modalitySchema } from './manifest';

/**
 * The catalogue: facts about public competitions that Podium knows without having their data,
 * bundled as `media/catalogue.json` and made by `scripts/catalogue`.
 */

const medalsSchema = z.object({ teams: z.int(), gold: z.number(), silver: z.number(), bronze: z.number(), median: z.number() });

/** What is true of a competition as one benchmark has it. */
const membershipSchema = z.object({
  /** Parameters of the metric that only this benchmark has; they are added. */
  params: z.record(z.string(), z.json()).optional(),
  id: z.array(z.string()).optional(),
  target: z.array(z.string()).optional(),
  /** False: no native metric computes what its grader does. */
  native: z.boolean().default(true),
  why: z.string().optional(),
});

export const catalogueEntrySchema = z.object({
  id: z.string(),
  title: z.string(),
  host: z.string().nullable(),
  url: z.url(),
  rulesUrl: z.url(),
  modality: modalitySchema,
  tags: z.array(z.string()),
  /** Teams on the final board. */
  teams: z.int().nullable(),
  /** Size of Kaggle's download. */
  dataBytes: z.number().nullable(),
  metric: z.string(),
  params: z.record(z.string(), z.json()),
  direction: directionSchema,
  id_columns: z.array(z.string()).optional(),
  target_columns: z.array(z.string()).optional(),
  mleDojo: membershipSchema.extend({ source: z.enum(['kaggle', 'dsbench']).nullable() }).optional(),
  mleBench: membershipSchema
    .extend({ split: z.string(), kind: z.enum(['simple', 'code']), awardsMedals: z.boolean(), grader: z.string(), medals: medalsSchema.optional() })
    .optional(),
});

export const mlrcTaskSchema = z.looseObject({ id: z.string(), source: z.string(), metric: z.string(), human: z.number().nullable().optional(), baselineTest: z.number().optional(), runtimeDev: z.number().optional(), runtimeTest: z.number().optional() });

export const catalogueSchema = z.object({ about: z.string(), competitions: z.array(catalogueEntrySchema), mlrcBench: z.array(mlrcTaskSchema) });

export type CatalogueEntry = z.output<typeof catalogueEntrySchema>;
export type MlrcTask = z.output<typeof mlrcTaskSchema>;
export type Catalogue = z.output<typeof catalogueSchema>;
