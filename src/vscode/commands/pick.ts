import * as vscode from 'vscode';
import type { CompetitionEntry } from '../../node/competitions/library';
import { CancelledError } from '../../core/errors';
import type { RunView } from '../../core/run/view';
import { HostError } from '../platform/hostError';
import type { RunHandle, RunSource } from '../runs/runHandle';
import { competitionArgument, type CompetitionList } from '../views/competitionsTree';
import { runArgument } from '../views/runsTree';
import { runRow } from '../views/runRows';

/** The competition of a command: its argument, that of the file in front, or a pick. Throws CancelledError. */
export async function pickCompetition(argument: unknown, competitions: CompetitionList, atHand: string | undefined): Promise<CompetitionEntry> {
  const entries = (await competitions.list()).filter((entry) => !entry.problem);
  const wanted = competitionArgument(argument);
  if (wanted !== undefined) {
    const found = entries.find((entry) => entry.id === wanted);
    if (!found) throw new HostError('no_competition', `There is no competition "${wanted}" that can be played.`, 'Pick one in the Competitions view.');
    return found;
  }
  const items = entries.map((entry) => ({ label: entry.title, description: entry.metricLabel, detail: entry.summary, entry }));
  // The competition whose file is open comes first.
  items.sort((a, b) => Number(b.entry.id === atHand) - Number(a.entry.id === atHand));
  const picked = await vscode.window.showQuickPick(items, { title: 'Podium: competition', placeHolder: 'Pick a competition', matchOnDetail: true });
  if (!picked) throw new CancelledError();
  return picked.entry;
}

export interface RunPick {
  readonly suits: (view: RunView) => boolean;
  /** "can be stopped", completes "No run …". */
  readonly words: string;
  readonly next?: string;
}

/** The run of a command: its argument, the only one that suits, or a pick, newest first. Throws HostError `no_run`. */
export async function pickRun(argument: unknown, source: RunSource, { suits, words, next }: RunPick): Promise<RunHandle> {
  const given = runArgument(argument);
  if (given) {
    const run = source.get(given.runId);
    if (!run) throw new HostError('no_run', 'This run is no longer in the workspace.', 'Refresh the Runs view.');
    return run;
  }
  const runs = source.runs.filter((run) => suits(run.view)).sort((a, b) => b.view.startedAt - a.view.startedAt);
  const [only, ...more] = runs;
  if (!only) throw new HostError('no_run', `No run ${words}.`, next ?? 'Start one from the Competitions view.');
  if (more.length === 0) return only;
  const items = runs.map((run) => {
    const row = runRow(run.view, Date.now());
    return { label: `$(${row.icon}) ${row.label}`, description: `${run.view.competition.title}, ${row.description}`, run };
  });
  const picked = await vscode.window.showQuickPick(items, { title: 'Podium: run', placeHolder: 'Pick a run' });
  if (!picked) throw new CancelledError();
  return picked.run;
}
