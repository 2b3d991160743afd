import * as vscode from 'vscode';
import { benchSelector, type BenchCode } from './benchCode';
import type { CommandId } from '../platform/commandIds';
import type { WindowModels } from '../models/windowModels';
import type { CodeWarnings } from './codeWarnings';
import type { FailureMarks } from './failureMarks';

/** The light bulb in a person's code: fixes of warnings and of the last run's error. */
export class QuickFixes implements vscode.CodeActionProvider, vscode.Disposable {
  private readonly registration: vscode.Disposable;

  constructor(
    private readonly code: BenchCode,
    private readonly warnings: CodeWarnings,
    private readonly marks: FailureMarks,
    private readonly models: Pick<WindowModels, 'current'>,
  ) {
    this.registration = vscode.languages.registerCodeActionsProvider(benchSelector, this, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] });
  }

  async provideCodeActions(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
    if (this.code.competitionOf(document) === undefined) return [];
    return [...(await this.marks.fixes(document, range)), ...(await this.withAgent(document, range)), ...this.warnings.fixes(document, range)];
  }

  /** Offered at an error that stands; without a model it says so, and how to get one. */
  private async withAgent(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
    const mark = this.marks.at(document, range);
    if (!mark) return [];
    const action = (title: string): vscode.CodeAction => {
      const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      made.diagnostics = [mark.diagnostic];
      return made;
    };
    const fix = action('Fix with agent');
    const model = await this.models.current().catch(() => undefined);
    if (model) {
      fix.command = { command: 'podium.fixWithAgent' satisfies CommandId, title: fix.title, arguments: [document.uri] };
      return [fix];
    }
    fix.disabled = { reason: 'No model is chosen' };
    const choose = action('Choose a model to fix this with…');
    choose.command = { command: 'podium.chooseModel' satisfies CommandId, title: choose.title };
    return [fix, choose];
  }

  dispose(): void {
    this.registration.dispose();
  }
}
