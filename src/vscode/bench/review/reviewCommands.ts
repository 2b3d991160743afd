import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { CancelledError } from '../../../core/errors';
import type { CommandManager } from '../../platform/commandManager';
import { HostError } from '../../platform/hostError';
import { runArgument } from '../../views/runsTree';
import { cellIds } from '../../notebooks/applyCells';
import { openNotebook } from '../benchFile';
import { parseReviewUri } from '../editFileSystem';
import { atCursor, fileInFront } from './front';
import { changesIn } from './places';
import { sideOf } from './reviewDocuments';
import type { WaitingChange } from './reviewed';
import { nameOf, type FileReview, type Reviews } from './reviews';

const changeIdSchema = z.object({ runId: z.string(), editId: z.string(), change: z.int() });

interface Target {
  readonly review: FileReview;
  readonly change: WaitingChange;
}

/** Commands on the changes that wait for the person. Each acts on what its argument names, else on what is in front. */
export class ReviewCommands {
  constructor(
    commands: CommandManager,
    private readonly reviews: Reviews,
  ) {
    commands.register('podium.reviewEdits', (argument) => this.reviewEdits(argument));
    commands.register('podium.acceptEdit', (argument) => this.acceptOne(argument));
    commands.register('podium.rejectEdit', (argument) => this.rejectOne(argument));
    commands.register('podium.showEdit', (argument) => this.showOne(argument));
    commands.register('podium.acceptFileEdits', () => this.acceptAll(this.inFront()));
    commands.register('podium.rejectFileEdits', () => this.rejectAll(this.inFront()));
    commands.register('podium.acceptAllEdits', () => this.acceptAll(this.all()));
    commands.register('podium.rejectAllEdits', () => this.rejectAll(this.all()));
    commands.register('podium.nextEdit', () => this.go(1));
    commands.register('podium.previousEdit', () => this.go(-1));
  }

  /** Opens a file with its changes: a script as a comparison, a notebook as itself, where its cells show them. */
  private async reviewEdits(argument: unknown): Promise<void> {
    const given = runArgument(argument);
    const all = await this.reviews.refresh();
    const files = given ? all.filter(({ run }) => run.runId === given.runId) : all;
    const [first, ...more] = files;
    if (!first) throw new HostError('no_edit', 'No edit of the agent waits.');
    let chosen: FileReview | undefined = first;
    if (more.length > 0) {
      const items = files.map((review) => ({ label: review.edit.path, description: `${countOf(review)}, #${review.edit.attempt}, run ${review.run.view.number}, ${review.run.view.competition.title}`, review }));
      chosen = (await vscode.window.showQuickPick(items, { title: 'Edits of the agent', placeHolder: 'Pick one to review' }))?.review;
    }
    const [change] = chosen?.waiting ?? [];
    if (!chosen || !change) return;
    if (openable(chosen)) await this.reveal({ review: chosen, change });
    else await showComparison(chosen, change);
  }

  private async acceptOne(argument: unknown): Promise<void> {
    const target = this.target(argument);
    if (!target) return this.reviewEdits(undefined);
    const next = this.after(target);
    await this.reviews.accept(target.review, [target.change.number], confirmReplace);
    await this.goOn(target.review, next);
  }

  private async rejectOne(argument: unknown): Promise<void> {
    const target = this.target(argument);
    if (!target) return this.reviewEdits(undefined);
    const next = this.after(target);
    const words = await askWords(`Reject a change of ${nameOf(target.review)}`);
    await this.reviews.reject(target.review, [target.change.number], words);
    await this.goOn(target.review, next);
  }

  private async showOne(argument: unknown): Promise<void> {
    const target = this.target(argument);
    if (!target) return this.reviewEdits(undefined);
    await showComparison(target.review, target.change);
    this.selectHere(target);
  }

  private async acceptAll(reviews: readonly FileReview[]): Promise<void> {
    for (const review of reviews) {
      await this.reviews.accept(review, review.waiting.map(({ number }) => number), confirmReplace);
      await this.goOn(review, undefined);
    }
  }

  private async rejectAll(reviews: readonly FileReview[]): Promise<void> {
    const [first, ...more] = reviews;
    if (!first) return;
    const words = await askWords(more.length === 0 ? `Reject all edits of ${nameOf(first)}` : `Reject the edits of ${reviews.length} files`);
    for (const review of reviews) {
      await this.reviews.reject(review, review.waiting.map(({ number }) => number), words);
      await this.goOn(review, undefined);
    }
  }

  private inFront(): FileReview[] {
    const review = fileInFront(this.reviews);
    if (!review) throw new HostError('no_edit', 'No edit of the agent waits in the file in front.', 'Open one with Review Edits of the Agent.');
    return [review];
  }

  private all(): readonly FileReview[] {
    if (this.reviews.files.length === 0) throw new HostError('no_edit', 'No edit of the agent waits.');
    return this.reviews.files;
  }

  /** Nothing is decided that nobody looks at: the change named, the one at the cursor, or the first of the file in front. */
  private target(argument: unknown): Target | undefined {
    const id = changeIdSchema.safeParse(argument);
    if (id.success) {
      const review = this.reviews.ofEdit(id.data.runId, id.data.editId);
      const change = review?.waiting.find(({ number }) => number === id.data.change);
      if (!review || !change) throw new HostError('no_edit', 'This change is decided already.');
      return { review, change };
    }
    const shown = atCursor(this.reviews);
    if (shown) return shown;
    const review = (argument instanceof vscode.Uri ? this.reviews.ofFile(argument.fsPath) : undefined) ?? fileInFront(this.reviews);
    const [change] = review?.waiting ?? [];
    return review && change ? { review, change } : undefined;
  }

