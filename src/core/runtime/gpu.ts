import * as z from 'zod';

/** Use of one card at one moment. null: the card does not tell (a MIG slice, shared memory, an old driver). */
export const gpuUseSchema = z.object({
  name: z.string(),
  /** 0 to 1. */
  load: z.number().nullable(),
  memoryMb: z.number().nullable(),
  memoryLimitMb: z.number().nullable(),
});
export type GpuUse = z.output<typeof gpuUseSchema>;

/** A card, or a slice of one (MIG), that a run could have. */
export interface GpuCard extends GpuUse {
  /** As NVIDIA's tool counts: "0"; "0:1" for the second slice of the first card. */
  readonly index: string;
  /** "GPU-…" or "MIG-…": the same on every machine and after every start. */
  readonly uuid: string;
}

/** What a person chooses. Ids are numbers, UUIDs or names that the engine knows. */
export type GpuChoice = 'auto' | 'all' | 'none' | readonly string[];

/** What a sandbox is started with: the choice, resolved for a runtime. */
export type GpuGrant = 'all' | 'none' | readonly string[];

/** What a runtime can tell about GPUs before a sandbox is started. */
export interface GpuOffer {
  /** `unsure`: only a start will tell. */
  readonly usable: 'yes' | 'no' | 'unsure';
  /** How, or why not: a sentence without its full stop. */
  readonly why: string;
  readonly nextStep?: string;
  /** Absent: they could not be listed. */
  readonly cards?: readonly GpuCard[];
}

/** `auto`, `all`, `none` or ids with commas; undefined for anything else. Empty is `auto`. */
export function parseGpuChoice(text: string): 'auto' | 'all' | 'none' | string[] | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return 'auto';
  if (trimmed === 'auto' || trimmed === 'all' || trimmed === 'none') return trimmed;
  const ids = [...new Set(trimmed.split(',').map((id) => id.trim()))];
  // A number, "0:1", "GPU-…", "MIG-…/1/0", "nvidia.com/gpu=0"; the other words stand alone.
  return ids.every((id) => /^[A-Za-z0-9][A-Za-z0-9:./=_-]*$/.test(id) && !['auto', 'all', 'none'].includes(id)) ? ids : undefined;
}

/** "0 NVIDIA L4 (GPU-8f0a…)", for lists in sentences. */
export const cardWords = (card: GpuCard): string => `${card.index} ${card.name} (${card.uuid})`;
