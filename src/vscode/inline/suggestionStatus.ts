import * as vscode from 'vscode';
import type { BenchFolders } from '../bench/benchFolders';
import type { CommandId } from '../platform/commandIds';
import type { WindowModels } from '../models/windowModels';
import { withoutLinks } from '../platform/notificationText';
import type { ModelCompletions } from './modelCompletions';
import type { SpendToday } from './spendToday';
import type { SuggestionMode } from './suggestionMode';

/** In the language status of a bench's code: whether suggestions are on, by whom, why not, and what they have used today. */
export class SuggestionStatus implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem('podium.suggestions', []);
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly benches: BenchFolders,
    private readonly mode: SuggestionMode,
    private readonly models: Pick<WindowModels, 'current' | 'onDidChange'>,
    private readonly completions: ModelCompletions,
    private readonly spend: SpendToday,
  ) {
    this.item.name = 'Podium suggestions';
    this.item.command = { command: 'podium.toggleSuggestions' satisfies CommandId, title: 'Toggle', tooltip: 'Turn inline suggestions on or off' };
    const update = (): void => void this.update();
    this.subscriptions = [this.item, ...[benches, mode, models, completions, spend].map((source) => source.onDidChange(update))];
    update();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async update(): Promise<void> {
    const { on, why } = this.mode.current;
    const model = await this.models.current().catch(() => undefined);
    const trouble = on && model ? this.completions.trouble : undefined;
    this.item.selector = this.benches.folders.flatMap((folder) => {
      const base = vscode.Uri.file(folder);
      return [
        { scheme: 'file', pattern: new vscode.RelativePattern(base, '**/*.py') },
        { scheme: 'vscode-notebook-cell', language: 'python', pattern: new vscode.RelativePattern(base, '**/*.ipynb') },
      ];
    });
    this.item.text = on ? `$(sparkle) ${model ? model.name : 'Templates, no model'}` : `$(circle-slash) ${why}`;
    const used = model || this.spend.today.requests > 0 ? this.spend.text : '';
    this.item.detail = withoutLinks(['Podium suggestions', trouble, used].filter(Boolean).join('. '));
    this.item.severity = trouble === undefined ? vscode.LanguageStatusSeverity.Information : vscode.LanguageStatusSeverity.Warning;
    this.item.accessibilityInformation = { label: `Podium suggestions: ${on ? (model?.name ?? 'templates, no model') : why}. ${used}` };
  }
}