  /** The number of the change after the given one, round to the first. */
  private after({ review, change }: Target): number | undefined {
    const others = review.waiting.filter(({ number }) => number !== change.number);
    return (others.find(({ number }) => number > change.number) ?? others[0])?.number;
  }

  /** After a decision: to the next change of the file; a comparison that has nothing left to show is closed. */
  private async goOn({ run, edit }: FileReview, next: number | undefined): Promise<void> {
    const review = this.reviews.ofEdit(run.runId, edit.id);
    const change = review?.waiting.find(({ number }) => number === next);
    if (!review) return closeComparisons(run.runId, edit.id);
    if (change && uriIs(review)) await this.reveal({ review, change });
  }

  private async go(step: 1 | -1): Promise<void> {
    const front = fileInFront(this.reviews);
    if (!front) return this.reviewEdits(undefined);
    const at = front.waiting.findIndex(({ number }) => number === atCursor(this.reviews)?.change.number);
    const index = at < 0 ? (step > 0 ? 0 : front.waiting.length - 1) : (at + step + front.waiting.length) % front.waiting.length;
    const change = front.waiting[index];
    if (change) await this.reveal({ review: front, change });
  }

  /** Moves the cursor to a change in the editor in front, else in the file, which is opened. */
  private async reveal({ review, change }: Target): Promise<void> {
    if (this.selectHere({ review, change })) return;
    if (!openable(review)) return showComparison(review, change);
    if (review.file.endsWith('.ipynb')) return this.revealCell(review, change);
    const opened = await vscode.window.showTextDocument(vscode.Uri.file(review.file), { preview: false });
    select(opened, change.place?.start ?? 0);
  }

  /** Moves the cursor to a change where the editor in front shows it. */
  private selectHere({ review, change }: Target): boolean {
    const editor = vscode.window.activeTextEditor;
    const here = editor && changesIn(editor.document, this.reviews).find((shown) => shown.review.edit.id === review.edit.id && shown.change.number === change.number);
    if (editor && here) select(editor, here.start);
    return here !== undefined;
  }

  private async revealCell(review: FileReview, change: WaitingChange): Promise<void> {
    const document = openNotebook(review.file) ?? (await vscode.workspace.openNotebookDocument(vscode.Uri.file(review.file)));
    const editor = await vscode.window.showNotebookDocument(document, { preview: false });
    await this.reviews.refresh();
    const { what } = change;
    const id = 'type' in what && what.type === 'insert' ? change.beside?.cell : 'type' in what ? what.cell : undefined;
    const index = Math.max(0, cellIds(document).indexOf(id ?? ''));
    if (document.cellCount === 0) return;
    const range = new vscode.NotebookRange(index, index + 1);
    editor.selection = range;
    editor.revealRange(range, vscode.NotebookEditorRevealType.InCenterIfOutsideViewport);
    if (document.cellAt(index).kind !== vscode.NotebookCellKind.Code) return;
    await vscode.commands.executeCommand('notebook.cell.edit');
    const cell = vscode.window.visibleTextEditors.find((one) => one.document === document.cellAt(index).document);
    if (cell) select(cell, change.place?.start ?? 0);
  }
}

const countOf = ({ waiting }: FileReview): string => `${waiting.length} ${waiting.length === 1 ? 'change' : 'changes'}`;

/** Whether the file is there, so that changes can be shown in it. */
const openable = ({ file }: FileReview): boolean => existsSync(file);

function uriIs(review: FileReview): boolean {
  const { document } = vscode.window.activeTextEditor ?? {};
  if (!document) return false;
  return document.uri.fsPath === review.file || parseReviewUri(document.uri)?.editId === review.edit.id;
}

function select(editor: vscode.TextEditor, line: number): void {
  const at = new vscode.Position(Math.min(line, editor.document.lineCount - 1), 0);
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** The file, or the cell, beside the agent's version of it. */
async function showComparison(review: FileReview, change: WaitingChange): Promise<void> {
  const { edit, run } = review;
  const title = `${basename(edit.path)}: edit of #${edit.attempt}, run ${run.view.number}`;
  await vscode.commands.executeCommand('vscode.diff', sideOf(review, change, 'now'), sideOf(review, change, 'next'), title, { preview: true });
}

async function confirmReplace(file: string): Promise<boolean> {
  const replace = 'Replace My Version';
  const detail = 'You and the agent changed the same place. Undo takes the replacement back.';
  return (await vscode.window.showWarningMessage(`${file} has changed since the agent read it.`, { modal: true, detail }, replace)) === replace;
}

/** Words for the agent; undefined = none. Throws CancelledError when the person thinks better of it. */
async function askWords(title: string): Promise<string | undefined> {
  const words = await vscode.window.showInputBox({ title, prompt: 'Why? The agent is told. Leave empty to say nothing.' });
  if (words === undefined) throw new CancelledError();
  return words.trim() === '' ? undefined : words.trim().slice(0, 2000);
}

async function closeComparisons(runId: string, editId: string): Promise<void> {
  const isIt = (uri: vscode.Uri): boolean => {
    const side = parseReviewUri(uri);
    return side?.runId === runId && side.editId === editId;
  };
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(({ input }) => input instanceof vscode.TabInputTextDiff && isIt(input.modified));
  if (tabs.length > 0) await vscode.window.tabGroups.close(tabs);
}
