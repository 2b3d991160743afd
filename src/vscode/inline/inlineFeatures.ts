import * as vscode from 'vscode';
import type { BenchFolders } from '../bench/benchFolders';
import type { CommandManager } from '../platform/commandManager';
import type { Failures } from '../platform/failures';
import type { Services } from '../platform/services';
import type { Settings } from '../platform/settings';
import { BenchCode } from './benchCode';
import { InlineCompletions } from './inlineCompletions';
import { SuggestionMode } from './suggestionMode';

export interface InlineContext {
  readonly commands: CommandManager;
  readonly services: Services;
  readonly settings: Settings;
  readonly benches: BenchFolders;
  readonly failures: Failures;
}

/** Everything that helps a person's own code on a bench: wires itself. */
export class InlineFeatures implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = [];
  readonly completions: InlineCompletions;

  constructor({ commands, services, settings, benches, failures }: InlineContext) {
    const code = new BenchCode(services, benches, failures);
    const mode = this.own(new SuggestionMode(settings));
    this.completions = this.own(new InlineCompletions(code, mode, failures));
    commands.register('podium.suggestHere', () => this.completions.demand());
    commands.register('podium.toggleSuggestions', async () => {
      const next = mode.current.on ? 'off' : 'on';
      await settings.set('podium.inlineCompletions', next);
      vscode.window.setStatusBarMessage(next === 'on' ? 'Inline suggestions are on.' : 'Inline suggestions are off.', 4000);
    });
  }

  dispose(): void {
    for (const disposable of this.disposables.reverse()) disposable.dispose();
  }

  private own<T extends vscode.Disposable>(disposable: T): T {
    this.disposables.push(disposable);
    return disposable;
  }
}
