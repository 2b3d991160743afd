import * as vscode from 'vscode';
import type { Problem } from '../../core/grading/result';

/** What a check found in a submission file. */
export interface Findings {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Why a submission is wrong, at its lines and in the Problems view. */
export class SubmissionProblems implements vscode.Disposable {
  private readonly diagnostics = vscode.languages.createDiagnosticCollection('podium');

  /** Marks the lines of a file; a file without findings loses its marks. */
  mark(file: vscode.Uri, { errors, warnings }: Findings): void {
    this.diagnostics.set(file, [
      ...errors.map((problem) => diagnostic(problem, vscode.DiagnosticSeverity.Error)),
      ...warnings.map((problem) => diagnostic(problem, vscode.DiagnosticSeverity.Warning)),
    ]);
  }

  dispose(): void {
    this.diagnostics.dispose();
  }
}

function diagnostic(problem: Problem, severity: vscode.DiagnosticSeverity): vscode.Diagnostic {
  const line = (problem.line ?? 1) - 1;
  const made = new vscode.Diagnostic(new vscode.Range(line, 0, line, Number.MAX_SAFE_INTEGER), problem.fix ? `${problem.message} ${problem.fix}` : problem.message, severity);
  made.source = 'Podium';
  made.code = problem.code;
  return made;
}
