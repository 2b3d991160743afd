import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { codeCells } from '../../core/notebook/script';
import { parseNotebook } from '../../core/notebook/notebook';
import type { AttemptView } from '../../core/run/view';
import { attemptFolder } from '../panels/attemptFiles';
import type { CommandId } from '../platform/commandIds';
import type { Workspace } from '../platform/workspace';
import type { RunHandle, RunSource } from '../runs/runHandle';
import { formatScore } from '../views/format';
import { textOf, type BenchCode } from './benchCode';

interface Scored {
  readonly run: RunHandle;
  readonly attempt: AttemptView;
}

/** Attempts that are looked through for the one that a notebook is; the newest count. */
const maxLooked = 12;
/** Codes of attempts that are kept. */
const maxKept = 200;

/**
 * Under the last code cell of a notebook: who ran exactly this code, its public score and its
 * claim. A notebook that has changed since has no score, and no badge.
 */
export class CellBadges implements vscode.NotebookCellStatusBarItemProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCellStatusBarItems = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  /** Code of a graded attempt's notebook, which never changes; '' for one without it. */
  private readonly codes = new Map<string, string>();
  private shown = '';

  constructor(
    private readonly code: BenchCode,
    private readonly runs: RunSource,
    private readonly workspace: Workspace,
  ) {
    this.subscriptions = [
      this.changed,
      vscode.notebooks.registerNotebookCellStatusBarItemProvider('jupyter-notebook', this),
      runs.onDidChange(() => {
        const now = JSON.stringify(runs.runs.map(({ runId, view }) => [runId, view.status, view.budget.gradedCalls.used]));
        if (now !== this.shown) this.changed.fire();
        this.shown = now;
      }),
    ];
  }

  async provideCellStatusBarItems(cell: vscode.NotebookCell): Promise<vscode.NotebookCellStatusBarItem[]> {
    const competition = this.code.competitionOf(cell.document);
    const code = codeOf(cell.notebook);
    if (competition === undefined || code.at(-1)?.cell !== cell) return [];
    const scored = await this.attemptOf(competition, cell.notebook.uri, code.map((one) => one.text).join('\0'));
    return scored ? badges(scored) : [];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** The newest graded attempt whose notebook holds this code. */
  private async attemptOf(competition: string, file: vscode.Uri, code: string): Promise<Scored | undefined> {
    const path = relative(this.workspace.bench(competition), file.fsPath).split(sep).join('/');
    const graded = this.runs.runs
      .filter((run) => run.view.competition.id === competition)
      .sort((a, b) => b.view.startedAt - a.view.startedAt)
      .flatMap((run) => run.view.attempts.filter((attempt) => attempt.public !== null).reverse().map((attempt) => ({ run, attempt })));
    for (const scored of graded.slice(0, maxLooked)) if ((await this.codeAt(scored, path)) === code) return scored;
    return undefined;
  }

  private async codeAt({ run, attempt }: Scored, path: string): Promise<string> {
    const key = `${run.runId} ${attempt.id} ${path}`;
    const known = this.codes.get(key);
    if (known !== undefined) return known;
    const code = await readFile(join(attemptFolder(run, attempt.id), 'code', path), 'utf8').then(
      (text) => codeCells(parseNotebook(text)).map((cell) => cell.code).join('\0'),
      // Another notebook was run, or none.
      () => '',
    );
    this.codes.set(key, code);
    // The attempts of the runs in sight fit; what was looked at long ago is read again.
    const [oldest] = this.codes.keys();
    if (this.codes.size > maxKept && oldest !== undefined) this.codes.delete(oldest);
    return code;
  }
}

/** Code cells that hold code, as a run takes them. */
function codeOf(notebook: vscode.NotebookDocument): { readonly cell: vscode.NotebookCell; readonly text: string }[] {
  return notebook.getCells().flatMap((cell) => {
    const text = textOf(cell.document);
    return cell.kind === vscode.NotebookCellKind.Code && text.trim() !== '' ? [{ cell, text }] : [];
  });
}

function badges({ run, attempt }: Scored): vscode.NotebookCellStatusBarItem[] {
  const { metricLabel } = run.view.competition;
  const item = (text: string, tooltip: string, command?: CommandId): vscode.NotebookCellStatusBarItem => {
    const made = new vscode.NotebookCellStatusBarItem(text, vscode.NotebookCellStatusBarAlignment.Left);
    made.tooltip = tooltip;
    made.accessibilityInformation = { label: tooltip };
    if (command) made.command = { command, title: tooltip, arguments: [run.runId] };
    return made;
  };
  const person = attempt.source === 'human';
  const items = [item(person ? `$(person) You, #${attempt.id}` : `$(sparkle) Agent, #${attempt.id}`, `Attempt #${attempt.id} of run ${run.view.number} ran this code`, 'podium.openRunPanel')];
  if (attempt.public) {
    const best = run.view.best?.attempt === attempt.id;
    const error = attempt.public.se === null ? '' : ` ±${formatScore(attempt.public.se)}`;
    items.push(item(`${best ? '$(star-full) ' : ''}${formatScore(attempt.public.score)} public`, `${metricLabel} ${formatScore(attempt.public.score)}${error} on the public rows${best ? ', the best of its run' : ''}`));
  }
  if (attempt.claim) {
    const error = attempt.claim.se === null ? '' : ` ±${formatScore(attempt.claim.se)}`;
    items.push(item(`claim ${formatScore(attempt.claim.value)}${error}`, 'What the code reports for itself, by validation'));
  }
  return items;
}
