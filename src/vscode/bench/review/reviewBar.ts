import * as vscode from 'vscode';
import type { CommandId } from '../../platform/commandIds';
import type { ContextKeys } from '../../platform/contextKeys';
import { atCursor, fileInFront } from './front';
import { nameOf, type Reviews } from './reviews';

/** "Edit 1 of 2" with its buttons in the status bar, while the file in front has changes that wait. */
export class ReviewBar implements vscode.Disposable {
  private readonly items: readonly vscode.StatusBarItem[];
  private readonly count: vscode.StatusBarItem;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly reviews: Reviews,
    private readonly contextKeys: ContextKeys,
  ) {
    const item = (name: string, text: string, command: CommandId, tooltip: string, priority: number): vscode.StatusBarItem => {
      const made = vscode.window.createStatusBarItem(`podium.${name}`, vscode.StatusBarAlignment.Left, priority);
      Object.assign(made, { name: `Podium: ${name}`, text, command, tooltip });
      made.accessibilityInformation = { label: tooltip, role: 'button' };
      return made;
    };
    this.count = item('edit', '', 'podium.showEdit', 'Show the change', -1);
    this.items = [
      this.count,
      item('previousEdit', '$(arrow-up)', 'podium.previousEdit', 'Previous edit of the agent', -1.1),
      item('nextEdit', '$(arrow-down)', 'podium.nextEdit', 'Next edit of the agent', -1.2),
      item('acceptFile', '$(check-all) Accept all', 'podium.acceptFileEdits', 'Accept all edits of this file', -1.3),
      item('rejectFile', '$(close-all) Reject all…', 'podium.rejectFileEdits', 'Reject all edits of this file', -1.4),
    ];
    const update = (): void => this.update();
    this.subscriptions = [
      reviews.onDidChange(update),
      vscode.window.onDidChangeActiveTextEditor(update),
      vscode.window.onDidChangeActiveNotebookEditor(update),
      vscode.window.onDidChangeTextEditorSelection(update),
      vscode.window.onDidChangeNotebookEditorSelection(update),
      vscode.window.tabGroups.onDidChangeTabs(update),
    ];
    update();
  }

  dispose(): void {
    for (const disposable of [...this.subscriptions, ...this.items]) disposable.dispose();
  }

  private update(): void {
    const review = fileInFront(this.reviews);
    this.contextKeys.set('podium.fileEditWaiting', review !== undefined);
    if (!review) {
      for (const item of this.items) item.hide();
      return;
    }
    const index = review.waiting.findIndex(({ number }) => number === atCursor(this.reviews)?.change.number);
    this.count.text = `$(diff) ${index >= 0 ? `Edit ${index + 1} of ${review.waiting.length}` : `${review.waiting.length} ${review.waiting.length === 1 ? 'edit' : 'edits'}`}`;
    this.count.tooltip = `Edits of the agent in ${nameOf(review)} wait for you`;
    for (const item of this.items) item.show();
  }
}
