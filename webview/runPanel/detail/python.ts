/** A small highlighter for Python: enough to read by, and safe on anything. */

export type TokenKind = 'keyword' | 'string' | 'number' | 'comment' | 'plain';
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const keywords = new Set(
  ('and as assert async await break case class continue def del elif else except finally for from global if import in is ' +
    'lambda match nonlocal not or pass raise return try while with yield True False None').split(' '),
);

const pattern =
  /(?<comment>#[^\n]*)|(?<string>[rRbBuUfF]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(?<number>\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_]\w*)/g;

/** Tokens of each line; their texts together are the line, exactly. */
export function pythonLines(source: string): Token[][] {
  const lines: Token[][] = [[]];
  const push = (kind: TokenKind, text: string): void => {
    text.split('\n').forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part) lines.at(-1)?.push({ kind, text: part });
    });
  };
  let end = 0;
  for (const match of source.matchAll(pattern)) {
    const groups = match.groups ?? {};
    const kind: TokenKind = groups.comment
      ? 'comment'
      : groups.string
        ? 'string'
        : groups.number
          ? 'number'
          : keywords.has(groups.word ?? '')
            ? 'keyword'
            : 'plain';
    if (kind === 'plain') continue;
    if (match.index > end) push('plain', source.slice(end, match.index));
    push(kind, match[0]);
    end = match.index + match[0].length;
  }
  push('plain', source.slice(end));
  return lines;
}

/** Lines of a text that is not Python. */
export function plainLines(source: string): Token[][] {
  return source.split('\n').map((text) => (text ? [{ kind: 'plain', text }] : []));
}

export function linesOf(path: string, source: string): Token[][] {
  return /\.(py|ipynb)$/.test(path) ? pythonLines(source) : plainLines(source);
}
