/** Where a model is asked to go on. */
export interface Spot {
  /** Everything before the cursor, earlier cells of a notebook included. */
  readonly before: string;
  /** Everything behind it in the script or cell. */
  readonly after: string;
}

/** `line`: the rest of a line; `block`: whole lines from here; null: nothing is completed here. */
export function shapeAt({ before, after }: Spot): 'line' | 'block' | null {
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const [rest = ''] = after.split('\n', 1);
  if (rest.trim() !== '' && !/^["')\]}:,\s]+$/.test(rest)) return null;
  if (line.trim() !== '') return 'line';
  return before.trim() === '' || rest.trim() !== '' ? null : 'block';
}

const maxLines = 12;

/**
 * A model's answer as it goes in at the cursor: without fences, without what stands there already,
 * ending where the line or the block ends. null where it is no code.
 */
export function cutAnswer(answer: string, spot: Spot, shape: 'line' | 'block'): string | null {
  const text = withoutRepeat(unfenced(answer).replaceAll('\r\n', '\n'), spot.before);
  if (text === null || text.includes('\0') || isProse(text)) return null;
  const [first = ''] = text.split('\n', 1);
  const result = (shape === 'line' ? first : block(text, spot)).trimEnd();
  return result.trim() === '' ? null : result;
}

function unfenced(answer: string): string {
  return /```[\w+-]*\n([\s\S]*?)(?:\n?```|$)/.exec(answer)?.[1] ?? answer;
}

/** Models begin with the line that they should go on with, or with its indentation. */
function withoutRepeat(text: string, before: string): string | null {
  if (text.includes('<|cursor|>')) return null;
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const started = line.trimStart();
  if (started === '') return text.replace(/^\n*[ \t]*/, '');
  const from = text.trimStart();
  return from.startsWith(started) ? from.slice(started.length) : text.replace(/^\n+/, '');
}

const prose = /^(?:sure|certainly|of course|here(?:'s| is| are)|sorry|i(?:'m| am| can| will|'ll)?|the|this|to|you|it|there|as an)\b[^=()[\]]*$/i;

function isProse(text: string): boolean {
  const first = text.trimStart().split('\n', 1).join('');
  return prose.test(first) && !first.trimStart().startsWith('#');
}

/** Lines until the block ends: where the code is less indented than the cursor, repeats what follows, or grows long. */
function block(text: string, { before, after }: Spot): string {
  const indent = /[ \t]*$/.exec(before.slice(before.lastIndexOf('\n') + 1))?.[0].length ?? 0;
  const next = after.split('\n').map((line) => line.trim()).find((line) => line !== '');
  const kept: string[] = [];
  for (const [at, line] of text.split('\n').slice(0, maxLines).entries()) {
    if (at > 0 && line.trim() !== '' && line.length - line.trimStart().length < indent) break;
    if (next !== undefined && line.trim() === next) break;
    if (line.trim() === '' && kept.at(-1)?.trim() === '') break;
    kept.push(line);
  }
  return kept.join('\n');
}
