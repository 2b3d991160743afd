import { basename, relative } from 'node:path';
import * as vscode from 'vscode';
import type { BenchDecision, BenchEdit } from '../../core/run/events';
import { hasEnded } from '../../core/run/fold';
import type { Failures } from '../platform/failures';
import { HostError } from '../platform/hostError';
import type { Storage } from '../platform/storage';
import type { Workspace } from '../platform/workspace';
import type { RunHandle, RunSource } from '../runs/runHandle';
import { hashOf, readState, writeVersion, type FileState } from './benchFile';
import { resolveBenchFile } from './benchPath';
import { editUri, keptUri } from './editFileSystem';
import { merge } from './merge';

/** An edit that waits for the person. */
export interface WaitingEdit {
  readonly run: RunHandle;
  readonly edit: BenchEdit;
}

const undoLimit = 20;
/** Version of a starter file, which no run knows. */
const untouched = 'starter';

/**
 * Brings the agent's edits to the bench. `auto` edits are applied at once, never to a file that
 * has unsaved changes or is not the version the agent saw: then the edit is held and waits like a
 * `review` edit. One at a time, so that two edits of a file cannot cross.
 */
export class BenchEdits implements vscode.Disposable {
  private queue: Promise<unknown> = Promise.resolve();
  private readonly started = new Set<string>();
  private readonly changed = new vscode.EventEmitter<void>();
  /** Waiting edits or the undo list changed. */
  readonly onDidChange = this.changed.event;
  private readonly subscription: vscode.Disposable;
  private shown = '';

  constructor(
    private readonly runs: RunSource,
    private readonly workspace: Workspace,
    private readonly storage: Storage,
    private readonly failures: Failures,
    /** Where the editor reads an edit's new version from. */
    private readonly virtual: (runId: string, edit: BenchEdit) => vscode.Uri = editUri,
  ) {
    this.subscription = runs.onDidChange(() => this.runsChanged());
  }

  /** Edits to review: of runs that go on, and of the newest ended run of each competition. */
  waiting(): WaitingEdit[] {
    const newest = new Map<string, number>();
    for (const { view } of this.runs.runs) newest.set(view.competition.id, Math.max(view.number, newest.get(view.competition.id) ?? 0));
    return this.runs.runs
      .filter((run) => !hasEnded(run.view) || run.view.number === newest.get(run.view.competition.id))
      .flatMap((run) => run.view.waitingEdits.map((edit) => ({ run, edit })));
  }

  /** The waiting edit of a bench file or a diff of it; the first one without an argument. */
  find(uri: vscode.Uri | undefined): WaitingEdit | undefined {
    const waiting = this.waiting();
    if (!uri) return waiting[0];
    return waiting.find(({ run, edit }) => uri.toString() === editUri(run.runId, edit).toString() || uri.fsPath === this.target(run, edit));
  }

  get canUndo(): boolean {
    return (this.storage.get('podium.undo') ?? []).length > 0;
  }

  /** Opens the diff of an edit: the bench file as it is, the agent's version beside it. */
  async review({ run, edit }: WaitingEdit): Promise<void> {
    const file = await resolveBenchFile(this.workspace.bench(run.view.competition.id), edit.path);
    const exists = (await readState(file)).bytes !== null;
    const left = exists ? vscode.Uri.file(file) : editUri(run.runId, { ...edit, base: null }, 'base');
    const title = `${basename(edit.path)}: edit of #${edit.attempt}, run ${run.view.number}`;
    await vscode.commands.executeCommand('vscode.diff', left, editUri(run.runId, edit), title, { preview: true });
  }

  /**
   * Applies a waiting edit. A file that has changed since is merged where the changes do not
   * touch; otherwise `replace` is asked. Throws HostError `edit_conflict` or `edit_refused`.
   */
  accept(waiting: WaitingEdit, replace: (file: string) => Promise<boolean>): Promise<boolean> {
    return this.serial(async () => {
      const { run, edit } = waiting;
      const file = await resolveBenchFile(this.workspace.bench(run.view.competition.id), edit.path);
      const state = await readState(file);
      if (state.dirty) throw new HostError('edit_conflict', `${edit.path} has unsaved changes.`, 'Save or revert it, then accept again.');
      const next: Buffer = Buffer.from(await run.blob(edit.next), 'utf8');
      let content: Buffer = next;
      if (state.hash !== edit.next && !this.isBase(file, state, edit)) {
        const merged = await this.merged(run, edit, state, next);
        if (merged) content = merged;
        else if (!(await replace(edit.path))) return false;
      }
      await this.apply(run, edit, file, state, content);
      await this.settle(run, edit, 'accepted');
      return true;
    });
  }

  /** Refuses a waiting edit; the agent is told `words`. */
  reject({ run, edit }: WaitingEdit, words: string | undefined): Promise<void> {
    return this.serial(() => this.settle(run, edit, 'rejected', words));
  }

