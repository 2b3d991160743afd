import * as vscode from 'vscode';
import { parseReviewUri } from '../editFileSystem';
import { changeAt, changesIn, type ShownChange } from './places';
import type { FileReview, Reviews } from './reviews';

/** The file in front that has waiting changes: a script, a notebook, or a review of one. */
export function fileInFront(reviews: Reviews): FileReview | undefined {
  const uri = uriInFront();
  if (!uri) return undefined;
  const side = parseReviewUri(uri);
  return side ? reviews.ofEdit(side.runId, side.editId) : uri.scheme === 'file' || uri.scheme === 'vscode-notebook-cell' ? reviews.ofFile(uri.fsPath) : undefined;
}

/** What the tab in front shows; of a comparison the agent's side. */
export function uriInFront(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputTextDiff || input instanceof vscode.TabInputNotebookDiff) return input.modified;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputNotebook || input instanceof vscode.TabInputCustom) return input.uri;
  return vscode.window.activeTextEditor?.document.uri;
}

/** The change at the cursor, in a text or in the selected cell. */
export function atCursor(reviews: Reviews): ShownChange | undefined {
  const editor = vscode.window.activeTextEditor;
  const front = fileInFront(reviews);
  if (!front) return undefined;
  if (editor) {
    const found = changeAt(changesIn(editor.document, reviews).filter(({ review }) => review === front), editor.selection.active.line);
    if (found) return found;
  }
  const notebook = vscode.window.activeNotebookEditor;
  if (!notebook || notebook.notebook.uri.fsPath !== front.file) return undefined;
  // No cursor inside a cell: the first change of the selected one.
  const cell = notebook.notebook.cellAt(Math.min(notebook.selection.start, notebook.notebook.cellCount - 1));
  return changesIn(cell.document, reviews)[0];
}
