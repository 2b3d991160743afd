import * as z from 'zod';
import type { CellChange } from './cellChanges';
import type { Hunk } from './hunks';

/** What the person said to one change of an edit. Journaled, and told to the agent when it was refused. */
export const verdictSchema = z.object({
  /** Number of the change among those of its edit. */
  change: z.int(),
  accepted: z.boolean(),
  /** Where, in words: "line 12", "cell 3f2a, lines 4 to 6". */
  where: z.string().max(200),
  /** What was refused: removed lines begin with "-", new ones with "+". Bounded. */
  text: z.string().max(2000).optional(),
  words: z.string().max(2000).optional(),
});
export type Verdict = z.output<typeof verdictSchema>;

const mostLines = 16;
const mostChars = 700;

/** The verdict on a change, with as much of a refused one as an agent needs to know it again. */
export function verdictOn(change: number, what: Hunk | CellChange, accepted: boolean, words?: string): Verdict {
  return { change, accepted, where: whereIs(what), ...(accepted ? {} : { text: excerpt(what) }), ...(words ? { words: words.slice(0, 2000) } : {}) };
}

function whereIs(what: Hunk | CellChange): string {
  if (!('type' in what)) return lines(what);
  switch (what.type) {
    case 'text':
      return `cell ${what.cell}, ${lines(what.hunk)}`;
    case 'insert':
      return `new cell ${what.cell}`;
    case 'delete':
      return `deletion of cell ${what.cell}`;
    case 'move':
      return `new place of cell ${what.cell}`;
    case 'replace':
      return `cell ${what.cell} as ${what.to.kind}`;
  }
}

/** Lines of the version that the change was made against, counted from 1. */
function lines({ start, removed }: Hunk): string {
  if (removed.length === 0) return start === 0 ? 'before line 1' : `after line ${start}`;
  return removed.length === 1 ? `line ${start + 1}` : `lines ${start + 1} to ${start + removed.length}`;
}

function excerpt(what: Hunk | CellChange): string {
  const signed = [...removedLines(what).map((line) => `-${line}`), ...addedLines(what).map((line) => `+${line}`)];
  const shown = signed.slice(0, mostLines).join('\n');
  if (shown.length > mostChars) return `${shown.slice(0, mostChars)} …`;
  return signed.length > mostLines ? `${shown}\n… ${signed.length - mostLines} more lines` : shown;
}

/** Lines that the change takes away; none for a cell that only moves. */
export function removedLines(what: Hunk | CellChange): readonly string[] {
  if (!('type' in what)) return what.removed;
  if (what.type === 'text') return what.hunk.removed;
  return what.type === 'delete' || what.type === 'replace' ? what.from.source.split('\n') : [];
}

/** Lines that the change brings. */
export function addedLines(what: Hunk | CellChange): readonly string[] {
  if (!('type' in what)) return what.added;
  if (what.type === 'text') return what.hunk.added;
  return what.type === 'insert' || what.type === 'replace' ? what.to.source.split('\n') : [];
}

/** What became of an edit as a whole. */
export function outcomeOf(verdicts: readonly Verdict[]): 'accepted' | 'rejected' | 'partly' {
  const kept = verdicts.filter(({ accepted }) => accepted).length;
  return kept === 0 ? 'rejected' : kept === verdicts.length ? 'accepted' : 'partly';
}
