import { watch, type FSWatcher } from 'node:fs';
import * as vscode from 'vscode';
import { describeError } from '../../core/errors';
import { hasEnded } from '../../core/run/fold';
import type { RunnerEnv } from '../../node/runner/launch';
import type { RefitWish } from '../../node/runner/refit/askRefit';
import type { NewRun, Runs } from '../../node/runner/runs';
import type { Failures } from '../platform/failures';
import type { Services } from '../platform/services';
import type { Workspace } from '../platform/workspace';
import { LiveRun } from './liveRun';
import type { BrokenRunHandle, RunHandle, RunSource } from './runHandle';

/** The runs of the workspace: found on disk, attached where a runner lives, started and resumed. */
export class RunManager implements RunSource, vscode.Disposable {
  private readonly byId = new Map<string, { run: LiveRun; subscription: vscode.Disposable }>();
  private brokenRuns: BrokenRunHandle[] = [];
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private scanning: Promise<void> | undefined;
  private watcher: FSWatcher | undefined;
  private watchTimer: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(
    private readonly services: Services,
    private readonly workspace: Workspace,
    private readonly failures: Failures,
  ) {}

  get runs(): readonly RunHandle[] {
    return [...this.byId.values()].map(({ run }) => run);
  }

  get broken(): readonly BrokenRunHandle[] {
    return this.brokenRuns;
  }

  get(runId: string): RunHandle | undefined {
    return this.byId.get(runId)?.run;
  }

  /** Reads the workspace's runs and attaches to live ones. Overlapping calls are one. Never rejects. */
  scan(): Promise<void> {
    this.scanning ??= this.scanNow()
      .catch((error: unknown) => this.failures.record(error, 'read runs'))
      .finally(() => (this.scanning = undefined));
    return this.scanning;
  }

  /** Creates a run, shows it at once, starts its runner and attaches. Throws what the runner says. */
  async start(choice: NewRun): Promise<RunHandle> {
    const runs = await this.services.runs();
    const { runId } = await runs.create(choice);
    const run = new LiveRun(runs, await runs.read(runId), this.failures);
    const launched = run.launch('window');
    this.add(run);
    this.watch(runs);
    await launched;
    return run;
  }

  /** Goes on with an interrupted run; the journal decides where. */
  async resumeInterrupted(runId: string): Promise<RunHandle> {
    const runs = await this.services.runs();
    const run = this.byId.get(runId)?.run ?? this.add(new LiveRun(runs, await runs.read(runId), this.failures));
    await run.launch('window');
    return run;
  }

  /** An attempt of an ended run runs again with all training data; `env` is the Kaggle account for its process. */
  async refit(runId: string, wish: RefitWish, env: RunnerEnv): Promise<RunHandle> {
    const runs = await this.services.runs();
    const run = this.byId.get(runId)?.run ?? this.add(new LiveRun(runs, await runs.read(runId), this.failures));
    await runs.askRefit(runId, wish);
    await run.launchRefit(env);
    return run;
  }

  async attachAgain(runId: string): Promise<void> {
    await this.byId.get(runId)?.run.attach(this.role);
  }

  dispose(): void {
    this.disposed = true;
    this.watcher?.close();
    if (this.watchTimer) clearTimeout(this.watchTimer);
    for (const { run, subscription } of this.byId.values()) {
      subscription.dispose();
      run.dispose();
    }
    this.changed.dispose();
  }

  /** In a restricted workspace nothing is written to the bench: the window only watches. */
  private get role(): 'window' | 'watcher' {
    return this.workspace.trusted ? 'window' : 'watcher';
  }

  private async scanNow(): Promise<void> {
    if (!this.workspace.folder) return;
    const runs = await this.services.runs();
    const found = await runs.list();
    if (this.disposed) return;
    this.brokenRuns = [];
    const attached: Promise<void>[] = [];
    for (const entry of found) {
      if ('error' in entry) {
        this.brokenRuns.push({ runId: entry.runId, why: describeError(entry.error) });
        continue;
      }
      const known = this.byId.get(entry.runId)?.run;
      if (!known) {
        const run = this.add(new LiveRun(runs, entry, this.failures));
        attached.push(entry.live ? run.attach(this.role) : run.reread());
      } else if (known.connection !== 'attached' && (entry.live || !hasEnded(known.view))) {
        attached.push(entry.live ? known.attach(this.role) : known.reread());
      }
    }
    const present = new Set(found.map((entry) => entry.runId));
    for (const runId of [...this.byId.keys()]) if (!present.has(runId)) this.remove(runId);
    await Promise.all(attached);
    if (this.disposed) return;
    if (found.length > 0) this.watch(runs);
    this.changed.fire();
  }

  private add(run: LiveRun): LiveRun {
    this.remove(run.runId);
    this.byId.set(run.runId, { run, subscription: run.onDidChange(() => this.changed.fire()) });
    this.changed.fire();
    return run;
  }

  private remove(runId: string): void {
    const known = this.byId.get(runId);
    this.byId.delete(runId);
    known?.subscription.dispose();
    known?.run.dispose();
  }

  /** Runs that a terminal starts appear too. The folder itself is watched, not what runs write. */
  private watch(runs: Runs): void {
    if (this.watcher || this.disposed) return;
    try {
      this.watcher = watch(vscode.Uri.joinPath(vscode.Uri.file(runs.options.workspace), '.podium', 'runs').fsPath, () => {
        this.watchTimer ??= setTimeout(() => {
          this.watchTimer = undefined;
          void this.scan();
        }, 500);
      });
      this.watcher.on('error', (error) => this.failures.record(error, 'watch runs'));
    } catch (error) {
      this.failures.record(error, 'watch runs');
    }
  }
}
