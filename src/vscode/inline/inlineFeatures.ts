import * as vscode from 'vscode';
import type { Observation } from '../../core/environment/observation';
import type { BenchFolders } from '../bench/benchFolders';
import type { CommandManager } from '../platform/commandManager';
import type { Failures } from '../platform/failures';
import type { Services } from '../platform/services';
import type { Settings } from '../platform/settings';
import type { Storage } from '../platform/storage';
import type { Workspace } from '../platform/workspace';
import type { RunSource } from '../runs/runHandle';
import type { WindowModels } from '../models/windowModels';
import { AgentChanges } from './agentChanges';
import { BenchCode } from './benchCode';
import { CellBadges } from './cellBadges';
import { CodeWarnings } from './codeWarnings';
import { FailureMarks } from './failureMarks';
import { InlineCompletions } from './inlineCompletions';
import { ModelCompletions } from './modelCompletions';
import { Proposals } from './proposals';
import { QuickFixes } from './quickFixes';
import { RunLenses } from './runLenses';
import { SpendToday } from './spendToday';
import { SuggestionMode } from './suggestionMode';
import { SuggestionStatus } from './suggestionStatus';

export interface InlineContext {
  readonly commands: CommandManager;
  readonly services: Services;
  readonly settings: Settings;
  readonly benches: BenchFolders;
  readonly workspace: Workspace;
  readonly runs: RunSource;
  readonly models: Pick<WindowModels, 'current' | 'onDidChange'>;
  /** The person's own, over all workspaces. */
  readonly storage: Storage;
  readonly failures: Failures;
}

/** Everything that helps a person's own code on a bench: wires itself. */
export class InlineFeatures implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = [];
  readonly completions: InlineCompletions;
  readonly marks: FailureMarks;
  readonly spend: SpendToday;

  constructor(private readonly context: InlineContext) {
    const { commands, services, settings, benches, workspace, runs, models, storage, failures } = context;
    const code = new BenchCode(services, benches, failures);
    const mode = this.own(new SuggestionMode(settings));
    this.marks = this.own(new FailureMarks(code, workspace));
    this.spend = this.own(new SpendToday(storage, settings, failures));
    const byModel = this.own(new ModelCompletions(models, this.spend, workspace));
    this.completions = this.own(new InlineCompletions(code, mode, byModel, runs, this.marks, failures));
    this.own(new SuggestionStatus(benches, mode, models, byModel, this.spend));
    const warnings = this.own(new CodeWarnings(code, settings, failures));
    const lenses = this.own(new RunLenses(code, runs, models));
    this.own(new QuickFixes(code, warnings, this.marks, models));
    this.own(new CellBadges(code, runs, workspace));
    this.own(
      benches.onDidChange(() => {
        warnings.lookAtAll();
        lenses.refresh();
      }),
    );
    const changes = new AgentChanges(code, workspace, models, runs, this.marks, this.spend, this.own(new Proposals(commands)));
    commands.register('podium.fixWithAgent', (argument) => changes.propose('fix', uriOf(argument)));
    commands.register('podium.refineWithAgent', (argument) => changes.propose('refine', uriOf(argument)));
    commands.register('podium.suggestHere', () => this.completions.demand());
    commands.register('podium.toggleSuggestions', async () => {
      const next = mode.current.on ? 'off' : 'on';
      await settings.set('podium.inlineCompletions', next);
      vscode.window.setStatusBarMessage(next === 'on' ? 'Inline suggestions are on.' : 'Inline suggestions are off.', 4000);
    });
  }

  /** A person's file was run: its error, if there is one, is marked in the code. */
  submitted(competition: string, file: vscode.Uri, observation: Observation): void {
    this.marks.submitted(competition, file, observation).catch((error: unknown) => this.context.failures.record(error, 'mark the line that failed'));
  }

  dispose(): void {
    for (const disposable of this.disposables.reverse()) disposable.dispose();
  }

  private own<T extends vscode.Disposable>(disposable: T): T {
    this.disposables.push(disposable);
    return disposable;
  }
}

const uriOf = (argument: unknown): vscode.Uri | undefined => (argument instanceof vscode.Uri ? argument : undefined);
