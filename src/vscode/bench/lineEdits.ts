import { diffLines } from 'diff';

/** Replaces lines `start` (0-based) to `end` (exclusive) of the old text by `text`, which ends with its own line breaks. */
export interface LineEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The changed blocks between two texts, in order: cursor, folds and undo keep the rest. */
export function lineEdits(before: string, after: string): LineEdit[] {
  const edits: LineEdit[] = [];
  let line = 0;
  let open: { start: number; end: number; text: string } | undefined;
  for (const part of diffLines(before, after)) {
    const lines = part.count ?? 0;
    if (!part.added && !part.removed) {
      if (open) edits.push(open);
      open = undefined;
      line += lines;
      continue;
    }
    open ??= { start: line, end: line, text: '' };
    if (part.removed) {
      line += lines;
      open.end = line;
    } else open.text += part.value;
  }
  if (open) edits.push(open);
  return edits;
}
