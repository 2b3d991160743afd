/** Reading Python as far as suggestions need it: strings, comments, calls and their arguments. Never throws. */

/** What is still open at the end of a text. */
export type Open = { readonly kind: 'string'; readonly start: number } | { readonly kind: 'comment' } | null;

export interface Scan {
  /** The source with the content of strings and comments as blanks: same length, same lines, quotes kept. */
  readonly masked: string;
  readonly open: Open;
}

export function scan(source: string): Scan {
  const out: string[] = [];
  let at = 0;
  const blank = (to: number): void => {
    for (; at < to; at++) out.push(source[at] === '\n' ? '\n' : ' ');
  };
  const keep = (to: number): void => {
    out.push(source.slice(at, to));
    at = to;
  };
  while (at < source.length) {
    const char = source[at];
    if (char === '#') {
      const end = source.indexOf('\n', at);
      if (end < 0) {
        blank(source.length);
        return { masked: out.join(''), open: { kind: 'comment' } };
      }
      blank(end);
    } else if (char === '"' || char === "'") {
      const start = at;
      const quote = source.startsWith(char.repeat(3), at) ? char.repeat(3) : char;
      keep(at + quote.length);
      const end = stringEnd(source, at, quote);
      if (end === null) {
        blank(source.length);
        return { masked: out.join(''), open: { kind: 'string', start } };
      }
      blank(end.close);
      if (end.closed) keep(end.close + quote.length);
    } else keep(at + 1);
  }
  return { masked: out.join(''), open: null };
}

/** Where a string ends; one in single quotes also ends, broken, with its line. null: not before the text does. */
function stringEnd(source: string, from: number, quote: string): { readonly close: number; readonly closed: boolean } | null {
  for (let at = from; at < source.length; at++) {
    if (source[at] === '\\') at += 1;
    else if (source.startsWith(quote, at)) return { close: at, closed: true };
    else if (quote.length === 1 && source[at] === '\n') return { close: at, closed: false };
  }
  return null;
}

export interface Call {
  /** What is called: `cross_val_score`, `pd.read_csv`. */
  readonly name: string;
  readonly start: number;
  /** Of the opening and the closing parenthesis. */
  readonly open: number;
  readonly close: number;
}

export interface Argument {
  /** The keyword, for `name=value`. */
  readonly name: string | null;
  readonly start: number;
  readonly end: number;
  /** Where the value begins. */
  readonly value: number;
}

/** Complete calls whose name, without what stands before its last dot, is one of `names`; in order. */
export function callsOf(masked: string, names: ReadonlySet<string>): Call[] {
  const calls: Call[] = [];
  for (const match of masked.matchAll(/(?<![\w.])((?:[A-Za-z_]\w*\.)*)([A-Za-z_]\w*)\(/g)) {
    const [whole, before = '', last = ''] = match;
    if (!names.has(last)) continue;
    const open = match.index + whole.length - 1;
    if (/\b(def|class)\s+$/.test(masked.slice(Math.max(0, match.index - 12), match.index))) continue;
    const close = closingOf(masked, open);
    if (close !== null) calls.push({ name: before + last, start: match.index, open, close });
  }
  return calls;
}

/** The bracket that closes the one at `open`; null when none does. */
export function closingOf(masked: string, open: number): number | null {
  let depth = 0;
  for (let at = open; at < masked.length; at++) {
    const char = masked[at];
    if (char === '(' || char === '[' || char === '{') depth += 1;
    else if (char === ')' || char === ']' || char === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return null;
}

/** The arguments of a call, each from its first to behind its last character that is no blank. */
export function argumentsOf(masked: string, call: Pick<Call, 'open' | 'close'>): Argument[] {
  const found: Argument[] = [];
  let depth = 0;
  let from = call.open + 1;
  for (let at = from; at <= call.close; at++) {
    const char = masked[at] ?? '';
    if (at === call.close || (char === ',' && depth === 0)) {
      const argument = argumentAt(masked, from, at);
      if (argument) found.push(argument);
      from = at + 1;
    } else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
  }
  return found;
}

function argumentAt(masked: string, from: number, to: number): Argument | null {
  const text = masked.slice(from, to);
  if (text.trim() === '') return null;
  const start = from + text.length - text.trimStart().length;
  const end = to - (text.length - text.trimEnd().length);
  const keyword = /^(\w+)\s*=(?!=)\s*/.exec(masked.slice(start, end));
  return { name: keyword?.[1] ?? null, start, end, value: start + (keyword?.[0].length ?? 0) };
}

/** The text of a plain string literal; null for anything else. */
export function literal(text: string): string | null {
  const match = /^(?:[rRuU])?(["'])((?:(?!\1)[^\\\n])*)\1$/.exec(text.trim());
  return match?.[2] ?? null;
}

/** 1-based line and 0-based column of an offset. */
export function lineAt(source: string, offset: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset);
  return { line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) };
}

/** Offsets of a 1-based line, without its line break; null when there is no such line. */
export function lineRange(source: string, line: number): { readonly start: number; readonly end: number } | null {
  let start = 0;
  for (let at = 1; at < line; at++) {
    start = source.indexOf('\n', start) + 1;
    if (start === 0) return null;
  }
  const end = source.indexOf('\n', start);
  return { start, end: end < 0 ? source.length : end };
}

export interface Edit {
  /** Offsets of what is replaced. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with edits that do not overlap applied. */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  return [...edits].sort((a, b) => b.start - a.start).reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), source);
}

/** An import line put where imports are: behind the last one at the margin, else behind docstring and leading comments. */
export function importEdit(source: string, line: string): Edit {
  const { masked } = scan(source);
  let at: number | null = null;
  for (const match of masked.matchAll(/^(?:import|from)[ \t][^\n]*/gm)) {
    const open = match[0].indexOf('(');
    const end = open < 0 ? match.index + match[0].length : (closingOf(masked, match.index + open) ?? match.index + match[0].length);
    const next = source.indexOf('\n', end);
    at = next < 0 ? source.length : next + 1;
  }
  at ??= /^(?:[ \t]*(?:#[^\n]*)?\n)*(?:("""|''')[\s\S]*?\1[ \t]*\n\n?)?/.exec(source)?.[0].length ?? 0;
  return { start: at, end: at, text: `${at > 0 && source[at - 1] !== '\n' ? '\n' : ''}${line}\n` };
}

/** Whether a name is imported: `import x as name`, `from y import name`. */
export function isImported(masked: string, name: string): boolean {
  const escaped = name.replace(/\W/g, '\\$&');
  return new RegExp(`^[ \\t]*(?:from[ \\t]+[\\w.]+[ \\t]+)?import\\b(?:[^\\n(]*|[ \\t]*\\([^)]*)\\b${escaped}\\b(?![ \\t]*as\\b|[ \\t]*\\.)`, 'm').test(masked);
}
