import type { Failure } from '../../environment/observation';
import type { Facts, Frames } from '../facts';
import type { Edit } from '../python';

/** A failure, and the code that failed. */
export interface Trouble {
  readonly failure: Pick<Failure, 'type' | 'message'>;
  /** The script or cell. */
  readonly source: string;
  readonly masked: string;
  /** Cells above, which ran before; empty for a script. */
  readonly above: string;
  /** Offsets of the line that failed. */
  readonly start: number;
  readonly end: number;
  readonly facts: Facts;
  /** Variables that hold a file of the competition. */
  readonly frames: Frames;
}

/** What a rule changes so that the code gets past its error. */
export interface Repair {
  /** What the change does, as the title of an action: "Use the column island". */
  readonly title: string;
  readonly edits: readonly Edit[];
}

/** null where the rule does not know the error, or the code leaves more than one way. */
export type RepairRule = (trouble: Trouble) => Repair | null;

export const replaced = (title: string, start: number, end: number, text: string): Repair => ({ title, edits: [{ start, end, text }] });

/** The name nearest to `name` when it is the only one so near, and no other word altogether. */
export function onlyNearest(name: string, known: Iterable<string>, limit: number, distance: (a: string, b: string) => number): string | null {
  const within = Math.min(limit, Math.floor(name.length / 2));
  let best: string | null = null;
  let least = within + 1;
  let ties = 0;
  for (const candidate of new Set(known)) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [best, least, ties] = [candidate, steps, 0];
    else if (steps === least) ties += 1;
  }
  return ties > 0 || best === name ? null : best;
}
