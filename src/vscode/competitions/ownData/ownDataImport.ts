import { join } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { taskSchema } from '../../../core/competition/manifest';
import type { OwnResult } from '../../../node/importers/own/importOwn';
import type { OwnFolder } from '../../../node/importers/own/ownFolder';
import type { CommandId } from '../../platform/commandIds';
import type { CommandManager } from '../../platform/commandManager';
import { withoutLinks } from '../../platform/notificationText';
import { cancellable } from '../../platform/progress';
import type { Reports } from '../../platform/reports';
import type { Services } from '../../platform/services';
import type { Workspace } from '../../platform/workspace';
import type { CompetitionList } from '../../views/competitionsTree';
import type { OwnDataWish } from './ownDataSteps';
import { ownDataReport } from './ownDataReport';

interface OwnDataContext {
  readonly commands: CommandManager;
  readonly competitions: CompetitionList;
  readonly services: Services;
  readonly workspace: Workspace;
  readonly reports: Reports;
  readonly refresh: () => Promise<void>;
}

/** Everything that the steps ask for, given at once: for keys and other extensions. */
const givenSchema = z.strictObject({
  folder: z.string(),
  out: z.string().optional(),
  title: z.string().optional(),
  id: z.array(z.string()).nonempty(),
  newId: z.boolean().optional(),
  target: z.array(z.string()).nonempty(),
  task: taskSchema.optional(),
  metric: z.object({ name: z.string(), params: z.record(z.string(), z.json()).default({}) }).optional(),
  answers: z.string().optional(),
  by: z.union([z.object({ kind: z.literal('row') }), z.object({ kind: z.enum(['group', 'time']), column: z.string() })]).default({ kind: 'row' }),
  testShare: z.number().gt(0).lt(1).default(0.2),
  starter: z.string().optional(),
});

/** A person's own data becomes a competition: asked step by step, written with progress, opened. */
export class OwnDataImport {
  constructor(private readonly context: OwnDataContext) {
    context.commands.register('podium.importOwnData', (argument) => this.run(argument));
  }

  /** @throws HostError `no_folder`, `untrusted`; ImportError, MetricError, CompetitionError, CancelledError: nothing is written then */
  private async run(argument: unknown): Promise<OwnResult | undefined> {
    const root = this.context.workspace.startableRoot();
    const given = givenSchema.safeParse(argument);
    const wish = given.success ? await this.wishOf(given.data, root) : await this.ask(root, argument);
    if (wish === undefined) return undefined;
    const title = `Importing ${wish.title}`;
    const result = await cancellable(title, async (signal, progress) => {
      const [{ importOwn }, home] = await Promise.all([import('../../../node/importers/own/importOwn'), this.context.services.home()]);
      return importOwn(wish.own, wish.out, wish.request, { home, signal, progress });
    });
    await this.context.refresh();
    await this.tell(wish, result);
    return result;
  }

  private async wishOf({ folder, out, title, ...request }: z.output<typeof givenSchema>, root: string): Promise<OwnDataWish> {
    const { idFrom, titleFrom } = await import('../../../core/competition/import/own/words');
    const own = await this.read(folder);
    const name = title ?? titleFrom(own.name);
    return { own, title: name, out: out ?? join(root, 'competitions', idFrom(name)), request: { ...request, title: name, publicShare: 0.5, seed: 0 } };
  }

  private async ask(root: string, argument: unknown): Promise<OwnDataWish | undefined> {
    const [{ askForOwnData }, entries] = await Promise.all([import('./ownDataSteps'), this.context.competitions.list()]);
    const folder = argument instanceof vscode.Uri ? argument.fsPath : undefined;
    return askForOwnData({ root, folder, taken: new Set(entries.map(({ id }) => id)), read: (path) => this.read(path) });
  }

  private async read(path: string): Promise<OwnFolder> {
    const { readOwnFolder } = await import('../../../node/importers/own/ownFolder');
    return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: 'Reading the data' }, () => readOwnFolder(path));
  }

  /** Opens the page, and what was found where it matters. */
  private async tell({ title, out }: OwnDataWish, result: OwnResult): Promise<void> {
    const [{ idFrom }, entries] = await Promise.all([import('../../../core/competition/import/own/words'), this.context.competitions.list()]);
    const found = entries.find((entry) => entry.folder === out);
    if (found && !found.problem) await vscode.commands.executeCommand('podium.openCompetition' satisfies CommandId, found.id);
    const serious = result.findings.filter(({ severity }) => severity !== 'info');
    const [show, start] = ['Show Findings', 'Start with Agent'];
    const text = found ? `${title} is ready.` : `${title} is ready in ${out}. Podium lists what lies in competitions/ of the workspace; play this one with: podium run ${out}`;
    const words = serious.length > 0 ? `${text} ${serious.length} of ${result.findings.length} findings deserve a look.` : text;
    const tell = serious.length > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
    void tell(withoutLinks(words), ...(found ? [start] : []), show).then(async (choice) => {
      if (choice === show) await this.context.reports.show(`Import of ${title}`, ownDataReport(title, result));
      if (choice === start) await vscode.commands.executeCommand('podium.startWithAgent' satisfies CommandId, found?.id ?? idFrom(title));
    });
  }
}
