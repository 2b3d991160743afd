import * as vscode from 'vscode';
import { CataloguePages } from '../panels/cataloguePage';
import type { CommandManager } from '../platform/commandManager';
import type { ContextKeys } from '../platform/contextKeys';
import type { Failures } from '../platform/failures';
import { viewIds } from '../platform/viewIds';
import type { Reports } from '../platform/reports';
import type { Services } from '../platform/services';
import type { Workspace } from '../platform/workspace';
import type { RunSource } from '../runs/runHandle';
import { CompetitionsTree, type CompetitionList, type CompetitionNode } from '../views/competitionsTree';
import { BenchmarkImport } from './benchmarkImport';
import { CatalogueCommands } from './catalogueCommands';
import { CatalogueSource } from './catalogueSource';
import { EvaluationImports } from './evaluationImports';
import { CompetitionCheck } from './competitionCheck';
import { ImportedWatch } from './importedWatch';
import { OwnDataImport } from './ownData/ownDataImport';

export interface CompetitionContext {
  readonly extension: Pick<vscode.ExtensionContext, 'extensionPath' | 'extensionUri'>;
  readonly commands: CommandManager;
  readonly services: Services;
  readonly reports: Reports;
  readonly competitions: CompetitionList;
  readonly workspace: Workspace;
  readonly runs: RunSource;
  readonly contextKeys: ContextKeys;
  readonly failures: Failures;
  /** Others read the competitions again. */
  readonly onRefresh: () => Promise<void>;
}

/** The Competitions view with its catalogue, and what brings competitions into the workspace: wires itself. */
export class CompetitionFeatures implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = [];
  readonly tree: CompetitionsTree;
  readonly pages: CataloguePages;

  constructor(private readonly context: CompetitionContext) {
    const { extension, commands, services, competitions, workspace, runs, contextKeys, reports, failures } = context;
    const catalogue = this.own(new CatalogueSource(extension.extensionPath));
    this.tree = this.own(new CompetitionsTree(competitions, runs, catalogue, async ({ folder }) => (await services.competitions()).knownHealth(folder)));
    const view = this.own(vscode.window.createTreeView<CompetitionNode>(viewIds.competitions, { treeDataProvider: this.tree, showCollapseAll: false }));
    const actions = new CatalogueCommands({ commands, catalogue, competitions, contextKeys, view, row: this.tree.catalogueRow });
    this.pages = this.own(new CataloguePages(extension.extensionUri, actions, failures));
    actions.register(this.pages);
    new CompetitionCheck({ commands, competitions, services, reports, refresh: () => this.tree.refresh() });
    new BenchmarkImport({ commands, catalogue, services, workspace, reports, refresh: () => this.refresh() });
    new EvaluationImports({ commands, catalogue, services, workspace, reports, refresh: () => this.refresh() });
    new OwnDataImport({ commands, competitions, services, workspace, reports, refresh: () => this.refresh() });
    this.own(new ImportedWatch(workspace, () => this.refresh(), failures));
  }

  /** Looks at the folders again. */
  async refresh(): Promise<void> {
    this.tree.refresh();
    this.pages.refresh();
    await this.context.onRefresh();
  }

  dispose(): void {
    for (const disposable of this.disposables.reverse()) disposable.dispose();
  }

  private own<T extends vscode.Disposable>(disposable: T): T {
    this.disposables.push(disposable);
    return disposable;
  }
}
