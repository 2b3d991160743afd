import * as z from 'zod';
import bundled from './vision.json';

export const visionTableSchema = z.object({
  note: z.string().optional(),
  checked: z.string().optional(),
  models: z.array(z.object({ name: z.string().min(1), images: z.boolean() })),
});
export type VisionTable = z.output<typeof visionTableSchema>;

export const bundledVision: VisionTable = visionTableSchema.parse(bundled);

/** Whether a model reads pictures, by the person's own table first, then ours; null: unknown. */
export function readsImages(model: string, own?: VisionTable): boolean | null {
  // Aggregators write the provider before the name.
  const name = (model.split('/').at(-1) ?? model).toLowerCase();
  return [...(own?.models ?? []), ...bundledVision.models].find((row) => fits(row.name.toLowerCase(), name))?.images ?? null;
}

const fits = (pattern: string, name: string): boolean => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+^${}()|[\]\\?]/g, '\\$&')).join('.*')}$`).test(name);
