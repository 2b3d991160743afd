import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { hasEnded } from '../core/run/fold';
import { BenchEditing } from './bench/benchEditing';
import { BenchFolders } from './bench/benchFolders';
import { BenchCommands } from './commands/benchCommands';
import { MachineCommands } from './commands/machineCommands';
import { pickCompetition } from './commands/pick';
import { registerRunCommands } from './commands/runCommands';
import { StartCommands } from './commands/startCommands';
import { SubmissionChecks } from './commands/submissionChecks';
import { SubmissionProblems } from './commands/submissionProblems';
import { CompetitionFeatures } from './competitions/competitionFeatures';
import { ModelKeys } from './models/modelKeys';
import { Models } from './models/models';
import type { WindowModels } from './models/windowModels';
import { KaggleFeature } from './kaggle/kaggleFeature';
import { InlineFeatures } from './inline/inlineFeatures';
import { CompetitionPages } from './panels/competitionPage';
import { CompetitionSource } from './panels/competitionSource';
import { RunPanels } from './panels/runPanel';
import { SubmissionPages } from './panels/submissionPage';
import { CommandManager } from './platform/commandManager';
import { ContextKeys } from './platform/contextKeys';
import { Failures } from './platform/failures';
import { Reports } from './platform/reports';
import { Services } from './platform/services';
import { Settings } from './platform/settings';
import { Storage } from './platform/storage';
import { viewIds } from './platform/viewIds';
import { Workspace } from './platform/workspace';
import { Absences } from './runs/absences';
import { Approvals } from './runs/approvals';
import { EngineState } from './runs/engine';
import { Notices } from './runs/notices';
import { takeOpenRequest } from './runs/openRequest';
import { RunManager } from './runs/runManager';
import type { RunSource } from './runs/runHandle';
import { inOrder } from './views/competitionRows';
import { competitionArgument, type CompetitionList, type CompetitionNode } from './views/competitionsTree';
import { RunsTree, type RunNode } from './views/runsTree';
import { StandingsFeature } from './standings/standings';
import { canResume, isActive, takesInstructions } from './views/runRows';
import { StatusBar } from './views/statusBar';

/** What `activate` returns: read-only doors for the integration tests. */
export interface PodiumApi {
  /** Resolves when the runs of the workspace have been read and live ones attached. */
  readonly ready: () => Promise<void>;
  readonly runs: RunSource;
  readonly edits: BenchEditing;
  /** The model for suggestions outside of runs. */
  readonly models: Pick<WindowModels, 'current' | 'onDidChange'>;
  readonly inline: InlineFeatures;
  readonly trees: { readonly competitions: vscode.TreeDataProvider<CompetitionNode>; readonly runs: vscode.TreeDataProvider<RunNode> };
  /** The last error that was shown to the person. */
  readonly lastError: () => string | undefined;
  readonly openPanels: () => { readonly runs: readonly string[]; readonly competitions: readonly string[]; readonly catalogue: readonly string[] };
  /** What the page that compares a competition's runs shows. */
  readonly standings: StandingsFeature['pages'];
}