  /**
   * Puts the bench file of the last applied edit back to how it was before. Returns its path.
   * Throws HostError `nothing_to_undo` or `edit_conflict` when the file has changed since.
   */
  undoLast(): Promise<string> {
    return this.serial(async () => {
      const list = this.storage.get('podium.undo') ?? [];
      const last = list.at(-1);
      if (!last) throw new HostError('nothing_to_undo', 'No edit of the agent can be undone.');
      const state = await readState(last.file);
      const name = relative(this.workspace.root(), last.file);
      if (state.dirty || state.hash !== last.after) {
        throw new HostError('edit_conflict', `${name} has changed since the agent's edit, so nothing was undone.`, 'Use Undo in the editor, or compare with the attempt in the run panel.');
      }
      const before = last.before === null ? null : await this.storage.kept(last.before);
      const written = await writeVersion(last.file, before, last.before === null ? undefined : keptUri(last.before, basename(last.file)));
      if (!written) throw new HostError('edit_refused', `The editor did not let ${name} be changed.`, 'Close it and try again.');
      await this.storage.set('podium.undo', list.slice(0, -1));
      const run = this.runs.get(last.runId);
      if (run?.connection === 'attached') await run.decide({ id: last.editId, decision: 'undone' });
      this.changed.fire();
      return name;
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  /** For tests and shutdown: resolves when every edit that has arrived was handled. */
  idle(): Promise<void> {
    return this.serial(async () => undefined);
  }

  private runsChanged(): void {
    const decided = new Map((this.storage.get('podium.decidedEdits') ?? []).map((id) => [id, 'all'] as const));
    for (const run of this.runs.runs) {
      run.setDecidedHere(decided);
      for (const edit of run.autoEdits) {
        if (this.started.has(edit.id) || !this.workspace.trusted) continue;
        this.started.add(edit.id);
        this.serial(() => this.handleAuto(run, edit)).catch((error: unknown) => this.failures.show(error, `edit of ${edit.path}`));
      }
    }
    const now = JSON.stringify(this.waiting().map(({ edit }) => edit.id));
    if (now !== this.shown) {
      this.shown = now;
      this.changed.fire();
    }
  }

  private async handleAuto(run: RunHandle, edit: BenchEdit): Promise<void> {
    const file = await resolveBenchFile(this.workspace.bench(run.view.competition.id), edit.path);
    const state = await readState(file);
    if (state.hash === edit.next && !state.dirty) return this.settle(run, edit, 'applied');
    if (state.dirty || !this.isBase(file, state, edit)) return this.settle(run, edit, 'conflict');
    try {
      await this.apply(run, edit, file, state, Buffer.from(await run.blob(edit.next), 'utf8'));
    } catch (error) {
      if (!HostError.is(error, 'edit_refused')) throw error;
      return this.settle(run, edit, 'conflict');
    }
    await this.settle(run, edit, 'applied');
  }

  /** The version that the agent started from, also when the editor has formatted it since. */
  private isBase(file: string, state: FileState, edit: BenchEdit): boolean {
    if (state.hash === edit.base) return true;
    const saved = this.storage.get('podium.savedAs')?.[file];
    return saved !== undefined && saved.version === (edit.base ?? untouched) && saved.disk === state.hash;
  }

  /** Files that Podium made to begin from: the agent may replace them while nobody has touched them. */
  async noteStarters(files: readonly string[]): Promise<void> {
    const saved = { ...this.storage.get('podium.savedAs') };
    for (const file of files) saved[file] = { version: untouched, disk: (await readState(file)).hash };
    if (files.length > 0) await this.storage.set('podium.savedAs', saved);
  }

  private async apply(run: RunHandle, edit: BenchEdit, file: string, state: FileState, content: Buffer): Promise<void> {
    if (state.bytes) await this.storage.keep(hashOf(state.bytes), state.bytes);
    const virtual = hashOf(content) === edit.next ? this.virtual(run.runId, edit) : undefined;
    const written = await writeVersion(file, content, virtual);
    if (!written) throw new HostError('edit_refused', `The editor did not let ${edit.path} be changed.`, 'Close it and try again.');
    const undo = [...(this.storage.get('podium.undo') ?? []), { runId: run.runId, editId: edit.id, attempt: edit.attempt, file, before: state.hash, after: written.hash }];
    await this.storage.set('podium.undo', undo.slice(-undoLimit));
    // A merged file is no version that the agent knows: its next edit must not take it for one.
    const { [file]: _replaced, ...others } = this.storage.get('podium.savedAs') ?? {};
    await this.storage.set('podium.savedAs', virtual ? { ...others, [file]: { version: edit.next, disk: written.hash } } : others);
  }

  private async merged(run: RunHandle, edit: BenchEdit, state: FileState, next: Buffer): Promise<Buffer | undefined> {
    if (!state.bytes || edit.base === null || edit.path.endsWith('.ipynb')) return undefined;
    let base: string;
    try {
      base = await run.blob(edit.base);
    } catch (error) {
      // The run does not keep the version before: nothing to merge with, the person decides.
      this.failures.record(error, `edit of ${edit.path}: base`);
      return undefined;
    }
    const text = merge(base, state.bytes.toString('utf8'), next.toString('utf8'));
    return text === undefined ? undefined : Buffer.from(text, 'utf8');
  }

  private async settle(run: RunHandle, edit: BenchEdit, decision: BenchDecision['decision'], words?: string): Promise<void> {
    if (run.connection === 'attached') await run.decide({ id: edit.id, decision, ...(words === undefined ? {} : { words }) });
    else await this.storage.set('podium.decidedEdits', [...(this.storage.get('podium.decidedEdits') ?? []), edit.id].slice(-200));
    this.runsChanged();
    this.changed.fire();
  }

  private target(run: RunHandle, edit: BenchEdit): string {
    return vscode.Uri.joinPath(vscode.Uri.file(this.workspace.bench(run.view.competition.id)), edit.path).fsPath;
  }

  private serial<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work, work);
    this.queue = result.catch(() => undefined);
    return result;
  }
}
