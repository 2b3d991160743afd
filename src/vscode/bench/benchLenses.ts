import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { CommandId } from '../platform/commandIds';
import type { RunSource } from '../runs/runHandle';
import { formatScore, formatTime } from '../views/format';
import type { BenchEdits } from './benchEdits';

/** Lenses on top of bench scripts: run and score, the last result, and an edit that waits. */
export class BenchLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private shown = '';

  constructor(
    private readonly edits: BenchEdits,
    private readonly runs: RunSource,
    private readonly benchOf: (folder: string) => string | undefined,
  ) {
    this.subscriptions = [
      this.changed,
      vscode.languages.registerCodeLensProvider({ scheme: 'file', pattern: '**/*.py' }, this),
      edits.onDidChange(() => this.changed.fire()),
      runs.onDidChange(() => {
        const now = JSON.stringify(runs.runs.map((run) => this.lastOf(run.view.competition.id)));
        if (now !== this.shown) this.changed.fire();
        this.shown = now;
      }),
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const competition = this.benchOf(dirname(document.uri.fsPath));
    if (!competition) return [];
    const top = new vscode.Range(0, 0, 0, 0);
    const lens = (title: string, command: CommandId, tooltip: string) => new vscode.CodeLens(top, { title, command, tooltip, arguments: [document.uri] });
    const waiting = this.edits.find(document.uri);
    const lenses = waiting
      ? [
          lens('$(check) Accept', 'podium.acceptEdit', 'Apply the edit of the agent'),
          lens('$(close) Reject', 'podium.rejectEdit', 'Refuse the edit; the agent is told'),
          lens(`$(diff) Review edit of #${waiting.edit.attempt}`, 'podium.reviewEdits', 'Show the edit beside your file'),
        ]
      : [];
    lenses.push(lens('$(run-all) Run and score', 'podium.submitFile', `Run ${basename(document.uri.fsPath)} in the sandbox and have its submission scored`));
    const last = this.lastOf(competition);
    if (last) lenses.push(lens(`last: ${last}`, 'podium.openRunPanel', 'Open the run panel'));
    return lenses;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Score and time of the person's newest finished attempt. */
  private lastOf(competition: string): string | undefined {
    const attempts = this.runs.runs
      .filter((run) => run.view.competition.id === competition)
      .sort((a, b) => b.view.startedAt - a.view.startedAt)
      .flatMap((run) => [...run.view.attempts].reverse().filter((attempt) => attempt.source === 'human' && attempt.status !== 'running'));
    const [last] = attempts;
    if (!last) return undefined;
    return `${last.public ? formatScore(last.public.score) : (last.error?.type ?? 'not valid')}, ${formatTime(last.seconds)}`;
  }
}
