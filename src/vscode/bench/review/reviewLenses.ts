import * as vscode from 'vscode';
import { addedLines } from '../../../core/edits/verdict';
import type { CommandId } from '../../platform/commandIds';
import { editScheme } from '../../platform/viewIds';
import { changesIn, labelOf, type ShownChange } from './places';
import type { ChangeId, Reviews } from './reviews';

/** Accept, reject and show above every waiting change, in scripts, in cells and on the agent's side of a review. */
export class ReviewLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly reviews: Reviews) {
    this.subscriptions = [
      this.changed,
      vscode.languages.registerCodeLensProvider([{ scheme: 'file' }, { scheme: 'vscode-notebook-cell' }, { scheme: editScheme }], this),
      reviews.onDidChange(() => this.changed.fire()),
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const inReview = document.uri.scheme === editScheme;
    return changesIn(document, this.reviews).flatMap((shown) => lensesOf(shown, document, inReview));
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

function lensesOf(shown: ShownChange, document: vscode.TextDocument, inReview: boolean): vscode.CodeLens[] {
  const { review, change } = shown;
  const line = Math.min(shown.start, document.lineCount - 1);
  const range = new vscode.Range(line, 0, line, 0);
  const id: ChangeId = { runId: review.run.runId, editId: review.edit.id, change: change.number };
  const lens = (title: string, command: CommandId, tooltip: string): vscode.CodeLens => new vscode.CodeLens(range, { title, tooltip, command, arguments: [id] });
  const about = aboutCell(shown);
  return [
    change.state === 'conflict'
      ? lens('$(warning)\u00a0Replace mine…', 'podium.acceptEdit', 'You changed this place since the agent read it: replace your lines by the agent\'s')
      : lens('$(check)\u00a0Accept', 'podium.acceptEdit', 'Write this change into the file (Ctrl+Alt+Y)'),
    lens('$(close)\u00a0Reject', 'podium.rejectEdit', 'Refuse this change; the agent is told (Ctrl+Alt+N)'),
    ...(inReview ? [] : [lens('$(diff)\u00a0Show change', 'podium.showEdit', 'Old and new lines together')]),
    lens(`${about}${labelOf(shown)}`, 'podium.showEdit', `${review.edit.path}, run ${review.run.view.number}`),
  ];
}

/** What a change of whole cells would do, for its text is not in the cell. */
function aboutCell({ change }: ShownChange): string {
  const { what, beside } = change;
  if (!('type' in what)) return '';
  switch (what.type) {
    case 'insert': {
      const lines = addedLines(what);
      const more = lines.length > 1 ? ` +${lines.length - 1}` : '';
      return `New cell ${beside?.before === false ? 'below' : 'above'}: ${(lines[0] ?? '').slice(0, 60)}${more} · `;
    }
    case 'delete':
      return 'Delete this cell · ';
    case 'move':
      return 'Move this cell · ';
    case 'replace':
      return `Make this a ${what.to.kind} cell · `;
    case 'text':
      return '';
  }
}
