import { z } from 'zod';
import type { CellOutput } from '../runtime/runtime';
import { refuse } from './context';
import { cutMiddle } from './outputText';

/**
 * Cells of notebooks as the actions need them, in nbformat 4.5. Everything that is not touched,
 * unknown fields included, stays as it was.
 */
const sourceSchema = z.union([z.string(), z.array(z.string())]);
const cellSchema = z.looseObject({
  id: z.string().optional(),
  cell_type: z.enum(['code', 'markdown', 'raw']),
  source: sourceSchema,
  outputs: z.array(z.looseObject({ output_type: z.string() })).optional(),
});
const notebookSchema = z.looseObject({ nbformat: z.literal(4), nbformat_minor: z.int(), metadata: z.looseObject({}), cells: z.array(cellSchema) });
type Notebook = z.output<typeof notebookSchema>;
type Cell = Notebook['cells'][number] & { id: string };

const maxShownOutput = 2_000;

export function emptyNotebook(): string {
  const kernelspec = { name: 'python3', display_name: 'Python 3', language: 'python' };
  return write({ cells: [], metadata: { kernelspec, language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 });
}

/** Code cells in order, for a run from top to bottom. */
export function codeCells(text: string): { id: string; code: string }[] {
  return cellsOf(read(text))
    .filter((cell) => cell.cell_type === 'code')
    .map((cell) => ({ id: cell.id, code: joined(cell.source) }));
}

/** Cells as a player reads them, outputs trimmed. */
export function shownCells(text: string): { id: string; kind: string; source: string; output?: string }[] {
  return cellsOf(read(text)).map((cell) => {
    const output = (cell.outputs ?? []).map(outputText).join('');
    return { id: cell.id, kind: cell.cell_type, source: joined(cell.source), ...(output ? { output: cutMiddle(output, maxShownOutput) } : {}) };
  });
}

/** @param after id of the cell before; undefined inserts first */
export function insertedCell(text: string, after: string | undefined, kind: 'code' | 'markdown', source: string): { text: string; cell: string } {
  const notebook = read(text);
  const cells = cellsOf(notebook);
  const at = after === undefined ? 0 : place(cells, after) + 1;
  const id = newId(cells);
  const made: Cell =
    kind === 'code' ? { id, cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: lines(source) } : { id, cell_type: 'markdown', metadata: {}, source: lines(source) };
  return { text: write({ ...notebook, cells: [...cells.slice(0, at), made, ...cells.slice(at)] }), cell: id };
}

export function editedCell(text: string, id: string, source: string): string {
  const notebook = read(text);
  const cells = cellsOf(notebook);
  const at = place(cells, id);
  return write({ ...notebook, cells: cells.map((cell, index) => (index === at ? { ...cell, source: lines(source) } : cell)) });
}

export function deletedCell(text: string, id: string): string {
  const notebook = read(text);
  const cells = cellsOf(notebook);
  const at = place(cells, id);
  return write({ ...notebook, cells: cells.filter((_, index) => index !== at) });
}

/** Stores what cells gave when they were run; cells that were not run keep what they have. */
export function withOutputs(text: string, runs: ReadonlyMap<string, { outputs: readonly CellOutput[]; executionCount: number | null }>): string {
  const notebook = read(text);
  const cells = cellsOf(notebook).map((cell) => {
    const run = runs.get(cell.id);
    if (cell.cell_type !== 'code' || !run) return cell;
    const outputs = run.outputs.map((output) => (output.output_type === 'execute_result' ? { ...output, execution_count: run.executionCount } : { ...output }));
    return { ...cell, execution_count: run.executionCount, outputs };
  });
  return write({ ...notebook, cells });
}

function read(text: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('bad_notebook', 'The notebook is not valid JSON.', 'Restore it with undo or begin a new one.');
  }
  const parsed = notebookSchema.safeParse(value);
  if (!parsed.success) return refuse('bad_notebook', `The notebook is not in nbformat 4: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}`, 'Save it again in a current Jupyter or VS Code.');
  return parsed.data;
}

/** Every cell has an id, also in files older than nbformat 4.5; the same file always gets the same ids. */
function cellsOf(notebook: Notebook): Cell[] {
  const used = new Set<string>();
  return notebook.cells.map((cell, index) => {
    let id = cell.id ?? `cell-${index + 1}`;
    while (used.has(id)) id += '-';
    used.add(id);
    return { ...cell, id };
  });
}

function newId(cells: readonly Cell[]): string {
  const used = new Set(cells.map((cell) => cell.id));
  for (let n = cells.length + 1; ; n++) if (!used.has(`c${n}`)) return `c${n}`;
}

function place(cells: readonly Cell[], id: string): number {
  const at = cells.findIndex((cell) => cell.id === id);
  return at >= 0 ? at : refuse('not_found', `There is no cell "${id}".`, `Cells: ${cells.map((cell) => cell.id).join(', ') || 'none yet'}.`);
}

const joined = (source: z.output<typeof sourceSchema>): string => (typeof source === 'string' ? source : source.join(''));
/** nbformat's form of a text: lines that keep their line end. */
const lines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const write = (notebook: Notebook): string => `${JSON.stringify({ ...notebook, nbformat_minor: Math.max(5, notebook.nbformat_minor) }, null, 1)}\n`;

const outputSchema = z.union([
  z.looseObject({ output_type: z.literal('stream'), text: sourceSchema }),
  z.looseObject({ output_type: z.literal('error'), ename: z.string(), evalue: z.string() }),
  z.looseObject({ output_type: z.enum(['display_data', 'execute_result']), data: z.record(z.string(), z.unknown()) }),
]);

function outputText(output: unknown): string {
  const parsed = outputSchema.safeParse(output);
  if (!parsed.success) return '';
  const one = parsed.data;
  if (one.output_type === 'stream') return joined(one.text);
  if (one.output_type === 'error') return `${one.ename}: ${one.evalue}\n`;
  const plain = sourceSchema.safeParse(one.data['text/plain']);
  return plain.success ? `${joined(plain.data)}\n` : `[${Object.keys(one.data).join(', ')}]\n`;
}
