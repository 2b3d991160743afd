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
