import * as vscode from 'vscode';
import { ModelError } from '../../core/agent/model/chat';
import { CancelledError, describeError } from '../../core/errors';
import { Completer } from '../../core/suggest/model/completer';
import type { Situation } from '../../core/suggest/model/situation';
import type { Spot } from '../../core/suggest/model/spot';
import type { WindowModels } from '../models/windowModels';
import type { Workspace } from '../platform/workspace';
import type { SpendToday } from './spendToday';

/** Without a key typed for so long: then the person waits for something. */
const pauseMs = 350;
/** A completion that comes later comes to another place. */
const limitMs = 12_000;
/** After a failure nothing is asked for so long, unless the person does. */
const restMs = 60_000;

/** Completions by the chosen model, when one is chosen and the day's tokens are not used up. */
export class ModelCompletions implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly completer: Completer;
  private readonly subscriptions: vscode.Disposable[];
  private failed: { readonly why: string; readonly until: number } | undefined;

  constructor(
    private readonly models: Pick<WindowModels, 'current' | 'onDidChange'>,
    private readonly spend: SpendToday,
    private readonly workspace: Pick<Workspace, 'trusted'>,
  ) {
    this.completer = new Completer((use) => spend.add(use));
    this.subscriptions = [models.onDidChange(() => this.fail(undefined)), vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed.fire())];
  }

  /** Why the model is not asked now; undefined when nothing is wrong. */
  get trouble(): string | undefined {
    if (!this.workspace.trusted) return 'This workspace is in Restricted Mode';
    if (this.spend.usedUp) return 'The tokens for today are used up';
    return this.failed && Date.now() < this.failed.until ? this.failed.why : undefined;
  }

  /** The text at the cursor; null when there is none or the person went on. In a restricted workspace nothing is sent. */
  async complete(spot: Spot, situation: () => Situation, token: vscode.CancellationToken, demanded: boolean): Promise<string | null> {
    const known = this.completer.known(spot);
    if (known !== undefined) return known;
    if (!this.workspace.trusted || this.spend.usedUp || (!demanded && this.trouble !== undefined)) return null;
    const abort = new AbortController();
    const listener = token.onCancellationRequested(() => abort.abort());
    if (token.isCancellationRequested) abort.abort();
    let limit: AbortSignal | undefined;
    try {
      if (!demanded) await pause(pauseMs, abort.signal);
      const model = abort.signal.aborted ? undefined : await this.models.current();
      if (!model || abort.signal.aborted) return null;
      limit = AbortSignal.timeout(limitMs);
      const text = await this.completer.complete(model, spot, situation(), AbortSignal.any([abort.signal, limit]));
      this.fail(undefined);
      return text;
    } catch (error) {
      if (limit?.aborted && !abort.signal.aborted) this.fail(`No completion came within ${limitMs / 1000} s`);
      if (CancelledError.is(error)) return null;
      if (!ModelError.is(error)) throw error;
      this.fail(describeError(error));
      return null;
    } finally {
      listener.dispose();
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private fail(why: string | undefined): void {
    if (why === undefined && !this.failed) return;
    this.failed = why === undefined ? undefined : { why, until: Date.now() + restMs };
    this.changed.fire();
  }
}

/** Ends early, without an error, when the signal fires. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
