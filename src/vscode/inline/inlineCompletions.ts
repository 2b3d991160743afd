import * as vscode from 'vscode';
import { certainCompletion } from '../../core/suggest/certain/certain';
import { fitBefore, type Insertion } from '../../core/suggest/certain/place';
import type { Failures } from '../platform/failures';
import type { RunSource } from '../runs/runHandle';
import { benchSelector, textOf, type BenchCode } from './benchCode';
import type { FailureMarks } from './failureMarks';
import type { ModelCompletions } from './modelCompletions';
import { situationOf } from './situations';
import type { SuggestionMode } from './suggestionMode';

/** Ghost text in scripts and cells of a competition: what is certain first, then what the chosen model says. */
export class InlineCompletions implements vscode.InlineCompletionItemProvider, vscode.Disposable {
  private readonly registration: vscode.Disposable;
  /** The next request was asked for by the person. */
  private demanded = false;

  constructor(
    private readonly code: BenchCode,
    private readonly mode: SuggestionMode,
    private readonly model: ModelCompletions,
    private readonly runs: RunSource,
    private readonly marks: FailureMarks,
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
      const found = await this.find(competition, document, position, token, demanded);
      return found ? [new vscode.InlineCompletionItem(found.text, new vscode.Range(position, position.translate(0, found.replaces)))] : [];
    } catch (error) {
      this.failures.record(error, 'complete code');
      return [];
    }
  }

  dispose(): void {
    this.registration.dispose();
  }

  private async find(competition: string, document: vscode.TextDocument, position: vscode.Position, token: vscode.CancellationToken, demanded: boolean): Promise<Insertion | null> {
    const facts = await this.code.facts(competition);
    if (!facts || token.isCancellationRequested) return null;
    const { prefix, start } = this.code.before(document, position);
    const after = textOf(document).slice(prefix.length - start);
    const [rest = ''] = after.split('\n', 1);
    const certain = certainCompletion(prefix, rest, facts);
    if (certain) return certain;
    const text = await this.model.complete({ before: prefix, after }, () => situationOf(competition, facts, this.runs, this.marks), token, demanded);
    return text === null || token.isCancellationRequested ? null : fitBefore(rest, text);
  }
}
