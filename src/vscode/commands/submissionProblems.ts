import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Problem } from '../../core/grading/result';
import type { Reports } from '../platform/reports';
import { problemHeadline, problemReport } from './problemReport';

/** What a check found in a submission file. */
export interface Findings {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Shows why a submission is wrong: as a report, in the Problems view, and at its lines. */
export class SubmissionProblems implements vscode.Disposable {
  private readonly diagnostics = vscode.languages.createDiagnosticCollection('podium');

  constructor(private readonly reports: Reports) {}

  /** Marks the lines of a file; a file without findings loses its marks. */
  mark(file: vscode.Uri, { errors, warnings }: Findings): void {
    this.diagnostics.set(file, [
      ...errors.map((problem) => diagnostic(problem, vscode.DiagnosticSeverity.Error)),
      ...warnings.map((problem) => diagnostic(problem, vscode.DiagnosticSeverity.Warning)),
    ]);
  }

  /** The whole report, and the way to the first line that is wrong. `again` checks the file once more. */
  async show(file: vscode.Uri, findings: Findings, again: () => void): Promise<void> {
    this.mark(file, findings);
    const { errors, warnings } = findings;
    const name = basename(file.fsPath);
    await this.reports.show(`Problems of ${name}`, problemReport(name, errors, warnings));
    const line = errors.find((problem) => problem.line !== undefined)?.line;
    const go = line === undefined ? 'Open File' : `Open at Line ${line}`;
    const check = 'Check Again';
    void vscode.window.showErrorMessage(`${problemHeadline(name, errors, warnings)}. No graded call was used.`, go, check).then((choice) => {
      if (choice === check) again();
      if (choice === go) return vscode.commands.executeCommand('vscode.open', file, line === undefined ? {} : { selection: new vscode.Range(line - 1, 0, line - 1, 0) });
      return undefined;
    });
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
