import { basename } from 'node:path';
import * as vscode from 'vscode';
import { estimateUsage } from '../../core/agent/model/chat';
import { costOf } from '../../core/agent/model/prices';
import { CancelledError } from '../../core/errors';
import { changeRequest, readProposal, type Proposal } from '../../core/suggest/model/change';
import { HostError } from '../platform/hostError';
import type { Workspace } from '../platform/workspace';
import type { RunSource } from '../runs/runHandle';
import type { WindowModel, WindowModels } from '../models/windowModels';
import { codeAbove, textOf, type BenchCode } from './benchCode';
import type { FailureMarks } from './failureMarks';
import type { Proposals } from './proposals';
import { situationOf } from './situations';
import type { SpendToday } from './spendToday';

/** "Fix with agent" and "Refine with agent": the chosen model proposes a change, the person sees it before anything is applied. */
export class AgentChanges {
  constructor(
    private readonly code: BenchCode,
    private readonly workspace: Pick<Workspace, 'startableRoot'>,
    private readonly models: Pick<WindowModels, 'current'>,
    private readonly runs: RunSource,
    private readonly marks: FailureMarks,
    private readonly spend: SpendToday,
    private readonly proposals: Proposals,
  ) {}

  /**
   * Opens the proposed change as a diff.
   * @throws HostError `untrusted`, `no_model`, `no_file` or `edit_conflict`; ChangeError; ModelError; CancelledError
   */
  async propose(task: 'fix' | 'refine', uri: vscode.Uri | undefined): Promise<void> {
    this.workspace.startableRoot();
    const document = await documentOf(uri);
    const competition = document && this.code.competitionOf(document);
    if (!document || competition === undefined) throw new HostError('no_file', 'The file in front is not on a bench.', 'Open a script or notebook in the folder of a competition.');
    const model = await this.models.current();
    if (!model) throw new HostError('no_model', 'No model is chosen, so nobody can be asked.', 'Choose one, or take a fix without a model.');
    const facts = await this.code.facts(competition);
    if (!facts) throw new HostError('no_file', `The competition ${competition} cannot be read.`, 'Open its page to see why.');
    const version = document.version;
    const source = textOf(document);
    const request = changeRequest(task, source, codeAbove(document), situationOf(competition, facts, this.runs, this.marks));
    const proposal = await this.ask(model, request, source, `${task === 'fix' ? 'Asking for a fix of' : 'Asking for a better'} ${basename(document.uri.fsPath)}`);
    if (document.isClosed || document.version !== version) throw new HostError('edit_conflict', `${basename(document.uri.fsPath)} was changed while ${model.name} answered.`, 'Nothing was changed. Ask again.');
    await this.proposals.show(document, version, proposal, task === 'fix' ? 'Fix with agent' : 'Refine with agent');
  }

  private ask(model: WindowModel, request: ReturnType<typeof changeRequest>, source: string, title: string): Thenable<Proposal> {
    return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `${title} (${model.name})`, cancellable: true }, async (_progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const { reply, usage, usd } = await model.answer(request, { signal: abort.signal });
      if (abort.signal.aborted) throw new CancelledError();
      const used = usage ? { ...usage, estimated: false } : estimateUsage(request, reply);
      this.spend.add({ usage: used, usd: usd ?? costOf(used, model.price) });
      return readProposal(reply, source, model);
    });
  }
}

/** The document of a command's argument, else the one in front. */
async function documentOf(uri: vscode.Uri | undefined): Promise<vscode.TextDocument | undefined> {
  if (!uri) return vscode.window.activeTextEditor?.document;
  const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  return open ?? (uri.scheme === 'file' && uri.fsPath.endsWith('.py') ? vscode.workspace.openTextDocument(uri) : undefined);
}
