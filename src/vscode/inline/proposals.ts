import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Proposal } from '../../core/suggest/model/change';
import { applyEdits } from '../../core/suggest/python';
import type { CommandId } from '../platform/commandIds';
import type { CommandManager } from '../platform/commandManager';
import { HostError } from '../platform/hostError';
import { withoutLinks } from '../platform/notificationText';
import { proposalScheme } from '../platform/viewIds';
import { rangeIn, textOf } from './benchCode';

interface Waiting {
  readonly document: vscode.TextDocument;
  /** Of the document, when the change was made for it. */
  readonly version: number;
  readonly proposal: Proposal;
  readonly content: string;
}

/** Changes that a model proposes, each as a diff beside the person's code, until it is applied or discarded. */
export class Proposals implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly waiting = new Map<string, Waiting>();
  private readonly registration: vscode.Disposable;
  private count = 0;

  constructor(commands: CommandManager) {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(proposalScheme, this);
    commands.register('podium.applyProposal', (argument) => this.apply(this.find(argument)));
    commands.register('podium.discardProposal', (argument) => this.discard(this.find(argument)));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.waiting.get(uri.toString())?.content ?? '';
  }

  /** Opens the diff and asks; the question may stay unanswered, the diff has the same two buttons. */
  async show(document: vscode.TextDocument, version: number, proposal: Proposal, label: string): Promise<void> {
    const name = basename(document.uri.fsPath);
    const uri = vscode.Uri.from({ scheme: proposalScheme, path: `/${(this.count += 1)}/${document.languageId === 'python' ? name.replace(/\.ipynb$/, '.py') : name}` });
    this.waiting.set(uri.toString(), { document, version, proposal, content: applyEdits(textOf(document), proposal.edits) });
    await vscode.commands.executeCommand('vscode.diff', document.uri, uri, `${name}: ${label.toLowerCase()}`, { preview: true });
    const [apply, discard] = ['Apply', 'Discard'];
    void vscode.window.showInformationMessage(withoutLinks(proposal.why === '' ? `${label}: a change of ${name} is proposed.` : proposal.why), apply, discard).then((choice) => {
      const command: CommandId | undefined = choice === apply ? 'podium.applyProposal' : choice === discard ? 'podium.discardProposal' : undefined;
      return command && this.waiting.has(uri.toString()) ? vscode.commands.executeCommand(command, uri) : undefined;
    });
  }

  dispose(): void {
    this.registration.dispose();
  }

  /** The proposal of a command's argument or of the diff in front, else the newest. */
  private find(argument: unknown): readonly [string, Waiting] {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    const front = input instanceof vscode.TabInputTextDiff ? input.modified : undefined;
    const keys = [argument instanceof vscode.Uri ? argument.toString() : undefined, front?.toString(), [...this.waiting.keys()].at(-1)];
    for (const key of keys) {
      const waiting = key === undefined ? undefined : this.waiting.get(key);
      if (key !== undefined && waiting) return [key, waiting];
    }
    throw new HostError('no_edit', 'No proposed change waits.', 'Ask for one with Fix with Agent.');
  }

  private async apply([key, { document, version, proposal }]: readonly [string, Waiting]): Promise<void> {
    const name = basename(document.uri.fsPath);
    if (document.isClosed || document.version !== version) throw new HostError('edit_conflict', `${name} has changed since the change was proposed for it.`, 'Nothing was changed. Ask again.');
    const edit = new vscode.WorkspaceEdit();
    for (const { start, end, text } of proposal.edits) edit.replace(document.uri, rangeIn(document, start, end).range, text);
    if (!(await vscode.workspace.applyEdit(edit))) throw new HostError('edit_refused', `The editor refused to change ${name}.`, 'Nothing was changed. Ask again.');
    await this.discard([key]);
  }

  private async discard([key]: readonly [string, ...unknown[]]): Promise<void> {
    this.waiting.delete(key);
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.toString() === key);
    if (tabs.length > 0) await vscode.window.tabGroups.close(tabs);
  }
}
