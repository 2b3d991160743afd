import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { CommandId } from '../platform/commandIds';
import type { BenchEdits } from './benchEdits';

/** Lenses on top of bench scripts that an edit of the agent waits for. */
export class BenchLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly edits: BenchEdits,
    private readonly benchOf: (folder: string) => string | undefined,
  ) {
    this.subscriptions = [
      this.changed,
      vscode.languages.registerCodeLensProvider({ scheme: 'file', pattern: '**/*.py' }, this),
      edits.onDidChange(() => this.changed.fire()),
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!this.benchOf(dirname(document.uri.fsPath))) return [];
    const top = new vscode.Range(0, 0, 0, 0);
    const lens = (title: string, command: CommandId, tooltip: string) => new vscode.CodeLens(top, { title, command, tooltip, arguments: [document.uri] });
    const waiting = this.edits.find(document.uri);
    return waiting
      ? [
          lens('$(check) Accept', 'podium.acceptEdit', 'Apply the edit of the agent'),
          lens('$(close) Reject', 'podium.rejectEdit', 'Refuse the edit; the agent is told'),
          lens(`$(diff) Review edit of #${waiting.edit.attempt}`, 'podium.reviewEdits', 'Show the edit beside your file'),
        ]
      : [];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}