/** The composition root of the extension: builds every part, wires them, and disposes the log last. */
export class Container implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = [];
  readonly api: PodiumApi;

  constructor(context: vscode.ExtensionContext) {
    const log = this.own(vscode.window.createOutputChannel('Podium', { log: true }));
    const failures = new Failures(log);
    const settings = new Settings();
    const workspace = new Workspace();
    const contextKeys = new ContextKeys();
    const version = String((context.extension.packageJSON as { version?: unknown }).version ?? '0.0.0');
    const keys = new ModelKeys(context.secrets);
    const services = new Services(context.extensionPath, version, workspace, settings, keys, (line) => log.info(line));
    const competitions: CompetitionList = { list: async () => inOrder(await (await services.competitions()).list()) };
    const commands = this.own(new CommandManager(failures));
    const reports = this.own(new Reports());
    const problems = this.own(new SubmissionProblems());
    const engine = this.own(new EngineState(services, contextKeys));
    const runs = this.own(new RunManager(services, workspace, failures));
    const checks = new SubmissionChecks(services, this.own(new SubmissionPages(context.extensionUri, failures)), problems, runs, contextKeys);
    const ready = startScan(runs, workspace);

    const storage = new Storage(context.workspaceState, context.storageUri);
    const edits = this.own(new BenchEditing({ runs, workspace, storage, failures }));
    edits.show({ commands, contextKeys, ready });
    const benches = new BenchFolders(workspace, competitions, runs, edits.versions, contextKeys);
    const atHand = (): string | undefined => {
      const uri = vscode.window.activeTextEditor?.document.uri ?? vscode.window.activeNotebookEditor?.notebook.uri;
      return uri?.scheme === 'file' ? benches.ofFile(uri.fsPath) : undefined;
    };

    const absences = this.own(new Absences(runs, storage, failures));
    const panels = this.own(new RunPanels(context.extensionUri, runs, ready, absences, failures));
    const models = this.own(new Models({ commands, settings, services, keys, runs, reports }));
    const start = new StartCommands({ commands, services, competitions, settings, keys, models, workspace, runs, engine, panels, benches, atHand });
    const pageChanged = this.own(new vscode.EventEmitter<void>());
    const source = new CompetitionSource(services, runs, workspace, () => start.defaults(), (key) => start.choose(key), pageChanged.event);
    const pages = this.own(new CompetitionPages(context.extensionUri, source, failures));
    registerRunCommands({ commands, runs, panels, models, log });
    const standings = this.own(new StandingsFeature({ extensionUri: context.extensionUri, commands, services, runs, ready, failures }));
    const inline = this.own(new InlineFeatures({ commands, services, settings, benches, workspace, runs, models: models.window, storage: new Storage(context.globalState, context.globalStorageUri), failures }));
    new BenchCommands({ commands, services, competitions, workspace, runs, benches, panels, reports, checks, start, atHand, submitted: (...run) => inline.submitted(...run) });

    const runsTree = this.own(new RunsTree(runs));
    const reread = async (): Promise<void> => {
      source.forget();
      await benches.refresh();
      pageChanged.fire();
    };
    const library = this.own(new CompetitionFeatures({ extension: context, commands, services, reports, competitions, workspace, runs, contextKeys, failures, onRefresh: reread }));
    const refresh = async (): Promise<void> => {
      await runs.scan();
      await library.refresh();
      runsTree.refresh();
    };
    new KaggleFeature({ secrets: context.secrets, commands, services, settings, workspace, runs, panels, reports, failures, refresh });
    new MachineCommands({ commands, services, competitions, settings, workspace, runs, engine, reports, refresh });
    commands.register('podium.openCompetition', async (argument) => {
      await pages.show((await pickCompetition(competitionArgument(argument) ?? argument, competitions, atHand())).id);
    });

    const runsView = this.own(vscode.window.createTreeView(viewIds.runs, { treeDataProvider: runsTree, canSelectMany: true }));
    const status = this.own(new StatusBar(runs));
    this.own(new Approvals({ commands, runs, panels, settings, workspace, contextKeys, failures }));
    this.own(new Notices(runs, () => panels, settings));

    /** The Runs view is seen: read runs, and, where there are none, ask whether one could start. */
    const look = async (): Promise<void> => {
      await ready();
      if (runs.runs.length === 0 && workspace.trusted && workspace.folder) await engine.ask();
    };
    this.own(
      runsView.onDidChangeVisibility(({ visible }) => {
        runsTree.setVisible(visible);
        if (visible) look().catch((error: unknown) => failures.record(error, 'look at the engine'));
      }),
    );

    let benchNames = '';
    const update = (): void => {
      const views = runs.runs.map((run) => run.view);
      contextKeys.set('podium.hasRuns', views.length > 0);
      contextKeys.set('podium.hasActiveRun', views.some(isActive));
      contextKeys.set('podium.canInstruct', views.some(takesInstructions));
      contextKeys.set('podium.hasPausedRun', views.some(canResume));
      contextKeys.set('podium.hasStuckModel', views.some((view) => view.modelTrouble !== undefined));
      contextKeys.set('podium.hasInterruptedRun', views.some((view) => view.status === 'interrupted'));
      runsView.badge = runsTree.badge();
      const names = JSON.stringify(views.map((view) => [view.competition.id, hasEnded(view), view.attempts.length > 0]));
      if (names !== benchNames) {
        benchNames = names;
        benches.refresh().catch((error: unknown) => failures.record(error, 'look for benches'));
      }
      pageChanged.fire();
    };
    const block = (): void => status.setBlocked(engine.blocked(settings.get('podium.runtime')));
    this.own(runs.onDidChange(update));
    this.own(engine.onDidChange(block));
    this.own(
      settings.onDidChange((affects) => {
        pageChanged.fire();
        block();
        if (affects('podium.python') || affects('podium.docker.host')) engine.ask().catch((error: unknown) => failures.record(error, 'ask the engine'));
      }),
    );
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => void refresh().catch((error: unknown) => failures.record(error, 'refresh'))));
    this.own(vscode.workspace.onDidChangeWorkspaceFolders(() => void refresh().catch((error: unknown) => failures.record(error, 'refresh'))));
    contextKeys.set('podium.active', true);
    ready().then(
      () => benches.refresh(),
      () => undefined,
    ).catch((error: unknown) => failures.record(error, 'look for benches'));

    const showRequested = async (): Promise<void> => {
      const root = workspace.folder?.uri.fsPath;
      const runId = root === undefined ? undefined : await takeOpenRequest(root);
      if (runId === undefined) return;
      await ready();
      const run = runs.get(runId);
      if (run) panels.show(run);
    };
    showRequested().catch((error: unknown) => failures.record(error, 'show the requested run'));

    this.api = {
      ready,
      runs,
      edits,
      models: models.window,
      inline,
      trees: { competitions: library.tree, runs: runsTree },
      lastError: () => failures.lastShown,
      openPanels: () => ({ runs: panels.shownRuns, competitions: pages.shown, catalogue: library.pages.shown }),
      standings: standings.pages,
    };
  }

  dispose(): void {
    // In reverse order: the log, made first, goes last.
    for (const disposable of this.disposables.reverse()) disposable.dispose();
  }

  private own<T extends vscode.Disposable>(disposable: T): T {
    this.disposables.push(disposable);
    return disposable;
  }
}

/** Reads the workspace's runs once, at first need, or at once when there are any. */
function startScan(runs: RunManager, workspace: Workspace): () => Promise<void> {
  let first: Promise<void> | undefined;
  const ready = (): Promise<void> => (first ??= runs.scan());
  const root = workspace.folder?.uri.fsPath;
  if (root !== undefined && existsSync(join(root, '.podium', 'runs'))) void ready();
  return ready;
}
