import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Failures } from '../platform/failures';
import type { Workspace } from '../platform/workspace';

/** An import writes several files, and a checkout of git many: one look afterwards is enough. */
const quietMs = 300;

/** Calls `changed` after competition folders of the workspace came, went, or changed their text. What lies in their `data/` is not looked at. */
export class ImportedWatch implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(workspace: Workspace, private readonly changed: () => Promise<void>, private readonly failures: Failures) {
    if (!workspace.folder) return;
    // A folder that is moved here is told as one; what is in it is not.
    const pattern = new vscode.RelativePattern(workspace.folder, '{competitions,competitions/*,competitions/*/*.{yaml,md,csv}}');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    this.subscriptions.push(
      watcher,
      watcher.onDidCreate(() => this.later()),
      watcher.onDidChange(() => this.later()),
      watcher.onDidDelete(() => this.later()),
      // A folder that was moved here right after its parent was made is not watched by the operating system's means.
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        if (uri.scheme === 'file' && basename(uri.fsPath) === 'competition.yaml') this.later();
      }),
    );
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.changed().catch((error: unknown) => this.failures.record(error, 'look for imported competitions'));
    }, quietMs);
  }
}
