import * as vscode from 'vscode';
import { activeRival } from '../../core/suggest/rivals';
import type { Settings } from '../platform/settings';

export interface Mode {
  readonly on: boolean;
  /** Why, in a few words for the status. */
  readonly why: string;
}

/** Whether completions are offered while one types: the setting, and in `auto` who else offers them. */
export class SuggestionMode implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private vendors: ReadonlySet<string> = new Set();

  constructor(private readonly settings: Settings) {
    this.subscriptions = [
      this.changed,
      vscode.workspace.onDidChangeConfiguration(() => this.changed.fire()),
      vscode.extensions.onDidChange(() => this.changed.fire()),
      vscode.lm.onDidChangeChatModels(() => void this.askVendors()),
    ];
    void this.askVendors();
  }

  get current(): Mode {
    const setting = this.settings.get('podium.inlineCompletions');
    if (setting === 'off') return { on: false, why: 'Turned off' };
    if (this.settings.foreign('editor.inlineSuggest.enabled') === false) return { on: false, why: 'Off: the editor shows no inline suggestions' };
    if (setting === 'on') return { on: true, why: 'On' };
    const rival = activeRival({
      editor: vscode.env.appName,
      hasExtension: (id) => vscode.extensions.getExtension(id) !== undefined,
      setting: (key) => this.settings.foreign(key),
      vendors: this.vendors,
    });
    return rival === null ? { on: true, why: 'On' } : { on: false, why: `Off: ${rival} completes code here` };
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Which vendors offer models; asking for them starts nothing and needs no consent. */
  private async askVendors(): Promise<void> {
    const models = await vscode.lm.selectChatModels().then(
      (found) => found,
      () => [],
    );
    this.vendors = new Set(models.map((model) => model.vendor));
    this.changed.fire();
  }
}
