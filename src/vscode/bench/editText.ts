import * as vscode from 'vscode';
import { changedBlocks, linesOf } from '../../core/edits/lines';

/** Makes a document say `text` by its changed lines only: cursor, folds and undo keep the rest. */
export function editText(edit: vscode.WorkspaceEdit, document: vscode.TextDocument, text: string): void {
  const lines = linesOf(text);
  const endOfText = document.lineAt(document.lineCount - 1).range.end;
  for (const { start, end, from, to } of changedBlocks(linesOf(document.getText()), lines)) {
    const now = lines.slice(from, to);
    if (end < document.lineCount) edit.replace(document.uri, new vscode.Range(start, 0, end, 0), now.map((line) => `${line}\n`).join(''));
    // To the end of the text, whose last line has no line end: the one before belongs to the change.
    else if (start === 0) edit.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), endOfText), now.join('\n'));
    else edit.replace(document.uri, new vscode.Range(document.lineAt(start - 1).range.end, endOfText), now.map((line) => `\n${line}`).join(''));
  }
}
