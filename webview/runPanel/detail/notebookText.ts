import * as z from 'zod';

const text = z.union([z.string(), z.array(z.string())]);
const notebook = z.object({ cells: z.array(z.object({ cell_type: z.string(), source: text })) });

/**
 * A notebook as one readable text: cells under `# %%` lines, prose as comments. What does not parse
 * as a notebook is returned as it is.
 */
export function readableText(path: string, content: string): string {
  if (!path.endsWith('.ipynb')) return content;
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    return content;
  }
  const result = notebook.safeParse(parsed);
  if (!result.success) return content;
  return result.data.cells
    .map((cell) => {
      const source = typeof cell.source === 'string' ? cell.source : cell.source.join('');
      return cell.cell_type === 'code' ? `# %%\n${source}` : `# %% [${cell.cell_type}]\n${source.replace(/^/gm, '# ')}`;
    })
    .join('\n\n');
}
