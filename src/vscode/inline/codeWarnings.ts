import * as vscode from 'vscode';
import type { Warning } from '../../core/suggest/warnings/warning';
import { warningsOf } from '../../core/suggest/warnings/warnings';
import type { Failures } from '../platform/failures';
import type { Settings } from '../platform/settings';
import { WholeCode, type BenchCode } from './benchCode';

interface Shown {
  readonly diagnostic: vscode.Diagnostic;
  readonly fix: { readonly title: string; readonly edit: vscode.WorkspaceEdit } | undefined;
}

const pauseMs = 500;
const severities = { warning: vscode.DiagnosticSeverity.Warning, hint: vscode.DiagnosticSeverity.Information } as const;

/** Marks what is certainly wrong or misleading in the scripts and cells that are open. */
export class CodeWarnings implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('podium.code');
  private readonly shown = new Map<string, readonly Shown[]>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly code: BenchCode,
    private readonly settings: Settings,
    private readonly failures: Failures,
  ) {
    this.subscriptions = [
      this.collection,
      vscode.workspace.onDidOpenTextDocument((document) => this.later(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.later(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.forget(document)),
      settings.onDidChange((affects) => affects('podium.codeWarnings') && this.lookAtAll()),
    ];
    this.lookAtAll();
  }

  /** Looks at every open document again, for instance when benches became known. */
  lookAtAll(): void {
    for (const document of vscode.workspace.textDocuments) this.later(document, 0);
  }

  /** Fixes of the warnings that touch a range. */
  fixes(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    return (this.shown.get(document.uri.toString()) ?? []).flatMap(({ diagnostic, fix }) => {
      if (!fix || !diagnostic.range.intersection(range)) return [];
      const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
      action.edit = fix.edit;
      action.diagnostics = [diagnostic];
      action.isPreferred = true;
      return [action];
    });
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private later(document: vscode.TextDocument, pause = pauseMs): void {
    if (this.code.competitionOf(document) === undefined) return;
    // The cells of a notebook are read together.
    const key = document.uri.with({ fragment: '' }).toString();
    clearTimeout(this.timers.get(key));
    const look = (): void => {
      this.timers.delete(key);
      this.look(document).catch((error: unknown) => this.failures.record(error, 'look for problems in code'));
    };
    this.timers.set(key, setTimeout(look, pause));
  }

  private async look(document: vscode.TextDocument): Promise<void> {
    const competition = this.code.competitionOf(document);
    if (competition === undefined || document.isClosed) return;
    const facts = this.settings.get('podium.codeWarnings') ? await this.code.facts(competition) : undefined;
    const whole = WholeCode.of(document);
    const found = facts ? warningsOf(whole.source, facts) : [];
    const placed = found.flatMap((warning) => place(warning, whole));
    for (const { uri } of whole.documents) {
      const here = placed.filter((one) => one.uri.toString() === uri.toString()).map((one) => one.shown);
      this.shown.set(uri.toString(), here);
      this.collection.set(uri, here.map((one) => one.diagnostic));
    }
  }

  private forget(document: vscode.TextDocument): void {
    this.shown.delete(document.uri.toString());
    this.collection.delete(document.uri);
  }
}

function place(warning: Warning, whole: WholeCode): { readonly uri: vscode.Uri; readonly shown: Shown }[] {
  const location = whole.locate(warning.start, warning.end);
  if (!location) return [];
  const diagnostic = new vscode.Diagnostic(location.range, warning.message, severities[warning.severity]);
  diagnostic.source = 'Podium';
  diagnostic.code = warning.code;
  if (!warning.fix) return [{ uri: location.uri, shown: { diagnostic, fix: undefined } }];
  const edit = new vscode.WorkspaceEdit();
  for (const { start, end, text } of warning.fix.edits) {
    const where = whole.locate(start, end);
    if (!where) return [{ uri: location.uri, shown: { diagnostic, fix: undefined } }];
    edit.replace(where.uri, where.range, text);
  }
  return [{ uri: location.uri, shown: { diagnostic, fix: { title: warning.fix.title, edit } } }];
}
