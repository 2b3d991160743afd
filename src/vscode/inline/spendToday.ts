import * as vscode from 'vscode';
import type { Use } from '../../core/suggest/model/completer';
import { addUse, dayOf, spendOf, spendText, type DaySpend } from '../../core/suggest/model/spend';
import type { Failures } from '../platform/failures';
import type { Settings } from '../platform/settings';
import type { Storage } from '../platform/storage';

/** What the window's own requests to a model have used today, kept for the person over all workspaces. */
export class SpendToday implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  /** @param storage the person's own, not the workspace's */
  constructor(
    private readonly storage: Storage,
    private readonly settings: Settings,
    private readonly failures: Failures,
  ) {}

  get today(): DaySpend {
    return spendOf(this.storage.get('podium.suggestionSpend'), dayOf(new Date()));
  }

  /** True when completions have used what the person allows for a day. */
  get usedUp(): boolean {
    const limit = this.settings.get('podium.budget.suggestionTokens');
    return limit > 0 && this.today.tokens >= limit;
  }

  get text(): string {
    return spendText(this.today);
  }

  add(use: Use): void {
    this.storage.set('podium.suggestionSpend', addUse(this.today, use)).then(
      () => this.changed.fire(),
      (error: unknown) => this.failures.record(error, 'keep what suggestions have used'),
    );
  }

  dispose(): void {
    this.changed.dispose();
  }
}
