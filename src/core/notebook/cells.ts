import type { CellOutput } from '../runtime/runtime';
import { toNbformat } from './outputs';
import { cellFrom, freeId, isCellId, split, type Cell, type CellKind, type JsonObject, type Notebook } from './notebook';
import { NotebookError } from './notebookError';

/** Operations on a notebook by cell id. Each gives a new notebook and leaves its argument as it is. */

/** @throws NotebookError `no_such_cell` */
export function findCell(notebook: Notebook, id: string): Cell {
  const cell = notebook.cells.find((candidate) => candidate.id === id);
  if (!cell) {
    const ids = notebook.cells.map((candidate) => candidate.id);
    throw new NotebookError('no_such_cell', `The notebook has no cell "${id}".`, ids.length > 0 ? `Cells: ${ids.slice(0, 40).join(', ')}.` : 'It has no cells yet; insert one.');
  }
  return cell;
}

/**
 * Inserts a cell after the one with id `after`, or first when `after` is undefined. The new id is
 * `id` when given, valid and free; else one that follows from the text, the same on every replay.
 * @throws NotebookError `no_such_cell`
 */
export function insertCell(
  notebook: Notebook,
  after: string | undefined,
  kind: CellKind,
  source: string,
  id?: string,
): { readonly notebook: Notebook; readonly id: string } {
  const index = after === undefined ? 0 : notebook.cells.indexOf(findCell(notebook, after)) + 1;
  const taken = new Set(notebook.cells.map((cell) => cell.id));
  const newId = id !== undefined && isCellId(id) && !taken.has(id) ? id : freeId(`${after ?? ''}\n${source}`, taken);
  const raw: JsonObject = {
    cell_type: kind,
    id: newId,
    metadata: {},
    source: split(source),
    ...(kind === 'code' ? { execution_count: null, outputs: [] } : {}),
  };
  return { notebook: { ...notebook, cells: notebook.cells.toSpliced(index, 0, cellFrom(raw)) }, id: newId };
}

/**
 * Replaces a cell's source. A code cell whose code changes loses outputs and execution count:
 * they came from other code.
 * @throws NotebookError `no_such_cell`
 */
export function editCell(notebook: Notebook, id: string, source: string): Notebook {
  const cell = findCell(notebook, id);
  if (cell.source === source) return notebook;
  const stale: JsonObject = cell.kind === 'code' ? { execution_count: null, outputs: [] } : {};
  return withCell(notebook, { ...cell.raw, source: split(source), ...stale });
}

/** @throws NotebookError `no_such_cell` */
export function deleteCell(notebook: Notebook, id: string): Notebook {
  const cell = findCell(notebook, id);
  return { ...notebook, cells: notebook.cells.filter((candidate) => candidate !== cell) };
}

/**
 * Stores what a cell's run gave.
 * @throws NotebookError `no_such_cell`, or `not_code` for a text cell
 */
export function setOutputs(notebook: Notebook, id: string, outputs: readonly CellOutput[], executionCount: number | null): Notebook {
  const cell = findCell(notebook, id);
  if (cell.kind !== 'code') throw new NotebookError('not_code', `Cell "${id}" is a ${cell.kind} cell and has no outputs.`, 'Choose a code cell.');
  return withCell(notebook, { ...cell.raw, outputs: outputs.map(toNbformat), execution_count: executionCount });
}

/** Without outputs and execution counts, as attempts are stored. */
export function clearOutputs(notebook: Notebook): Notebook {
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.kind === 'code' && (cell.outputs.length > 0 || cell.executionCount !== null) ? cellFrom({ ...cell.raw, outputs: [], execution_count: null }) : cell,
    ),
  };
}

/**
 * The notebook with other cells. A cell whose id is there keeps its metadata and outputs, unless it
 * becomes another kind of cell.
 */
export function withCells(notebook: Notebook, cells: readonly { readonly id: string; readonly kind: CellKind; readonly source: string }[]): Notebook {
  const known = new Map(notebook.cells.map((cell) => [cell.id, cell]));
  return {
    ...notebook,
    cells: cells.map(({ id, kind, source }) => {
      const cell = known.get(id);
      if (cell?.kind === kind) return cell.source === source ? cell : cellFrom({ ...cell.raw, source: split(source) });
      const metadata = cell?.raw['metadata'] ?? {};
      return cellFrom({ cell_type: kind, id, metadata, source: split(source), ...(kind === 'code' ? { execution_count: null, outputs: [] } : {}) });
    }),
  };
}

function withCell(notebook: Notebook, raw: JsonObject): Notebook {
  return { ...notebook, cells: notebook.cells.map((cell) => (cell.id === raw.id ? cellFrom(raw) : cell)) };
}
