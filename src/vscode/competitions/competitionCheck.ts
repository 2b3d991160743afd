import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import type { CompetitionEntry } from '../../node/competitions/library';
import type { CommandManager } from '../platform/commandManager';
import { HostError } from '../platform/hostError';
import { cancellable } from '../platform/progress';
import type { Reports } from '../platform/reports';
import type { Services } from '../platform/services';
import { competitionArgument, type CompetitionList } from '../views/competitionsTree';
import { healthReport } from './healthReport';

interface CheckContext {
  readonly commands: CommandManager;
  readonly competitions: CompetitionList;
  readonly services: Services;
  readonly reports: Reports;
  /** The view shows what was found. */
  readonly refresh: () => void;
}

/** "Check Competition": the thorough check, with its report. */
export class CompetitionCheck {
  constructor(private readonly context: CheckContext) {
    context.commands.register('podium.checkCompetition', (argument) => this.run(argument));
  }

  private async run(argument: unknown): Promise<void> {
    const { services, reports, refresh } = this.context;
    const entry = await this.pick(argument);
    const health = await cancellable(`Checking ${entry.title}`, (signal) => services.checkCompetition(entry.folder, true, signal));
    refresh();
    await reports.show(`Check of ${entry.title.replaceAll(/[\\/]/g, ' ')}`, healthReport(entry.title, entry.folder, health));
  }

  /** Broken ones can be checked too: the check says what is wrong with them. */
  private async pick(argument: unknown): Promise<CompetitionEntry> {
    const entries = await this.context.competitions.list();
    const wanted = competitionArgument(argument);
    if (wanted !== undefined) {
      const found = entries.find((entry) => entry.id === wanted || entry.folder === wanted);
      if (!found) throw new HostError('no_competition', `There is no competition "${wanted}".`, 'Pick one in the Competitions view.');
      return found;
    }
    const items = entries.map((entry) => ({ label: entry.title, description: entry.problem ? 'cannot be played' : entry.metricLabel, detail: entry.problem ?? entry.summary, entry }));
    const picked = await vscode.window.showQuickPick(items, { title: 'Podium: check', placeHolder: 'Pick a competition', matchOnDetail: true });
    if (!picked) throw new CancelledError();
    return picked.entry;
  }
}
