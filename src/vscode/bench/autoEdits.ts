import type * as vscode from 'vscode';
import type { BenchEdit } from '../../core/run/events';
import type { Failures } from '../platform/failures';
import { HostError } from '../platform/hostError';
import type { Workspace } from '../platform/workspace';
import type { RunHandle, RunSource } from '../runs/runHandle';
import type { AgentSteps } from './agentSteps';
import { hashOf, readState, writeVersion } from './benchFile';
import { resolveBenchFile } from './benchPath';
import type { BenchVersions } from './benchVersions';
import { editUri } from './editFileSystem';
import type { Decisions } from './review/decisions';
import type { SerialQueue } from './serialQueue';

/**
 * Brings `auto` edits to the bench at once, never to a file that has unsaved changes or is not the
 * version the agent saw: then the edit waits for the person like a `review` edit.
 */
export class AutoEdits implements vscode.Disposable {
  private readonly started = new Set<string>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly runs: RunSource,
    private readonly workspace: Workspace,
    private readonly versions: BenchVersions,
    private readonly steps: AgentSteps,
    private readonly decisions: Decisions,
    private readonly queue: SerialQueue,
    private readonly failures: Failures,
    /** Where the editor reads an edit's new version from. */
    private readonly virtual: (runId: string, edit: BenchEdit) => vscode.Uri = editUri,
  ) {
    this.subscription = runs.onDidChange(() => this.look());
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private look(): void {
    if (!this.workspace.trusted) return;
    for (const run of this.runs.runs) {
      for (const edit of run.autoEdits) {
        if (this.started.has(edit.id)) continue;
        this.started.add(edit.id);
        this.queue.run(() => this.handle(run, edit)).catch((error: unknown) => this.failures.show(error, `edit of ${edit.path}`));
      }
    }
  }

  private async handle(run: RunHandle, edit: BenchEdit): Promise<void> {
    const file = await resolveBenchFile(this.workspace.bench(run.view.competition.id), edit.path);
    const state = await readState(file);
    if (state.hash === edit.next && !state.dirty) return this.decisions.tell(run, { id: edit.id, decision: 'applied' });
    if (state.dirty || !this.versions.isBase(file, state, edit)) return this.decisions.tell(run, { id: edit.id, decision: 'conflict' });
    try {
      await this.versions.keep(state);
      const content = Buffer.from(await run.blob(edit.next), 'utf8');
      const written = await writeVersion(file, content, this.virtual(run.runId, edit));
      if (!written) throw new HostError('edit_refused', `The editor did not let ${edit.path} be changed.`, 'Close it and try again.');
      await this.steps.note({ runId: run.runId, editId: edit.id, attempt: edit.attempt, step: edit.step, file, before: state.hash, after: written.hash });
      await this.versions.noteWritten(file, hashOf(content) === edit.next ? edit.next : undefined, written.hash);
    } catch (error) {
      if (!HostError.is(error, 'edit_refused')) throw error;
      return this.decisions.tell(run, { id: edit.id, decision: 'conflict' });
    }
    await this.decisions.tell(run, { id: edit.id, decision: 'applied' });
  }
}
