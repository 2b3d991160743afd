import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { editText } from '../bench/editText';
import { planCellEdits, type PlanCell } from './cellPlan';

/**
 * Makes an open notebook equal to another version of itself by changing only the cells that
 * differ: ids, metadata and outputs of the others stay. Both versions were read by the editor's own
 * ipynb support, so outputs keep its form. Returns false when the editor refused the edit.
 */
export async function applyNotebook(document: vscode.NotebookDocument, next: vscode.NotebookDocument): Promise<boolean> {
  const target = next.getCells();
  const edits = planCellEdits(document.getCells().map(planCell), target.map(planCell));
  if (edits.length === 0) return true;
  const workspaceEdit = new vscode.WorkspaceEdit();
  const notebookEdits: vscode.NotebookEdit[] = [];
  const data = (index: number): vscode.NotebookCellData => cellData(target[index] as vscode.NotebookCell);
  for (const edit of edits) {
    if (edit.type === 'delete') notebookEdits.push(vscode.NotebookEdit.deleteCells(new vscode.NotebookRange(edit.index, edit.index + edit.count)));
    else if (edit.type === 'insert') notebookEdits.push(vscode.NotebookEdit.insertCells(edit.index, edit.targets.map(data)));
    else if (edit.type === 'replace') notebookEdits.push(vscode.NotebookEdit.replaceCells(new vscode.NotebookRange(edit.index, edit.index + 1), [data(edit.target)]));
    else {
      editText(workspaceEdit, document.cellAt(edit.index).document, target[edit.target]?.document.getText() ?? '');
    }
  }
  if (notebookEdits.length > 0) workspaceEdit.set(document.uri, notebookEdits);
  return vscode.workspace.applyEdit(workspaceEdit);
}

function planCell(cell: vscode.NotebookCell): PlanCell {
  const id: unknown = cell.metadata['id'];
  return {
    id: typeof id === 'string' && id ? id : undefined,
    kind: cell.kind === vscode.NotebookCellKind.Code ? 'code' : 'markup',
    language: cell.document.languageId,
    source: cell.document.getText(),
    outputs: outputsKey(cell.outputs),
  };
}

function outputsKey(outputs: readonly vscode.NotebookCellOutput[]): string {
  if (outputs.length === 0) return '';
  const hash = createHash('sha256');
  for (const output of outputs) for (const item of output.items) hash.update(item.mime).update('\0').update(item.data).update('\0');
  return hash.digest('hex');
}

function cellData(cell: vscode.NotebookCell): vscode.NotebookCellData {
  const data = new vscode.NotebookCellData(cell.kind, cell.document.getText(), cell.document.languageId);
  data.metadata = cell.metadata;
  data.outputs = [...cell.outputs];
  data.executionSummary = cell.executionSummary;
  return data;
}
