import * as vscode from 'vscode';
import type { BenchEdit } from '../../core/run/events';
import type { CommandManager } from '../platform/commandManager';
import type { ContextKeys } from '../platform/contextKeys';
import type { Failures } from '../platform/failures';
import type { Storage } from '../platform/storage';
import { editScheme } from '../platform/viewIds';
import type { Workspace } from '../platform/workspace';
import type { RunSource } from '../runs/runHandle';
import { AgentSteps } from './agentSteps';
import { AutoEdits } from './autoEdits';
import { BenchVersions } from './benchVersions';
import { EditFileSystem } from './editFileSystem';
import { Decisions } from './review/decisions';
import { ReviewBar } from './review/reviewBar';
import { ReviewCommands } from './review/reviewCommands';
import { ReviewDecorations } from './review/reviewDecorations';
import { ReviewDocuments } from './review/reviewDocuments';
import { ReviewLenses } from './review/reviewLenses';
import { Reviews } from './review/reviews';
import { SerialQueue } from './serialQueue';

export interface BenchEditingParts {
  readonly runs: RunSource;
  readonly workspace: Workspace;
  readonly storage: Storage;
  readonly failures: Failures;
  /** Where the editor reads an automatic edit's new version from, in place of the run. */
  readonly virtual?: (runId: string, edit: BenchEdit) => vscode.Uri;
}

/** What the agent does to the files of the bench: applied at once or reviewed, and undone. */
export class BenchEditing implements vscode.Disposable {
  readonly versions: BenchVersions;
  readonly steps: AgentSteps;
  readonly reviews: Reviews;
  private readonly queue = new SerialQueue();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly parts: BenchEditingParts) {
    const { runs, workspace, storage, failures, virtual } = parts;
    this.versions = new BenchVersions(storage);
    this.steps = new AgentSteps(runs, workspace, storage);
    const decisions = new Decisions(runs, storage, failures);
    const auto = new AutoEdits(runs, workspace, this.versions, this.steps, decisions, this.queue, failures, virtual);
    this.reviews = new Reviews(runs, workspace, this.versions, this.steps, decisions, this.queue, failures);
    this.disposables = [this.steps, decisions, auto, this.reviews];
  }

  /** Everything of it that shows in the window: marks, lenses, the agent's side of a comparison, commands. */
  show({ commands, contextKeys, ready }: { commands: CommandManager; contextKeys: ContextKeys; ready: () => Promise<void> }): void {
    const { runs, storage, failures } = this.parts;
    const documents = new ReviewDocuments(this.reviews, failures);
    const files = new EditFileSystem(runs, ready, (hash) => storage.kept(hash), documents);
    const keys = (): void => {
      contextKeys.set('podium.editWaiting', this.reviews.edits.length > 0);
      contextKeys.set('podium.canUndoStep', this.steps.canUndo);
    };
    new ReviewCommands(commands, this.reviews);
    commands.register('podium.undoAgentStep', async () => {
      const names = await this.undoStep();
      vscode.window.setStatusBarMessage(`Undone: the agent's last change of ${names.join(', ')}`, 4000);
    });
    this.disposables.push(
      documents,
      vscode.workspace.registerFileSystemProvider(editScheme, files, { isReadonly: true, isCaseSensitive: true }),
      new ReviewDecorations(this.reviews),
      new ReviewLenses(this.reviews),
      new ReviewBar(this.reviews, contextKeys),
      this.reviews.onDidChange(keys),
      this.steps.onDidChange(keys),
    );
    keys();
  }

  /** Takes the agent's last applied step back; see AgentSteps. */
  undoStep(): Promise<string[]> {
    return this.queue.run(() => this.steps.undoLast());
  }

  /** Resolves when every edit that has arrived was handled. */
  idle(): Promise<void> {
    return this.queue.idle();
  }

  dispose(): void {
    for (const disposable of this.disposables.reverse()) disposable.dispose();
  }
}
