import * as z from 'zod';
import { gpuUseSchema } from '../core/runtime/gpu';

/** What a run uses at one moment. */
export const statsSchema = z.object({
  cpuPercent: z.number(),
  memoryMb: z.number(),
  memoryLimitMb: z.number(),
  /** Absent: the run has no GPU; empty: it has some that cannot be measured. */
  gpus: z.array(gpuUseSchema).optional(),
});
export type { GpuUse } from '../core/runtime/gpu';
export type RunStats = z.output<typeof statsSchema>;
