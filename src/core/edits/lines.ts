import { diffArrays } from 'diff';

/**
 * A text as an editor counts its lines: without line ends, and a text that ends with one has an
 * empty last line. An empty text is one empty line.
 */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** The line end that new lines of a text get: the first one it has. */
export function lineEndOf(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
}

/** Lines `start` (0-based) to `end` (exclusive) of one text stand where `from` to `to` stand in the other. */
export interface Block {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** Beyond so many changed lines two versions are shown as one change: nobody reads such a comparison by lines. */
const mostEdits = 2000;

/** The blocks in which two lists of lines differ, in order, separated by at least one equal line. */
export function changedBlocks(before: readonly string[], after: readonly string[]): Block[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const [old, now] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
  const parts = diffArrays(old, now, { maxEditLength: mostEdits });
  if (!parts) return [{ start: head, end: before.length - tail, from: head, to: after.length - tail }];

  const blocks: Block[] = [];
  let [line, there] = [head, head];
  let open: Block | undefined;
  for (const { added, removed, value } of parts) {
    if (!added && !removed) {
      if (open) blocks.push(open);
      open = undefined;
      line += value.length;
      there += value.length;
      continue;
    }
    const start = open ?? { start: line, from: there };
    if (removed) line += value.length;
    else there += value.length;
    open = { start: start.start, end: line, from: start.from, to: there };
  }
  return open ? [...blocks, open] : blocks;
}

/**
 * The text with lines `start` to `end` (exclusive) replaced. Everything else keeps its bytes, line
 * ends of mixed kinds too; new lines get `lineEnd`.
 */
export function replaceLines(text: string, start: number, end: number, lines: readonly string[], lineEnd = lineEndOf(text)): string {
  const starts = [0];
  for (const { index, 0: found } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + found.length);
  const [from, to] = [starts[start], starts[end]];
  if (to !== undefined) return text.slice(0, from) + lines.map((line) => line + lineEnd).join('') + text.slice(to);
  // To the end of the text, whose last line has no line end.
  const kept = from === undefined ? text + lineEnd : text.slice(0, from);
  return lines.length > 0 ? kept + lines.join(lineEnd) : kept.replace(/(\r\n|\n|\r)$/, '');
}
