import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { CommandId } from '../platform/commandIds';
import type { WindowModels } from '../models/windowModels';
import type { RunSource } from '../runs/runHandle';
import { formatScore, formatTime } from '../views/format';
import { benchSelector, cellOf, type BenchCode } from './benchCode';

/** "Run and score" with the person's last result, above a script and above the last code cell of a notebook. */
export class RunLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private shown = '';
  private hasModel = false;

  constructor(
    private readonly code: BenchCode,
    private readonly runs: RunSource,
    private readonly models: Pick<WindowModels, 'current' | 'onDidChange'>,
  ) {
    this.subscriptions = [
      this.changed,
      vscode.languages.registerCodeLensProvider(benchSelector, this),
      runs.onDidChange(() => {
        const now = JSON.stringify(runs.runs.map((run) => this.lastOf(run.view.competition.id)));
        if (now !== this.shown) this.changed.fire();
        this.shown = now;
      }),
      models.onDidChange(() => void this.lookForModel()),
    ];
    void this.lookForModel();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const competition = this.code.competitionOf(document);
    const cell = cellOf(document);
    if (competition === undefined || (document.uri.scheme !== 'file' && !(cell && isLastCode(cell)))) return [];
    const file = cell?.notebook.uri ?? document.uri;
    const lens = (title: string, command: CommandId, tooltip: string, about = file) => new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title, command, tooltip, arguments: [about] });
    // A plain blank after an icon is swallowed: the text would touch it.
    const lenses = [lens('$(run-all)\u00a0Run and score', 'podium.submitFile', `Run ${basename(file.fsPath)} in the sandbox and have its submission scored`)];
    if (this.hasModel) lenses.push(lens('Refine with agent', 'podium.refineWithAgent', 'The chosen model proposes one change, which you see before it is applied', document.uri));
    const last = this.lastOf(competition);
    if (last !== undefined) lenses.push(lens(`last: ${last}`, 'podium.openRunPanel', 'Open the run panel'));
    return lenses;
  }

  refresh(): void {
    this.changed.fire();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async lookForModel(): Promise<void> {
    const model = await this.models.current().catch(() => undefined);
    if (this.hasModel === (model !== undefined)) return;
    this.hasModel = model !== undefined;
    this.changed.fire();
  }

  /** Score and time of the person's newest finished attempt. */
  private lastOf(competition: string): string | undefined {
    const attempts = this.runs.runs
      .filter((run) => run.view.competition.id === competition)
      .sort((a, b) => b.view.startedAt - a.view.startedAt)
      .flatMap((run) => [...run.view.attempts].reverse().filter((attempt) => attempt.source === 'human' && attempt.status !== 'running'));
    const [last] = attempts;
    if (!last) return undefined;
    const without = last.status === 'invalid_submission' ? 'not valid' : (last.error?.type ?? 'not valid');
    return `${last.public ? formatScore(last.public.score) : without}, ${formatTime(last.seconds)}`;
  }
}

function isLastCode(cell: vscode.NotebookCell): boolean {
  return cell.notebook.getCells().findLast((one) => one.kind === vscode.NotebookCellKind.Code && one.document.getText().trim() !== '') === cell;
}
