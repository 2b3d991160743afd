import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { directionSchema } from '../../core/competition/manifest';
import { CancelledError } from '../../core/errors';
import type { CommandId } from '../platform/commandIds';
import type { CommandManager } from '../platform/commandManager';
import { HostError } from '../platform/hostError';
import { withoutLinks } from '../platform/notificationText';
import { cancellable } from '../platform/progress';
import type { Reports } from '../platform/reports';
import type { Services } from '../platform/services';
import type { Workspace } from '../platform/workspace';
import { count } from '../views/format';
import type { CatalogueSource } from './catalogueSource';
import { mlrcReport } from './importReport';

interface EvaluationContext {
  readonly commands: CommandManager;
  readonly catalogue: CatalogueSource;
  readonly services: Services;
  readonly workspace: Workspace;
  readonly reports: Reports;
  readonly refresh: () => Promise<void>;
}

/** Everything that is asked for, given at once: for keys and other extensions. */
const ownSchema = z.strictObject({ folder: z.string(), command: z.string(), direction: directionSchema, change: z.array(z.string()).optional() });
const mlrcSchema = z.strictObject({ checkout: z.string(), only: z.array(z.string()).optional() });

/** Imports of what is scored by a command: a person's own evaluation, and the tasks of MLRC-Bench. */
export class EvaluationImports {
  constructor(private readonly context: EvaluationContext) {
    context.commands.register('podium.importOwnEvaluation', (argument) => this.importOwn(argument));
    context.commands.register('podium.importMlrcBench', (argument) => this.importMlrc(argument));
  }

  /** @throws HostError; ImportError; CompetitionError; CancelledError. Returns the id of the competition. */
  private async importOwn(argument: unknown): Promise<string> {
    const { workspace, services, refresh } = this.context;
    const root = workspace.startableRoot();
    const given = ownSchema.safeParse(argument);
    const own = given.success ? given.data : await (await import('./ownEvaluationSteps')).askOwnEvaluation(root);
    const { idOf, importOwnEvaluation } = await import('../../node/importers/ownEvaluation');
    const id = idOf(basename(own.folder));
    const home = await services.home();
    const { competition, findings } = await cancellable('Importing your evaluation', (signal, progress) => importOwnEvaluation(own, join(root, 'competitions', id), { home, signal, progress }));
    const lacks = findings.find(({ severity }) => severity === 'error');
    if (competition === null) throw new HostError('no_competition', lacks?.message ?? 'Nothing was imported.', lacks?.fix);
    await refresh();
    await vscode.commands.executeCommand('podium.openCompetition' satisfies CommandId, id);
    const warning = findings.find(({ severity }) => severity === 'warning');
    if (warning) void vscode.window.showWarningMessage(withoutLinks(`${warning.message} ${warning.fix}`));
    return id;
  }

  /** @throws HostError; ImportError; CancelledError */
  private async importMlrc(argument: unknown): Promise<void> {
    const { workspace, services, catalogue, reports, refresh } = this.context;
    const root = workspace.startableRoot();
    const given = mlrcSchema.safeParse(argument);
    const { checkout, only } = given.success ? given.data : { checkout: await pickFolder('Checkout of MLRC-Bench', 'Read MLRC-Bench Here'), only: undefined };
    const title = 'Import from MLRC-Bench';
    const report = await cancellable(title, async (signal, progress) => {
      const [{ importMlrcBench }, facts, home] = await Promise.all([import('../../node/importers/mlrcBench'), catalogue.read(), services.home()]);
      return importMlrcBench(checkout, facts, { home, out: join(root, 'competitions'), signal, progress, ...(only ? { only } : {}) });
    });
    await refresh();
    await reports.show(`${title}: ${count(report.summary.imported, 'task')}`, mlrcReport(title, report));
  }
}

async function pickFolder(title: string, openLabel: string, root?: string): Promise<string> {
  const [uri] = (await vscode.window.showOpenDialog({ title, openLabel, canSelectFolders: true, canSelectFiles: false, ...(root === undefined ? {} : { defaultUri: vscode.Uri.file(root) }) })) ?? [];
  if (!uri) throw new CancelledError();
  return uri.fsPath;
}
