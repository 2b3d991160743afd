import * as vscode from 'vscode';
import type { Failure, Observation } from '../../core/environment/observation';
import { lineAt } from '../../core/suggest/python';
import { repairFor } from '../../core/suggest/repairs/repairs';
import type { Workspace } from '../platform/workspace';
import { codeAbove, rangeIn, textOf, type BenchCode } from './benchCode';

/** A line that failed in the person's last run of it. */
export interface Mark {
  readonly document: vscode.TextDocument;
  readonly failure: Pick<Failure, 'type' | 'message' | 'hints'>;
  /** 0-based; moves with the lines above it. */
  readonly line: number;
  /** The line as it failed: a line that has changed is no longer the one. */
  readonly text: string;
  readonly diagnostic: vscode.Diagnostic;
}

/**
 * Marks the line at which a script or notebook of the person failed. A mark goes when its line
 * changes, or when the next run of the same competition gets by.
 */
export class FailureMarks implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('podium.run');
  private readonly subscription: vscode.Disposable;
  /** At most one per competition: a run ends with its first error. */
  private readonly marks = new Map<string, Mark>();

  constructor(
    private readonly code: BenchCode,
    private readonly workspace: Workspace,
  ) {
    this.subscription = vscode.workspace.onDidChangeTextDocument((event) => this.changed(event));
  }

  /** What a run of a person's file came to: marks its error, or takes the mark of an earlier one away. */
  async submitted(competition: string, file: vscode.Uri, { error, grade }: Observation): Promise<void> {
    this.remove(competition);
    if (error?.place) {
      const document = await this.documentOf(vscode.Uri.joinPath(vscode.Uri.file(this.workspace.bench(competition)), error.place.file), error.place.cell);
      if (document) this.set(competition, document, error.place.line - 1, error);
      return;
    }
    const problem = grade?.errors.find(({ code }) => code === 'extra_column' || code === 'missing_column');
    const document = problem && file.fsPath.endsWith('.py') ? await this.documentOf(file, undefined) : undefined;
    const written = document ? textOf(document).search(/\.to_csv\(/) : -1;
    if (problem && document && written >= 0) this.set(competition, document, lineAt(textOf(document), written).line - 1, { type: problem.code, message: problem.message, hints: problem.fix ? [problem.fix] : [] });
  }

  /** The mark of a document whose line touches a range. */
  at(document: vscode.TextDocument, range: vscode.Range): Mark | undefined {
    return this.of(document, (mark) => range.start.line <= mark.line && mark.line <= range.end.line);
  }

  /** The last error of a competition that still stands. */
  last(competition: string): Mark | undefined {
    return this.marks.get(competition);
  }

  /** The rule table's fix for the error in a range. */
  async fixes(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
    const mark = this.at(document, range);
    const competition = this.code.competitionOf(document);
    const facts = mark && competition !== undefined ? await this.code.facts(competition) : undefined;
    if (!mark || !facts) return [];
    const repair = repairFor({ failure: mark.failure, source: textOf(document), above: codeAbove(document), line: mark.line + 1 }, facts);
    if (!repair) return [];
    const action = new vscode.CodeAction(`${repair.title} (rule: ${repair.rule})`, vscode.CodeActionKind.QuickFix);
    action.edit = new vscode.WorkspaceEdit();
    for (const { start, end, text } of repair.edits) action.edit.replace(document.uri, rangeIn(document, start, end).range, text);
    action.diagnostics = [mark.diagnostic];
    action.isPreferred = true;
    return [action];
  }

  dispose(): void {
    this.subscription.dispose();
    this.collection.dispose();
  }

  private of(document: vscode.TextDocument, fits: (mark: Mark) => boolean): Mark | undefined {
    return [...this.marks.values()].find((mark) => mark.document === document && fits(mark));
  }

  private set(competition: string, document: vscode.TextDocument, line: number, failure: Mark['failure']): void {
    if (line < 0 || line >= document.lineCount) return;
    const { text, firstNonWhitespaceCharacterIndex: from } = document.lineAt(line);
    const message = [`${failure.type}: ${failure.message}`, ...failure.hints].join('\n');
    const diagnostic = new vscode.Diagnostic(new vscode.Range(line, from, line, Math.max(text.length, from + 1)), message, vscode.DiagnosticSeverity.Error);
    diagnostic.source = 'Podium, last run';
    diagnostic.code = failure.type;
    this.marks.set(competition, { document, failure, line, text, diagnostic });
    this.collection.set(document.uri, [diagnostic]);
  }

  private remove(competition: string): void {
    const mark = this.marks.get(competition);
    if (mark) this.collection.delete(mark.document.uri);
    this.marks.delete(competition);
  }

  private changed({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const entry = [...this.marks].find(([, mark]) => mark.document === document);
    if (!entry || contentChanges.length === 0) return;
    const [competition, mark] = entry;
    // Changes of one event do not overlap, and all count lines of the text as it was.
    const moved = contentChanges
      .filter(({ range }) => range.end.line < mark.line || (range.end.line === mark.line && range.end.character === 0 && range.start.line < mark.line) || (range.isEmpty && range.start.isEqual(new vscode.Position(mark.line, 0))))
      .reduce((line, { range, text }) => line + text.split('\n').length - 1 - (range.end.line - range.start.line), mark.line);
    const now = moved >= 0 && moved < document.lineCount ? document.lineAt(moved).text : undefined;
    if (now !== mark.text) this.remove(competition);
    else if (moved !== mark.line) this.set(competition, document, moved, mark.failure);
  }

  /** The script, or the cell of a notebook by its id. */
  private async documentOf(file: vscode.Uri, cell: string | undefined): Promise<vscode.TextDocument | undefined> {
    if (cell === undefined) return vscode.workspace.openTextDocument(file);
    const notebook = await vscode.workspace.openNotebookDocument(file);
    return notebook.getCells().find((one) => one.metadata['id'] === cell)?.document;
  }
}
