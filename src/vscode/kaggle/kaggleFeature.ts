import type * as vscode from 'vscode';
import type { RunPanels } from '../panels/runPanel';
import type { CommandManager } from '../platform/commandManager';
import type { Failures } from '../platform/failures';
import type { Reports } from '../platform/reports';
import type { Services } from '../platform/services';
import type { Settings } from '../platform/settings';
import type { Workspace } from '../platform/workspace';
import type { RunManager } from '../runs/runManager';
import { pickRun } from '../commands/pick';
import { isOpen } from '../../core/run/refit';
import { KaggleAccess } from './kaggleAccess';

export interface KaggleContext {
  readonly secrets: vscode.SecretStorage;
  readonly commands: CommandManager;
  readonly services: Services;
  readonly settings: Settings;
  readonly workspace: Workspace;
  readonly runs: RunManager;
  readonly panels: RunPanels;
  readonly reports: Reports;
  readonly failures: Failures;
  /** Reads the competitions again. */
  readonly refresh: () => Promise<void>;
}

export interface KaggleParts extends KaggleContext {
  readonly access: KaggleAccess;
}

/** Everything about Kaggle in the editor. Each flow is loaded when it is first used. */
export class KaggleFeature {
  constructor(context: KaggleContext) {
    const { commands, runs, secrets } = context;
    const access = new KaggleAccess(secrets, context.settings, context.services.version);
    const parts: KaggleParts = { ...context, access };
    commands.register('podium.kaggle.signIn', async () => (await import('./signIn')).signIn(access));
    commands.register('podium.kaggle.signOut', async () => (await import('./signIn')).signOut(access));
    commands.register('podium.kaggle.import', async (argument) => (await import('./importFlow')).importFlow(parts, argument));
    commands.register('podium.kaggle.refit', async (argument) => (await import('./refitFlow')).refitFlow(parts, argument));
    commands.register('podium.kaggle.stop', async (argument) => (await pickRun(argument, runs, { suits: (view) => view.refits?.some(isOpen) ?? false, words: 'is on its way to Kaggle' })).stop());
    commands.register('podium.kaggle.notebook', async (argument) => (await import('./startingPoints')).notebookFlow(parts, argument));
    commands.register('podium.kaggle.dataset', async (argument) => (await import('./startingPoints')).datasetFlow(parts, argument));
    commands.register('podium.kaggle.push', async () => (await import('./pushFlow')).pushFlow(parts));
    commands.register('podium.kaggle.leaderboard', async (argument) => (await import('./leaderboardFlow')).leaderboardFlow(parts, argument));
  }
}
