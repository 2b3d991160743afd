import { basename, relative } from 'node:path';
import * as vscode from 'vscode';
import { HostError } from '../platform/hostError';
import type { Storage, StorageValue } from '../platform/storage';
import type { Workspace } from '../platform/workspace';
import type { RunSource } from '../runs/runHandle';
import { readState, writeVersion } from './benchFile';
import { keptUri } from './editFileSystem';

type Applied = StorageValue<'podium.undo'>[number];

const undoLimit = 40;

/** What of the agent reached the bench, newest last, and the way back. */
export class AgentSteps implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly runs: RunSource,
    private readonly workspace: Workspace,
    private readonly storage: Storage,
  ) {}

  get canUndo(): boolean {
    return (this.storage.get('podium.undo') ?? []).length > 0;
  }

  async note(applied: Applied): Promise<void> {
    await this.storage.set('podium.undo', [...(this.storage.get('podium.undo') ?? []), applied].slice(-undoLimit));
    this.changed.fire();
  }

  /**
   * Puts the files of the agent's last applied step back to how they were before. Returns their
   * names. Throws HostError `nothing_to_undo`, or `edit_conflict` when one of them has changed
   * since: then none is touched.
   */
  async undoLast(): Promise<string[]> {
    const list = this.storage.get('podium.undo') ?? [];
    const step = lastStep(list);
    if (step.length === 0) throw new HostError('nothing_to_undo', 'No edit of the agent can be undone.');
    const files = new Map<string, { before: string | null; after: string | null }>();
    for (const { file, before, after } of step) files.set(file, { before: files.get(file)?.before ?? before, after });
    for (const [file, { after }] of files) {
      const state = await readState(file);
      if (state.dirty || state.hash !== after) {
        throw new HostError('edit_conflict', `${this.name(file)} has changed since the agent's edit, so nothing was undone.`, 'Use Undo in the editor, or compare with the attempt in the run panel.');
      }
    }
    for (const [file, { before }] of files) {
      const content = before === null ? null : await this.storage.kept(before);
      const written = await writeVersion(file, content, before === null ? undefined : keptUri(before, basename(file)));
      if (!written) throw new HostError('edit_refused', `The editor did not let ${this.name(file)} be changed.`, 'Close it and try again.');
    }
    await this.storage.set('podium.undo', list.slice(0, -step.length));
    this.changed.fire();
    for (const id of new Set(step.map(({ editId }) => editId))) {
      const run = this.runs.get(step.find(({ editId }) => editId === id)?.runId ?? '');
      if (run?.connection === 'attached') await run.decide({ id, decision: 'undone' });
    }
    return [...files.keys()].map((file) => this.name(file));
  }

  dispose(): void {
    this.changed.dispose();
  }

  private name(file: string): string {
    return relative(this.workspace.root(), file);
  }
}

/**
 * The entries that belong to the last step: the same step of the same run, as long as each file's
 * versions follow one another without something of the person's between them.
 */
export function lastStep(list: readonly Applied[]): Applied[] {
  const last = list.at(-1);
  const step: Applied[] = [];
  const earliest = new Map<string, string | null>();
  for (const entry of [...list].reverse()) {
    const before = earliest.get(entry.file);
    const same = entry === last || (entry.runId === last?.runId && entry.step !== undefined && entry.step === last.step);
    if (!same || (before !== undefined && before !== entry.after)) break;
    earliest.set(entry.file, entry.before);
    step.unshift(entry);
  }
  return step;
}
