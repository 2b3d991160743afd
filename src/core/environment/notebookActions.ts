import * as cells from '../notebook/cells';
import { emptyNotebook, parseNotebook, serializeNotebook, type Notebook } from '../notebook/notebook';
import { viewNotebook } from '../notebook/textView';
import type { ActionParams } from './actions';
import { refuse, type Outcome, type StepContext } from './context';
import { ownText, pathOf, storeText } from './fileActions';
import { checkPath, isData, isNotebook } from './paths';

function notebookPath(raw: string): string {
  const path = pathOf(checkPath(raw));
  if (isData(path)) refuse('bad_path', '"data/" is read-only.', 'Put the notebook beside it.');
  return isNotebook(path) ? path : refuse('bad_path', `"${path}" is no notebook.`, 'Notebooks end in .ipynb; use write_file and edit_file for other files.');
}

export async function readNotebook(ctx: StepContext, params: ActionParams<'read_notebook'>): Promise<Outcome> {
  const path = notebookPath(params.path);
  const attempt = ctx.attempt();
  const shown = viewNotebook(parseNotebook(await ownText(ctx, attempt.files, path)));
  return { status: 'ok', attempt: attempt.id, summary: `${path}: ${shown.length} cells.`, data: { path, cells: shown.map((cell) => ({ ...cell })) } };
}

export async function insertCell(ctx: StepContext, params: ActionParams<'insert_cell'>): Promise<Outcome> {
  const path = notebookPath(params.path);
  const known = ctx.state.working(ctx.lane)?.files;
  // The change is made before a child attempt begins: one that cannot be made changes nothing.
  const before = known?.has(path) ? parseNotebook(await ownText(ctx, known, path)) : emptyNotebook();
  const { notebook, id } = cells.insertCell(before, params.after, params.kind, params.source);
  const attempt = await ctx.editable();
  const files = await storeText(ctx, attempt.files, path, serializeNotebook(notebook));
  return { status: 'ok', attempt: attempt.id, summary: `Inserted ${params.kind} cell ${id} into ${path}.`, data: { cell: id }, files };
}

export async function editCell(ctx: StepContext, params: ActionParams<'edit_cell'>): Promise<Outcome> {
  return await change(ctx, params.path, `Changed cell ${params.cell}`, (notebook) => cells.editCell(notebook, params.cell, params.source));
}

export async function deleteCell(ctx: StepContext, params: ActionParams<'delete_cell'>): Promise<Outcome> {
  return await change(ctx, params.path, `Deleted cell ${params.cell}`, (notebook) => cells.deleteCell(notebook, params.cell));
}

async function change(ctx: StepContext, raw: string, what: string, apply: (notebook: Notebook) => Notebook): Promise<Outcome> {
  const path = notebookPath(raw);
  const text = serializeNotebook(apply(parseNotebook(await ownText(ctx, ctx.attempt().files, path))));
  const attempt = await ctx.editable();
  const files = await storeText(ctx, attempt.files, path, text);
  return { status: 'ok', attempt: attempt.id, summary: `${what} of ${path}.`, files };
}
