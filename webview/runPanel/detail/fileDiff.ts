import { diffWordsWithSpace, structuredPatch } from 'diff';
import { linesOf } from './python';
import type { Token } from './python';
import { readableText } from './notebookText';

export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed' | 'head';
  readonly before: number | null;
  readonly after: number | null;
  readonly tokens: readonly Token[];
  /** Character ranges that differ from the paired line. */
  readonly marks: readonly { readonly from: number; readonly to: number }[];
}

export interface FileDiff {
  readonly path: string;
  readonly added: number;
  readonly removed: number;
  readonly lines: readonly DiffLine[];
}

/** Ranges of `after` (or of `before`) that the other line does not have. Empty when most differs. */
function marksOf(before: string, after: string): { before: DiffLine['marks']; after: DiffLine['marks'] } {
  const result = { before: [] as { from: number; to: number }[], after: [] as { from: number; to: number }[] };
  let [x, y, common] = [0, 0, 0];
  for (const part of diffWordsWithSpace(before, after)) {
    const length = part.value.length;
    if (part.removed) result.before.push({ from: x, to: x + length });
    else if (part.added) result.after.push({ from: y, to: y + length });
    else common += part.value.trim().length;
    if (!part.added) x += length;
    if (!part.removed) y += length;
  }
  return common * 2 < Math.min(before.trim().length, after.trim().length) ? { before: [], after: [] } : result;
}

/** The `def` or `class` line that encloses a line, to head a hunk; empty when it is in sight above (line ≤ `shown`). */
function enclosing(lines: readonly string[], line: number, shown: number): string {
  const indent = (text: string): number => text.length - text.trimStart().length;
  let depth = indent(lines[line] ?? '') || 1;
  for (let index = line - 1; index >= 0; index--) {
    const text = lines[index] ?? '';
    if (!text.trim() || indent(text) >= depth) continue;
    if (/^\s*(async\s+def|def|class)\s/.test(text)) return index < shown ? '' : text.trim();
    depth = indent(text);
    if (depth === 0) break;
  }
  return '';
}

type Paired = { kind: DiffLine['kind']; text: string; before: number | null; after: number | null };

function withMarks(block: readonly Paired[], tokens: (line: Paired) => readonly Token[]): DiffLine[] {
  const removed = block.filter((line) => line.kind === 'removed');
  const added = block.filter((line) => line.kind === 'added');
  return block.map((line) => {
    const twin = line.kind === 'removed' ? added[removed.indexOf(line)] : removed[added.indexOf(line)];
    const pair = twin && (line.kind === 'removed' ? marksOf(line.text, twin.text).before : marksOf(twin.text, line.text).after);
    return { kind: line.kind, before: line.before, after: line.after, tokens: tokens(line), marks: pair ?? [] };
  });
}

/** Line diff of a file against the parent's text, with three lines around each change. */
export function fileDiff(path: string, before: string | null, after: string): FileDiff {
  const [old, now] = [readableText(path, before ?? ''), readableText(path, after)];
  const patch = structuredPatch(path, path, old, now, undefined, undefined, { context: 3 });
  const [oldTokens, newTokens] = [linesOf(path, old), linesOf(path, now)];
  const nowLines = now.split('\n');
  const lines: DiffLine[] = [];
  let [added, removed, shown] = [0, 0, 0];
  for (const hunk of patch.hunks) {
    let [x, y] = [hunk.oldStart, hunk.newStart];
    if (x > 1 || y > 1) {
      const head = enclosing(nowLines, y - 1, shown) || '…';
      lines.push({ kind: 'head', before: null, after: null, tokens: [{ kind: 'plain', text: head }], marks: [] });
    }
    let block: Paired[] = [];
    const tokens = (line: Paired): readonly Token[] =>
      (line.after !== null ? newTokens[line.after - 1] : oldTokens[(line.before ?? 1) - 1]) ?? [];
    const flush = (): void => {
      lines.push(...withMarks(block, tokens));
      block = [];
    };
    for (const raw of hunk.lines) {
      const text = raw.slice(1);
      if (raw.startsWith('-')) {
        removed += 1;
        block.push({ kind: 'removed', text, before: x++, after: null });
      } else if (raw.startsWith('+')) {
        added += 1;
        block.push({ kind: 'added', text, before: null, after: y++ });
      } else if (raw.startsWith(' ')) {
        flush();
        lines.push({ kind: 'same', before: x++, after: y, tokens: newTokens[y - 1] ?? [], marks: [] });
        y += 1;
      }
    }
    flush();
    shown = y - 1;
  }
  return { path, added, removed, lines };
}

/** Cuts tokens at the marks' edges. */
export function markedTokens(line: Pick<DiffLine, 'tokens' | 'marks'>): (Token & { readonly marked: boolean })[] {
  const result: (Token & { marked: boolean })[] = [];
  let at = 0;
  for (const token of line.tokens) {
    const end = at + token.text.length;
    const cuts = new Set([at, end]);
    for (const mark of line.marks) for (const edge of [mark.from, mark.to]) if (edge > at && edge < end) cuts.add(edge);
    const edges = [...cuts].sort((a, b) => a - b);
    edges.slice(1).forEach((to, index) => {
      const from = edges[index] ?? at;
      const marked = line.marks.some((mark) => mark.from <= from && to <= mark.to);
      result.push({ kind: token.kind, text: token.text.slice(from - at, to - at), marked });
    });
    at = end;
  }
  return result;
}
