import * as z from 'zod';
import { sortKeys } from './attempts/order';
import { comparisons } from './detail/compare';
import { detailTabs } from './detail/tabs';

/** What a run panel remembers over a reload: what is open, sorted and folded, nothing of the run. */
export const savedVersion = 1;
export const savedSchema = z.object({
  selected: z.int().nullable(),
  tab: z.enum(detailTabs).nullable(),
  sorting: z.object({ key: z.enum(sortKeys), descending: z.boolean() }).nullable(),
  tableHeight: z.number().nullable(),
  folded: z.array(z.string()),
  /** What the shown attempt is compared with; its parent by default. */
  against: z.enum(comparisons).optional(),
});
export type Saved = z.output<typeof savedSchema>;
export const initialSaved: Saved = { selected: null, tab: null, sorting: null, tableHeight: null, folded: [] };

export type Save = (change: Partial<Saved>) => void;
