import * as vscode from 'vscode';
import * as z from 'zod';
import { CancelledError } from '../../core/errors';
import { hasEnded } from '../../core/run/fold';
import type { RunSummary } from '../../node/runner/runs';
import type { FromStandingsPage, Include, Standings } from '../../protocol/standings';
import type { CommandManager } from '../platform/commandManager';
import type { Failures } from '../platform/failures';
import { HostError } from '../platform/hostError';
import type { Services } from '../platform/services';
import type { RunHandle, RunSource } from '../runs/runHandle';
import { runRow } from '../views/runRows';
import { competitionArgument } from '../views/competitionsTree';
import { runArgument } from '../views/runsTree';
import type { RunsRead } from './standingsModel';
import { StandingsPages, type StandingsPage, type StandingsSource } from './standingsPages';

interface Parts {
  readonly extensionUri: vscode.Uri;
  readonly commands: CommandManager;
  readonly services: Pick<Services, 'runs'>;
  readonly runs: RunSource;
  /** Resolves when the workspace's runs are known. */
  readonly ready: () => Promise<void>;
  readonly failures: Failures;
}

type Action = Exclude<FromStandingsPage, { type: 'ready' | 'include' }>;

/** The row of a competition in the Runs view. */
const groupNode = z.object({ kind: z.literal('competition'), id: z.string(), title: z.string() });

/** Comparing runs of one competition: the commands, and the page that they open. */
export class StandingsFeature implements StandingsSource, vscode.Disposable {
  readonly pages: StandingsPages;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly subscription: vscode.Disposable;
  private known = '';

