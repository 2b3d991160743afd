import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { directionSchema } from '../../core/competition/manifest';
import { CancelledError } from '../../core/errors';
import type { CommandId } from '../platform/commandIds';
import type { CommandManager } from '../platform/commandManager';
import { HostError } from '../platform/hostError';
import { withoutLinks } from '../platform/notificationText';
import { inputStep, pickStep, quickSteps } from '../platform/quickSteps';
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
type Own = z.output<typeof ownSchema>;
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
    const own = given.success ? given.data : await this.ask(root);
    const { idOf, importOwnEvaluation } = await import('../../node/importers/ownEvaluation');
    const id = idOf(basename(own.folder));
    const home = await services.home();
    const { competition, findings } = await withProgress('Importing your evaluation', (progress, signal) => importOwnEvaluation(own, join(root, 'competitions', id), { home, signal, progress }));
    const lacks = findings.find(({ severity }) => severity === 'error');
    if (competition === null) throw new HostError('no_competition', lacks?.message ?? 'Nothing was imported.', lacks?.fix);
    await refresh();
    await vscode.commands.executeCommand('podium.openCompetition' satisfies CommandId, id);
    const warning = findings.find(({ severity }) => severity === 'warning');
    if (warning) void vscode.window.showWarningMessage(withoutLinks(`${warning.message} ${warning.fix}`));
    return id;
  }

  private async ask(root: string): Promise<Own> {
    const folder = await pickFolder('Folder to improve, with what judges it', 'Improve This Folder', root);
    const { listFiles } = await import('../../node/importers/ownEvaluation');
    const { partFiles } = await import('../../core/competition/import/ownEvaluation');
    const files = await listFiles(folder, []);
    const title = `Own evaluation of ${basename(folder)}`;
    const judge = files.find(({ path }) => /^(evaluate|evaluation|score|benchmark|bench|eval)\.py$/.test(path))?.path;
    const start: Own = { folder, command: judge === undefined ? '' : `python ${judge}`, direction: 'maximize' };
    const result = await quickSteps<Own>(start, [
      (now) =>
        inputStep(
          { title, prompt: 'Command that prints the score as its last line: "score: 0.5", JSON with "score", or a number', placeholder: 'python evaluate.py', value: now.command, validate: (text) => (text === '' ? 'A command is needed.' : undefined) },
          (command) => ({ ...now, command }),
        ),
      (now) =>
        pickStep(
          {
            title,
            placeholder: 'Which score is better',
            active: now.direction,
            items: [
              { label: 'Higher is better', description: 'maximize', value: 'maximize' as const },
              { label: 'Lower is better', description: 'minimize', value: 'minimize' as const },
            ],
          },
          (direction) => ({ ...now, direction }),
        ),
      (now) => {
        const { solution } = partFiles(files, now.command);
        const own = files.filter(({ path }) => !path.startsWith('data/')).slice(0, 300);
        return pickStep<readonly string[], Own>(
          {
            title,
            placeholder: 'Files that players may change; the others judge and stay as they are',
            items: own.map(({ path }) => ({ label: path, description: solution.includes(path) ? '' : now.command.includes(basename(path)) ? 'named by the command' : 'read-only', value: [path], picked: solution.includes(path) })),
            many: (values) => (values.length > 0 ? values.flat() : undefined),
          },
          (change) => ({ ...now, change: [...change] }),
        );
      },
    ]);
    if (result.kind !== 'ok') throw new CancelledError();
    return result.value;
  }

  /** @throws HostError; ImportError; CancelledError */
  private async importMlrc(argument: unknown): Promise<void> {
    const { workspace, services, catalogue, reports, refresh } = this.context;
    const root = workspace.startableRoot();
    const given = mlrcSchema.safeParse(argument);
    const { checkout, only } = given.success ? given.data : { checkout: await pickFolder('Checkout of MLRC-Bench', 'Read MLRC-Bench Here'), only: undefined };
    const title = 'Import from MLRC-Bench';
    const report = await withProgress(title, async (progress, signal) => {
      const [{ importMlrcBench }, facts, home] = await Promise.all([import('../../node/importers/mlrcBench'), catalogue.read(), services.home()]);
      return importMlrcBench(checkout, facts, { home, out: join(root, 'competitions'), signal, progress, ...(only ? { only } : {}) });
    });
    await refresh();
    await reports.show(`${title}: ${count(report.summary.imported, 'task')}`, mlrcReport(title, report));
  }
}

/** @throws CancelledError when the person leaves, or cancels what goes on */
function withProgress<T>(title: string, work: (progress: (message: string) => void, signal: AbortSignal) => Promise<T>): Promise<T> {
  return Promise.resolve(
    vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      return await work((message) => progress.report({ message }), controller.signal);
    }),
  );
}

async function pickFolder(title: string, openLabel: string, root?: string): Promise<string> {
  const [uri] = (await vscode.window.showOpenDialog({ title, openLabel, canSelectFolders: true, canSelectFiles: false, ...(root === undefined ? {} : { defaultUri: vscode.Uri.file(root) }) })) ?? [];
  if (!uri) throw new CancelledError();
  return uri.fsPath;
}
