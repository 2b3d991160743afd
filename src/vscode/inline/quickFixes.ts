import * as vscode from 'vscode';
import { benchSelector, type BenchCode } from './benchCode';
import type { CodeWarnings } from './codeWarnings';
import type { FailureMarks } from './failureMarks';

/** The light bulb in a person's code: fixes of warnings and of the last run's error. */
export class QuickFixes implements vscode.CodeActionProvider, vscode.Disposable {
  private readonly registration: vscode.Disposable;

  constructor(
    private readonly code: BenchCode,
    private readonly warnings: CodeWarnings,
    private readonly marks: FailureMarks,
  ) {
    this.registration = vscode.languages.registerCodeActionsProvider(benchSelector, this, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] });
  }

  async provideCodeActions(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
    if (this.code.competitionOf(document) === undefined) return [];
    return [...(await this.marks.fixes(document, range)), ...this.warnings.fixes(document, range)];
  }

  dispose(): void {
    this.registration.dispose();
  }
}
