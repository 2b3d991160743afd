import { statfs } from 'node:fs/promises';
import * as vscode from 'vscode';
import { describeError } from '../../core/errors';
import { hasEnded } from '../../core/run/fold';
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
import { doctorReport, runtimeCheck, type Check } from './doctorReport';

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
    const { engine, workspace, runs, settings } = this.context;
    const { docker, local } = await engine.ask();
    const wanted = settings.get('podium.runtime');
    const blocked = workspace.blocked();
    const interrupted = runs.runs.filter((run) => run.view.status === 'interrupted');
    return [
      runtimeCheck('Docker', docker, wanted === 'docker' || (wanted === 'auto' && !local.available)),
      runtimeCheck('Local sandbox', local, wanted === 'local' || (wanted === 'auto' && !docker.available)),
      { name: 'Folder', state: blocked ? 'bad' : 'good', found: blocked?.text ?? workspace.root() },
      await this.libraryCheck(),
      await this.homeCheck(),
      ...(interrupted.length > 0
        ? [{ name: 'Runs', state: 'note' as const, found: `${count(interrupted.length, 'interrupted run')}.`, fix: 'Resume it in the Runs view.' }]
        : []),
      ...runs.broken.map((broken) => ({ name: `Run ${broken.runId}`, state: 'note' as const, found: broken.why })),
    ];
  }

  private async libraryCheck(): Promise<Check> {
    try {
      const entries = await this.context.competitions.list();
      const broken = entries.filter((entry) => entry.problem);
      if (broken.length === 0) return { name: 'Competitions', state: 'good', found: `${entries.length} can be played.` };
      return { name: 'Competitions', state: 'note', found: broken.map((entry) => `${entry.title}: ${entry.problem ?? ''}`).join(' ') };
    } catch (error) {
      return { name: 'Competitions', state: 'bad', found: describeError(error) };
    }
  }

  private async homeCheck(): Promise<Check> {
    const name = 'Disk';
    try {
      const home = await this.context.services.home();
      const { bavail, bsize } = await statfs(home);
      const free = (bavail * bsize) / 2 ** 30;
      const found = `${free.toFixed(1)} GB free at ${home}`;
      return free < 2 ? { name, state: 'bad', found, fix: 'Free some space, or set PODIUM_HOME to another disk.' } : { name, state: 'good', found };
    } catch (error) {
      return { name, state: 'bad', found: describeError(error), fix: 'Check the folder\'s permissions, or set PODIUM_HOME.' };
    }
  }

  /** Lists what would be removed and asks; nothing of a run that goes on or can be resumed is in it. */
  private async cleanUp(): Promise<void> {
    const { runs, services, workspace } = this.context;
    workspace.startableRoot();
    await runs.scan();
    type Item = vscode.QuickPickItem & ({ what: 'leftovers' } | { what: 'run'; runId: string; folder: string });
    const items: Item[] = [
      { what: 'leftovers', label: 'What ended runs left on this machine', description: 'stopped containers, unused volumes, dead sandboxes', picked: true },
      ...runs.runs
        .filter((run) => hasEnded(run.view))
        .map((run): Item => {
          const row = runRow(run.view, Date.now());
          return { what: 'run', runId: run.runId, folder: run.folder, label: row.label, description: `${run.view.competition.title}, ${row.description}`, detail: 'Its folder with journal, code and submissions is deleted.' };
        }),
    ];
    const picked = await vscode.window.showQuickPick(items, { title: 'Podium: clean up', placeHolder: 'What to remove', canPickMany: true });
    if (!picked || picked.length === 0) return;
    const detail = picked.map((item) => `• ${item.label}: ${item.description ?? ''}`).join('\n');
    const yes = 'Remove';
    if ((await vscode.window.showWarningMessage('Remove this?', { modal: true, detail }, yes)) !== yes) return;
    const removed: string[] = [];
    if (picked.some((item) => item.what === 'leftovers')) removed.push(...(await this.removeLeftovers(services)));
    for (const item of picked) {
      if (item.what !== 'run') continue;
      await vscode.workspace.fs.delete(vscode.Uri.file(item.folder), { recursive: true, useTrash: false });
      removed.push(item.label);
    }
    await runs.scan();
    vscode.window.setStatusBarMessage(removed.length > 0 ? `Removed: ${removed.join(', ')}` : 'Nothing was left to remove', 8000);
  }

  private async removeLeftovers(services: Services): Promise<string[]> {
    const { engine, runs } = this.context;
    const { docker, local } = await engine.ask();
    const keep = new Set(runs.runs.filter((run) => !hasEnded(run.view)).map((run) => run.runId));
    const runtimes = await services.runtimes();
    const removed: string[] = [];
    if (docker.available) removed.push(...(await runtimes.docker.cleanUp(keep)));
    if (local.reason !== 'platform') removed.push(...(await runtimes.local.cleanUp(keep)));
    return removed;
  }
}
