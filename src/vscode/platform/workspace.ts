import * as vscode from 'vscode';
import { join } from 'node:path';
import { HostError } from './hostError';

/** The folder that benches and runs live in: the first workspace folder on a disk. */
export class Workspace {
  get folder(): vscode.WorkspaceFolder | undefined {
    return vscode.workspace.workspaceFolders?.find((folder) => folder.uri.scheme === 'file');
  }

  get trusted(): boolean {
    return vscode.workspace.isTrusted;
  }

  /** Why nothing can be started here; undefined when it can. */
  blocked(): { text: string; action: 'trust' | 'openFolder' } | undefined {
    if (!this.folder) return { text: 'Open a folder first: runs and your files live in it.', action: 'openFolder' };
    if (!this.trusted) return { text: 'This workspace is in Restricted Mode: competitions and scores are shown, nothing is started.', action: 'trust' };
    return undefined;
  }

  /** Absolute path of the folder; throws HostError `no_folder`. */
  root(): string {
    const folder = this.folder;
    if (!folder) throw new HostError('no_folder', 'No folder is open.', 'Open a folder: runs and your files live in it.');
    return folder.uri.fsPath;
  }

  /** The folder in which code may be started; throws HostError `no_folder` or `untrusted`. */
  startableRoot(): string {
    const root = this.root();
    if (!this.trusted) throw new HostError('untrusted', 'This workspace is in Restricted Mode, so nothing is started.', 'Trust the workspace to go on.');
    return root;
  }

  /** The bench of a competition: what the person edits. */
  bench(competition: string): string {
    return join(this.root(), competition);
  }
}
