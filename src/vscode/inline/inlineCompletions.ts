import * as vscode from 'vscode';
import { certainCompletion } from '../../core/suggest/certain/certain';
import type { Failures } from '../platform/failures';
import { benchSelector, type BenchCode } from './benchCode';
import type { SuggestionMode } from './suggestionMode';

/** Ghost text in scripts and cells of a competition. */
export class InlineCompletions implements vscode.InlineCompletionItemProvider, vscode.Disposable {
  private readonly registration: vscode.Disposable;
  /** The next request was asked for by the person. */
  private demanded = false;

  constructor(
    private readonly code: BenchCode,
    private readonly mode: SuggestionMode,
    private readonly failures: Failures,
  ) {
    this.registration = vscode.languages.registerInlineCompletionItemProvider(benchSelector, this);
  }

  /** Offers what there is at the cursor now, also where nothing is offered while one types. */
  async demand(): Promise<void> {
    this.demanded = true;
    await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    const competition = this.code.competitionOf(document);
    const demanded = this.demanded;
    this.demanded = false;
    // A chosen entry of the list of completions goes first: two offers for one place confuse.
    if (competition === undefined || context.selectedCompletionInfo || (!demanded && !this.mode.current.on)) return [];
    try {
      const facts = await this.code.facts(competition);
      if (!facts || token.isCancellationRequested) return [];
      const { prefix } = this.code.before(document, position);
      const rest = document.lineAt(position.line).text.slice(position.character);
      const found = certainCompletion(prefix, rest, facts);
      return found ? [new vscode.InlineCompletionItem(found.text, new vscode.Range(position, position.translate(0, found.replaces)))] : [];
    } catch (error) {
      this.failures.record(error, 'complete code');
      return [];
    }
  }

  dispose(): void {
    this.registration.dispose();
  }
}
