import * as vscode from 'vscode';
import type { Failures } from '../../platform/failures';
import { reviewUri, type ReviewSide } from '../editFileSystem';
import { NotebookReview } from './notebookReview';
import type { WaitingChange } from './reviewed';
import type { FileReview, Reviews } from './reviews';
import { TextReview } from './textReview';

/**
 * The two sides of a review: the file as it is now, and the same with every change that waits.
 * Read-only, made anew whenever something was decided, so that a comparison shows what is left.
 * Nothing is written.
 */
export class ReviewDocuments implements vscode.Disposable {
  private readonly opened = new Map<string, { uri: vscode.Uri; side: ReviewSide; text: string; version: number }>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly reviews: Reviews,
    failures: Failures,
  ) {
    const update = (): void => void this.update().catch((error: unknown) => failures.record(error, 'review'));
    this.subscriptions = [reviews.onDidChange(update), vscode.workspace.onDidCloseTextDocument(({ uri }) => this.opened.delete(uri.toString()))];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  /** Text of a side and how often it has changed; undefined when its edit no longer waits. */
  async read(uri: vscode.Uri, side: ReviewSide): Promise<{ text: string; version: number } | undefined> {
    const key = uri.toString();
    const known = this.opened.get(key);
    let review = this.reviews.ofEdit(side.runId, side.editId);
    if (!review) {
      await this.reviews.refresh();
      review = this.reviews.ofEdit(side.runId, side.editId);
    }
    if (!review) return known;
    const text = await textOf(review, side);
    const entry = { uri, side, text, version: known === undefined || known.text !== text ? (known?.version ?? 0) + 1 : known.version };
    this.opened.set(key, entry);
    return entry;
  }

  private async update(): Promise<void> {
    for (const { uri, side, text } of [...this.opened.values()]) {
      const review = this.reviews.ofEdit(side.runId, side.editId);
      // What is decided goes on showing what it was, until its editor is closed.
      if (review && (await textOf(review, side)) !== text) this.changed.fire(uri);
    }
  }
}

async function textOf(review: FileReview, { cell, side }: ReviewSide): Promise<string> {
  const { reviewed, accepted } = review;
  const waiting = side === 'now' ? [] : review.waiting;
  if (reviewed instanceof TextReview) return reviewed.proposed(waiting);
  if (!(reviewed instanceof NotebookReview) || cell === undefined) return '';
  const own = waiting.filter(({ what }) => 'type' in what && what.cell === cell && what.type !== 'move');
  return (await reviewed.proposed(own, accepted)).find(({ id }) => id === cell)?.source ?? '';
}

/** The address of a side of the comparison that shows one change. */
export function sideOf({ run, edit }: FileReview, { what }: WaitingChange, side: ReviewSide['side']): vscode.Uri {
  return reviewUri({ runId: run.runId, editId: edit.id, path: edit.path, side, ...('type' in what ? { cell: what.cell } : {}) });
}