  constructor(private readonly parts: Parts) {
    this.pages = new StandingsPages(parts.extensionUri, this, parts.failures);
    parts.commands.register('podium.compareRuns', (node, nodes) => this.compare(node, nodes));
    parts.commands.register('podium.showStandings', (argument) => this.show(argument));
    parts.commands.register('podium.copyStandings', () => this.copyFront());
    // A run under way changes many times a second; what is compared changes when one comes, ends or goes.
    this.subscription = parts.runs.onDidChange(() => {
      const now = JSON.stringify([...parts.runs.runs.map(({ runId, view }) => [runId, hasEnded(view)]), parts.runs.broken.length]);
      if (now !== this.known) this.changed.fire();
      this.known = now;
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.pages.dispose();
    this.changed.dispose();
  }

  async standings(id: string, chosen: readonly string[] | null, include: Include): Promise<Standings> {
    const [{ standingsOf }, read] = await Promise.all([import('./standingsModel'), this.read(id, chosen)]);
    const runs = this.of(id);
    const { title, metricLabel, direction, boardOf } = runs[0]?.view.competition ?? { title: id, metricLabel: 'Score', direction: 'maximize' as const, boardOf: null };
    return standingsOf({ id, title, metricLabel, direction, boardOf }, read, chosen, include);
  }

  async act(message: Action, page: StandingsPage): Promise<void> {
    switch (message.type) {
      case 'openRun':
        return void (await vscode.commands.executeCommand('podium.openRunPanel', message.runId));
      case 'newRun':
        return void (await vscode.commands.executeCommand('podium.newRun', page.competition));
      case 'chooseRuns':
        return page.choose(await this.pickRuns(page.competition, page.chosen));
      case 'copy':
        return this.copy(page);
    }
  }

  /** Given by the Runs view: the row that was pressed, and all that are selected. */
  private async compare(node: unknown, nodes: unknown): Promise<void> {
    await this.parts.ready();
    const given = (Array.isArray(nodes) ? nodes : [node]).flatMap((one: unknown) => this.parts.runs.get(runArgument(one)?.runId ?? '') ?? []);
    const competitions = new Map(given.map((run) => [run.view.competition.id, run.view.competition]));
    if (competitions.size > 1) throw new HostError('no_run', 'These runs are of several competitions.', 'Select runs of one; `podium standings` compares players over competitions.');
    const [competition] = [...competitions.values()];
    // One row alone stands for its competition.
    if (competition) return this.pages.show(competition, given.length > 1 ? given.map((run) => run.runId) : null);
    const picked = await this.pickCompetition();
    this.pages.show(picked, await this.pickRuns(picked.id, null));
  }

  private async show(argument: unknown): Promise<void> {
    await this.parts.ready();
    const group = groupNode.safeParse(argument).data;
    const wanted = group?.id ?? competitionArgument(argument);
    if (wanted === undefined) return this.pages.show(await this.pickCompetition(), null);
    const run = this.of(wanted)[0];
    if (!run) throw new HostError('no_run', 'No run of this competition is in this workspace.', 'Start one, then compare.');
    this.pages.show({ id: wanted, title: run.view.competition.title }, null);
  }

  private of(id: string): RunHandle[] {
    return this.parts.runs.runs.filter((run) => run.view.competition.id === id);
  }

  private async pickCompetition(): Promise<{ id: string; title: string }> {
    const counts = new Map<string, { id: string; title: string; count: number }>();
    for (const { view } of this.parts.runs.runs) {
      const { id, title } = view.competition;
      counts.set(id, { id, title, count: (counts.get(id)?.count ?? 0) + 1 });
    }
    const found = [...counts.values()];
    const [only] = found;
    if (!only) throw new HostError('no_run', 'There is no run to compare yet.', 'Start one from the Competitions view.');
    if (found.length === 1) return only;
    const items = found.map((one) => ({ label: one.title, description: `${one.count} ${one.count === 1 ? 'run' : 'runs'}`, one }));
    const picked = await vscode.window.showQuickPick(items, { title: 'Podium: compare runs', placeHolder: 'Pick a competition' });
    if (!picked) throw new CancelledError();
    return picked.one;
  }

  /** Some runs of a competition; null for all of them. Throws CancelledError. */
  private async pickRuns(id: string, chosen: readonly string[] | null): Promise<readonly string[] | null> {
    const runs = this.of(id).sort((a, b) => b.view.number - a.view.number);
    if (runs.length < 2) return null;
    const items = runs.map((run) => {
      const row = runRow(run.view, Date.now());
      return { label: `$(${row.icon}) ${row.label}`, description: row.description, runId: run.runId, picked: chosen === null || chosen.includes(run.runId) };
    });
    const picked = await vscode.window.showQuickPick(items, { title: 'Podium: compare runs', placeHolder: 'Check the runs to compare', canPickMany: true });
    if (!picked) throw new CancelledError();
    return picked.length === 0 || picked.length === runs.length ? null : picked.map((item) => item.runId);
  }

  private async read(id: string, chosen: readonly string[] | null): Promise<RunsRead> {
    const { resultsOf } = await import('../../node/standings/readResults');
    const { runs } = this.parts;
    const wanted = this.of(id).filter((run) => chosen === null || chosen.includes(run.runId));
    const source = await this.parts.services.runs();
    const summaries: RunSummary[] = [];
    const unreadable: RunsRead['unreadable'][number][] = [];
    for (const { runId, view } of wanted) {
      try {
        summaries.push(await source.read(runId));
      } catch (error) {
        // Deleted or damaged while the window was open: the others are compared all the same.
        this.parts.failures.record(error, 'standings: read a run');
        unreadable.push({ runId, number: runs.get(runId)?.view.number ?? 0, player: view.agent });
      }
    }
    return { results: await resultsOf(source, summaries), unreadable };
  }

  private async copyFront(): Promise<void> {
    const page = this.pages.front;
    if (!page) throw new HostError('no_run', 'No standings are open.', 'Run "Compare runs" first.');
    await this.copy(page);
  }

  private async copy(page: StandingsPage): Promise<void> {
    const forms = [
      { label: 'Markdown', detail: 'A table with the differences below it', form: 'markdown' },
      { label: 'CSV', detail: 'One row per player', form: 'csv' },
      { label: 'JSON', detail: 'Everything, as `podium standings --json` prints it', form: 'json' },
    ] as const;
    const picked = await vscode.window.showQuickPick(forms, { title: 'Podium: copy standings as' });
    if (!picked) return;
    const [{ standingsCsv, standingsMarkdown }, { comparisonJson }, { compareRuns }] = await Promise.all([
      import('../../core/standings/standingsTable'),
      import('../../core/standings/comparisonJson'),
      import('../../core/standings/compareRuns'),
    ]);
    const read = await this.read(page.competition, page.chosen);
    const comparison = compareRuns(read.results, page.include);
    if (comparison.competitions.length === 0) throw new HostError('no_run', 'There is nothing to copy: no run is compared.', 'Wait until a run has ended, or take in what is left out.');
    const text = picked.form === 'json' ? `${JSON.stringify(comparisonJson(comparison), null, 2)}\n` : picked.form === 'csv' ? standingsCsv(comparison.competitions) : standingsMarkdown(comparison.competitions);
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage(`Copied the standings as ${picked.label}`, 4000);
  }
}
