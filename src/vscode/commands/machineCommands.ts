import * as vscode from 'vscode';
import { hasEnded } from '../../core/run/fold';
import type { Check } from '../../node/doctor/runtimeChecks';
import type { CommandManager } from '../platform/commandManager';
import type { Reports } from '../platform/reports';
import type { Services } from '../platform/services';
import type { Settings } from '../platform/settings';
import type { Workspace } from '../platform/workspace';
import type { EngineState } from '../runs/engine';
import type { RunManager } from '../runs/runManager';
import type { CompetitionList } from '../views/competitionsTree';
import { count } from '../views/format';
import { runRow } from '../views/runRows';
import { doctorReport } from './doctorReport';

export interface MachineContext {
  readonly commands: CommandManager;
  readonly services: Services;
  readonly competitions: CompetitionList;
  readonly settings: Settings;
  readonly workspace: Workspace;
  readonly runs: RunManager;
  readonly engine: EngineState;
  readonly reports: Reports;
  readonly refresh: () => Promise<void>;
}

/** Commands about this machine: doctor, engine, clean-up. */
export class MachineCommands {
  constructor(private readonly context: MachineContext) {
    const { commands, engine, settings } = context;
    commands.register('podium.doctor', () => this.doctor());
    commands.register('podium.checkEngine', async () => {
      const { docker } = await vscode.window.withProgress({ location: { viewId: 'podium.runs' } }, () => engine.ask());
      vscode.window.setStatusBarMessage(docker.detail, 6000);
    });
    commands.register('podium.useLocalSandbox', () => settings.set('podium.runtime', 'local'));
    commands.register('podium.refresh', () => context.refresh());
    commands.register('podium.cleanUp', () => this.cleanUp());
  }

  private async doctor(): Promise<void> {
    const { reports } = this.context;
    const checks = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: 'Podium Doctor' }, () => this.checks());
    await reports.show('Podium Doctor', doctorReport(checks));
  }

  private async checks(): Promise<Check[]> {
    const { checkMachine } = await import('../../node/doctor/machineChecks');
    const { engine, workspace, runs, settings, services, competitions } = this.context;
    const root = workspace.folder?.uri.fsPath;
    const wanted = settings.get('podium.runtime');
    const image = settings.get('podium.image') || 'cpu';
    const [machine] = await Promise.all([
      checkMachine({ runtimes: await services.runtimes(), image, wanted, home: await services.home(), workspace: root, competitions: () => competitions.list() }),
      // Views and status bar learn the same.
      engine.ask(),
    ]);
    const blocked = workspace.blocked();
    const interrupted = runs.runs.filter((run) => run.view.status === 'interrupted');
    return [
      ...machine,
      blocked
        ? { id: 'folder', title: 'Folder', state: 'fail', detail: blocked.text, nextStep: blocked.action === 'trust' ? 'Trust the workspace.' : 'Open a folder.' }
        : { id: 'folder', title: 'Folder', state: 'ok', detail: workspace.root() },
      ...(interrupted.length > 0 ? [{ id: 'interrupted', title: 'Runs', state: 'warn' as const, detail: `${count(interrupted.length, 'interrupted run')}.`, nextStep: 'Resume it in the Runs view.' }] : []),
      ...runs.broken.map((broken) => ({ id: 'broken', title: `Run ${broken.runId}`, state: 'warn' as const, detail: broken.why, nextStep: 'Clean Up can delete it.' })),
    ];
  }

  /** Lists what would be removed and asks; nothing of a run that goes on or can be resumed is in it. */
  private async cleanUp(): Promise<void> {
    const { runs, services, workspace } = this.context;
    workspace.startableRoot();
    const leftovers = await vscode.window.withProgress({ location: { viewId: 'podium.runs' } }, async () => {
      await runs.scan();
      return this.leftovers('look');
    });
    type Item = vscode.QuickPickItem & ({ what: 'leftovers' } | { what: 'run'; runId: string });
    const detail = 'Its folder with journal, code, submissions and private scores is deleted.';
    const items: Item[] = [
      ...(leftovers.length > 0 ? [{ what: 'leftovers' as const, label: 'Left behind by ended runs', description: count(leftovers.length, 'thing'), detail: leftovers.join(', '), picked: true }] : []),
      ...runs.runs
        .filter((run) => hasEnded(run.view))
        .map((run): Item => {
          const row = runRow(run.view, Date.now());
          return { what: 'run', runId: run.runId, label: row.label, description: `${run.view.competition.title}, ${row.description}`, detail };
        }),
      ...runs.broken.map((broken): Item => ({ what: 'run', runId: broken.runId, label: broken.runId, description: 'cannot be read', detail })),
    ];
    if (items.length === 0) {
      void vscode.window.showInformationMessage('Nothing to clean up: no run has ended here, and ended runs left nothing behind.');
      return;
    }
    const picked = await vscode.window.showQuickPick(items, { title: 'Podium: clean up', placeHolder: 'What to remove', canPickMany: true });
    if (!picked || picked.length === 0) return;
    const lines = picked.flatMap((item) => (item.what === 'leftovers' ? leftovers : [`${item.label} (${item.description ?? ''}), with its code and scores`]));
    const most = 20;
    const list = [...lines.slice(0, most).map((line) => `• ${line}`), ...(lines.length > most ? [`and ${lines.length - most} more`] : [])].join('\n');
    const yes = 'Remove';
    if ((await vscode.window.showWarningMessage('Remove this? It cannot be taken back.', { modal: true, detail: list }, yes)) !== yes) return;
    const removed = picked.some((item) => item.what === 'leftovers') ? await this.leftovers('remove') : [];
    const store = await services.runs();
    for (const item of picked) {
      if (item.what !== 'run') continue;
      await store.remove(item.runId);
      removed.push(item.label);
    }
    await runs.scan();
    vscode.window.setStatusBarMessage(removed.length > 0 ? `Removed: ${removed.join(', ')}` : 'Nothing was left to remove', 8000);
  }

  /** What dead runs left on this machine. Runs that another window or a terminal holds keep theirs. */
  private async leftovers(mode: 'look' | 'remove'): Promise<string[]> {
    const { engine, runs, services } = this.context;
    const { heldRunIds } = await import('../../node/runner/address');
    const { docker, local } = await engine.ask();
    const keep = await heldRunIds(await services.home());
    for (const run of runs.runs) if (!hasEnded(run.view)) keep.add(run.runId);
    const runtimes = await services.runtimes();
    const found: string[] = [];
    if (docker.available) found.push(...(await runtimes.docker.cleanUp(keep, mode)));
    if (local.reason !== 'platform') found.push(...(await runtimes.local.cleanUp(keep, mode)));
    return found;
  }
}
