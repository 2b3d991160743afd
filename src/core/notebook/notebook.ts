import * as z from 'zod';
import { NotebookError } from './notebookError';

/** A JSON object as it was read; what the model does not know is kept as it is. */
export type JsonObject = { readonly [key: string]: z.core.util.JSONType };

export type CellKind = 'code' | 'markdown' | 'raw';

/**
 * A cell. `raw` is the truth that is written back; the other fields are read from it, so that
 * fields of other programs survive every operation.
 */
export interface Cell {
  readonly id: string;
  readonly kind: CellKind;
  readonly source: string;
  readonly executionCount: number | null;
  readonly outputs: readonly JsonObject[];
  readonly raw: JsonObject;
}

/** A notebook of nbformat 4. Immutable: operations in `cells.ts` give a new one. */
export interface Notebook {
  readonly cells: readonly Cell[];
  /** Everything but the cells. */
  readonly raw: JsonObject;
  /** As the file is indented; new ones by one space, as VS Code and Jupyter write them. */
  readonly indent: string;
}

const textSchema = z.union([z.string(), z.array(z.string())]);

/** The least that must hold for a cell to be shown and run; everything else is tolerated. */
const cellSchema = z.looseObject({
  cell_type: z.enum(['code', 'markdown', 'raw']),
  source: textSchema.optional(),
  outputs: z.array(z.looseObject({ output_type: z.string() })).optional(),
  execution_count: z.number().nullable().optional(),
});

const fileSchema = z.looseObject({
  nbformat: z.int(),
  nbformat_minor: z.int().optional(),
  metadata: z.looseObject({}).optional(),
  cells: z.array(z.looseObject({})),
});

const isObject = (value: z.core.util.JSONType | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads a notebook's text. An empty text is an empty notebook, as in VS Code. Cells without a
 * valid id of their own get one that depends on their text only, so that reading twice agrees.
 * @throws NotebookError `malformed` or `unsupported`
 */
export function parseNotebook(text: string): Notebook {
  if (text.trim() === '') return emptyNotebook();
  let value: z.core.util.JSONType;
  try {
    value = JSON.parse(text) as z.core.util.JSONType;
  } catch (error) {
    throw new NotebookError('malformed', `The notebook is not valid JSON: ${error instanceof Error ? error.message : ''}.`, 'Restore it from a checkpoint or create a new one.', { cause: error });
  }
  if (isObject(value) && typeof value.nbformat === 'number' && Math.trunc(value.nbformat) !== 4) {
    throw new NotebookError('unsupported', `The notebook has format ${value.nbformat}; only format 4 is read.`, 'Convert it with "jupyter nbconvert --to notebook".');
  }
  const checked = fileSchema.safeParse(value);
  if (!checked.success || !isObject(value) || !Array.isArray(value.cells)) {
    throw new NotebookError('malformed', `This is no notebook: ${firstIssue(checked.error)}.`, 'A notebook is a JSON object with "cells" and "nbformat".');
  }
  const { cells, ...raw } = value;
  return {
    cells: readCells(cells),
    raw,
    indent: /^\{\r?\n([ \t]+)"/.exec(text)?.[1] ?? ' ',
  };
}

function firstIssue(error: z.ZodError | undefined): string {
  const issue = error?.issues[0];
  return issue ? `${issue.path.join('.') || 'top level'}: ${issue.message}` : 'it has no list of cells';
}

function readCells(values: readonly z.core.util.JSONType[]): Cell[] {
  const raws = values.map(checkedCell);
  const ids = assignIds(raws.map(({ raw, source }) => ({ id: raw['id'], source })));
  return raws.map(({ raw }, index) => cellFrom({ ...raw, id: ids[index] ?? '' }));
}

/** A valid id for each cell: its own where it is valid and not taken, else one that follows from its text. */
export function assignIds(cells: readonly { readonly id: unknown; readonly source: string }[]): string[] {
  const taken = new Set<string>();
  return cells.map(({ id: own, source }) => {
    const id = typeof own === 'string' && isCellId(own) && !taken.has(own) ? own : freeId(source, taken);
    taken.add(id);
    return id;
  });
}

function checkedCell(value: z.core.util.JSONType, index: number): { raw: JsonObject; source: string } {
  const checked = cellSchema.safeParse(value);
  if (!checked.success || !isObject(value)) {
    throw new NotebookError('malformed', `Cell ${index + 1} of the notebook cannot be read: ${firstIssue(checked.error)}.`, 'Restore the notebook from a checkpoint or delete that cell.');
  }
  return { raw: value, source: joined(checked.data.source) };
}

/** nbformat 4.5: 1 to 64 letters, digits, dashes and underscores. */
export function isCellId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(id);
}

/** An id of 8 hexadecimal digits that is not taken, the same for the same text. */
export function freeId(seed: string, taken: ReadonlySet<string>): string {
  for (let round = 0; ; round++) {
    const id = hash(`${round}\n${seed}`);
    if (!taken.has(id)) return id;
  }
}

/** FNV-1a, 32 bits (Fowler, Noll and Vo), of UTF-16 units. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** The cell that a raw object stands for; the object must fit `cellSchema` and have an id. */
export function cellFrom(raw: JsonObject): Cell {
  const cell = cellSchema.parse(raw);
  const outputs = Array.isArray(raw.outputs) ? raw.outputs.filter(isObject) : [];
  return {
    id: String(raw.id),
    kind: cell.cell_type,
    source: joined(cell.source),
    executionCount: cell.execution_count ?? null,
    outputs: cell.cell_type === 'code' ? outputs : [],
    raw,
  };
}

/** Text that nbformat keeps as one string or as a list of lines. */
export function joined(text: string | readonly string[] | undefined): string {
  if (text === undefined) return '';
  return typeof text === 'string' ? text : text.join('');
}

/** Text as nbformat's list of lines, each with its line end; empty text is an empty list. */
export function split(text: string): string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== '');
}

/** A notebook for Python without cells. */
export function emptyNotebook(): Notebook {
  return {
    cells: [],
    raw: {
      metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' }, language_info: { name: 'python' } },
      nbformat: 4,
      nbformat_minor: 5,
    },
    indent: ' ',
  };
}

/**
 * The notebook's text as VS Code writes it: sorted keys, the file's own indent (one space when
 * new), a line end at the end of the file. Since cells have ids, the format is at least 4.5.
 */
export function serializeNotebook(notebook: Notebook): string {
  const minor = typeof notebook.raw.nbformat_minor === 'number' ? notebook.raw.nbformat_minor : 0;
  const file: JsonObject = {
    metadata: {},
    ...notebook.raw,
    nbformat_minor: Math.max(5, minor),
    cells: notebook.cells.map((cell) => ({ ...cell.raw, id: cell.id })),
  };
  return `${JSON.stringify(sorted(file), undefined, notebook.indent)}\n`;
}

function sorted(value: z.core.util.JSONType): z.core.util.JSONType {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
