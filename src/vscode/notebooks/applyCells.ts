import * as vscode from 'vscode';
import type { CellText } from '../../core/edits/cellChanges';
import { assignIds } from '../../core/notebook/notebook';
import { editText } from '../bench/editText';
import { planCellEdits, type PlanCell } from './cellPlan';

/** The ids of an open notebook's cells; those without one get the id that reading the file would give them. */
export function cellIds(document: vscode.NotebookDocument): string[] {
  return assignIds(document.getCells().map((cell) => ({ id: cell.metadata['id'] as unknown, source: cell.document.getText() })));
}

/**
 * Makes an open notebook consist of the given cells. Cells that stay keep id, metadata and outputs;
 * in a changed text only the changed lines are touched. Returns false when the editor refused.
 */
export async function setCells(document: vscode.NotebookDocument, cells: readonly CellText[]): Promise<boolean> {
  const ids = cellIds(document);
  const live = document.getCells();
  const current = live.map((cell, index): PlanCell => ({ id: ids[index], kind: kindOf(cell), language: cell.document.languageId, source: cell.document.getText(), outputs: '' }));
  const code = live.find((cell) => cell.kind === vscode.NotebookCellKind.Code)?.document.languageId ?? 'python';
  const byId = new Map(current.map((cell) => [cell.id, cell]));
  const target = cells.map((cell): PlanCell => {
    const there = byId.get(cell.id);
    const kind = cell.kind === 'code' ? 'code' : 'markup';
    const language = there?.kind === kind ? there.language : cell.kind === 'code' ? code : cell.kind;
    return { id: cell.id, kind, language, source: cell.source, outputs: '' };
  });
  const edits = planCellEdits(current, target);
  if (edits.length === 0) return true;

  const workspaceEdit = new vscode.WorkspaceEdit();
  const notebookEdits: vscode.NotebookEdit[] = [];
  const data = (index: number): vscode.NotebookCellData => dataOf(target[index], live[ids.indexOf(target[index]?.id ?? '')]);
  for (const edit of edits) {
    if (edit.type === 'delete') notebookEdits.push(vscode.NotebookEdit.deleteCells(new vscode.NotebookRange(edit.index, edit.index + edit.count)));
    else if (edit.type === 'insert') notebookEdits.push(vscode.NotebookEdit.insertCells(edit.index, edit.targets.map(data)));
    else if (edit.type === 'replace') notebookEdits.push(vscode.NotebookEdit.replaceCells(new vscode.NotebookRange(edit.index, edit.index + 1), [data(edit.target)]));
    else editText(workspaceEdit, document.cellAt(edit.index).document, target[edit.target]?.source ?? '');
  }
  if (notebookEdits.length > 0) workspaceEdit.set(document.uri, notebookEdits);
  return vscode.workspace.applyEdit(workspaceEdit);
}

const kindOf = (cell: vscode.NotebookCell): PlanCell['kind'] => (cell.kind === vscode.NotebookCellKind.Code ? 'code' : 'markup');

function dataOf(cell: PlanCell | undefined, there: vscode.NotebookCell | undefined): vscode.NotebookCellData {
  const kind = cell?.kind === 'markup' ? vscode.NotebookCellKind.Markup : vscode.NotebookCellKind.Code;
  const data = new vscode.NotebookCellData(kind, cell?.source ?? '', cell?.language ?? 'python');
  data.metadata = there?.metadata ?? { id: cell?.id, metadata: {} };
  // A cell that only moves keeps what its run gave.
  if (there && kind === there.kind) {
    data.outputs = [...there.outputs];
    data.executionSummary = there.executionSummary;
  }
  return data;
}
