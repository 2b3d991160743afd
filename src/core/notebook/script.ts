import type { Notebook } from './notebook';

/** Code cells in order, without those that hold only blanks: what `run_all` executes. */
export function codeCells(notebook: Notebook): { readonly id: string; readonly code: string }[] {
  return notebook.cells.filter((cell) => cell.kind === 'code' && cell.source.trim() !== '').map(({ id, source }) => ({ id, code: source }));
}

export interface JoinedScript {
  readonly code: string;
  /** The cell and the line in it (from 1) that a line of the script (from 1) came from; undefined for lines of our own. */
  locate(line: number): { readonly cell: string; readonly line: number } | undefined;
}

/**
 * All cells as one script with a `# %%` marker before each, which editors know as a cell; text
 * cells become comments. Lines in IPython's own notation (`%magic`, `!command`) become comments too.
 */
export function toScript(notebook: Notebook): JoinedScript {
  const lines: string[] = [];
  const origin: ({ cell: string; line: number } | undefined)[] = [];
  for (const cell of notebook.cells) {
    if (cell.source.trim() === '') continue;
    if (lines.length > 0) push('');
    push(cell.kind === 'code' ? `# %% ${cell.id}` : `# %% [markdown] ${cell.id}`);
    const wholeMagic = cell.kind === 'code' && cell.source.trimStart().startsWith('%%');
    cell.source.split('\n').forEach((text, index) => {
      push(cell.kind !== 'code' || wholeMagic || /^(%[A-Za-z]|!)/.test(text) ? `# ${text}`.trimEnd() : text, { cell: cell.id, line: index + 1 });
    });
  }
  return { code: lines.length > 0 ? `${lines.join('\n')}\n` : '', locate: (line) => origin[line - 1] };

  function push(text: string, from?: { cell: string; line: number }): void {
    lines.push(text);
    origin.push(from);
  }
}
