/**
 * A piece of a solution: a heading, a sentence or two for the reader, and code. The same
 * sections become a script with comment headings or a notebook with text cells.
 */
export interface Section {
  readonly title: string;
  /** Markdown for the notebook's text cell; the script shows the title only. */
  readonly text: string;
  /** Import lines that the code needs, e.g. `import numpy as np`. */
  readonly imports: readonly string[];
  readonly code: string;
  /** Notebook only: an expression to show under the code, e.g. `train.head()`. */
  readonly look?: string;
}

export interface Solution {
  /** First line of the docstring and heading of the notebook. */
  readonly title: string;
  /** What it does and how it is validated, as plain sentences. */
  readonly about: string;
  readonly sections: readonly Section[];
}

export interface Cell {
  readonly kind: 'code' | 'markdown';
  readonly source: string;
}

const standardLibrary = new Set(['csv', 'collections', 'contextlib', 'io', 'itertools', 'math', 're', 'runpy', 'statistics', 'pathlib', 'random', 'struct', 'zlib']);

function moduleOf(line: string): string {
  return (line.split(' ')[1] ?? '').split('.')[0] ?? '';
}

/** Import lines without repeats, names of one module joined, standard library first. */
export function mergeImports(lines: readonly string[]): string {
  const plain = new Set<string>();
  const from = new Map<string, Set<string>>();
  for (const line of lines) {
    const match = /^from (\S+) import (.+)$/.exec(line);
    if (!match) {
      plain.add(line);
      continue;
    }
    const names = from.get(match[1] ?? '') ?? new Set<string>();
    for (const name of (match[2] ?? '').split(',')) names.add(name.trim());
    from.set(match[1] ?? '', names);
  }
  const all = [...plain, ...[...from].map(([module, names]) => fromImport(module, [...names].sort(byName)))];
  const group = (standard: boolean): string =>
    all
      .filter((line) => standardLibrary.has(moduleOf(line)) === standard)
      .sort((a, b) => (a.startsWith('from') === b.startsWith('from') ? byName(a, b) : a.startsWith('from') ? 1 : -1))
      .join('\n');
  return [group(true), group(false)].filter(Boolean).join('\n\n');
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function fromImport(module: string, names: readonly string[]): string {
  const line = `from ${module} import ${names.join(', ')}`;
  return line.length <= 100 ? line : `from ${module} import (\n${names.map((name) => `    ${name},`).join('\n')}\n)`;
}

/** Text wrapped at `width` characters per line. */
export function wrap(text: string, width = 88): string {
  return text
    .split('\n')
    .map((paragraph) => {
      const lines: string[] = [];
      for (const word of paragraph.split(' ')) {
        const last = lines.at(-1);
        if (last !== undefined && last.length + word.length + 1 <= width) lines[lines.length - 1] = `${last} ${word}`;
        else lines.push(word);
      }
      return lines.join('\n');
    })
    .join('\n');
}

const tidy = (code: string): string => code.replace(/^\n+|\s+$/g, '').replace(/\n{4,}/g, '\n\n\n');

export function toScript(solution: Solution): string {
  const imports = mergeImports(solution.sections.flatMap((section) => section.imports));
  const body = solution.sections.map((section) => `# --- ${section.title} ---\n\n${tidy(section.code)}`);
  const docstring = `"""${wrap(solution.title.replaceAll('"', "'"))}\n\n${wrap(solution.about.replaceAll('\\', '/').replaceAll('"', "'"))}\n"""`;
  return `${[docstring, imports].join('\n\n')}\n\n${body.join('\n\n\n')}\n`;
}

/** Alternating text and code cells; the imports come first, where a reader looks for them. */
export function toCells(solution: Solution): Cell[] {
  const imports = mergeImports(solution.sections.flatMap((section) => section.imports));
  return [
    { kind: 'markdown', source: `# ${solution.title}\n\n${solution.about}` },
    { kind: 'code', source: imports },
    ...solution.sections.flatMap((section): Cell[] => [
      { kind: 'markdown', source: `## ${section.title}\n\n${section.text}` },
      { kind: 'code', source: section.look ? `${tidy(section.code)}\n${section.look}` : tidy(section.code) },
    ]),
  ];
}

/** A Python string literal. */
export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`;
}

/** A Python list of strings, over several lines when it is long. */
export function list(names: readonly string[]): string {
  const line = `[${names.map(quote).join(', ')}]`;
  if (line.length <= 80) return line;
  const lines = wrap(names.map((name) => `${quote(name).replaceAll(' ', '\u0000')},`).join(' '), 84).replaceAll('\u0000', ' ');
  return `[\n${lines.replace(/^/gm, '    ')}\n]`;
}

/** Indents every line that has text. */
export function indent(code: string, spaces = 4): string {
  return code.replace(/^(?=.)/gm, ' '.repeat(spaces));
}
