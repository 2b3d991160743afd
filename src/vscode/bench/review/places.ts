import * as vscode from 'vscode';
import { cellIds } from '../../notebooks/applyCells';
import { parseReviewUri } from '../editFileSystem';
import type { WaitingChange } from './reviewed';
import type { FileReview, Reviews } from './reviews';

/** A waiting change in a document that shows it. */
export interface ShownChange {
  readonly review: FileReview;
  readonly change: WaitingChange;
  /** Counts the waiting changes of the file from 1. */
  readonly index: number;
  /** Lines of the document, 0-based, `end` exclusive; the same for lines that are only added. */
  readonly start: number;
  readonly end: number;
}

/** The changes that an open document shows: a script, a cell of a notebook, or the agent's side of a review. */
export function changesIn(document: vscode.TextDocument, reviews: Reviews): ShownChange[] {
  const { uri } = document;
  const side = parseReviewUri(uri);
  if (side?.side === 'now') return [];
  if (side) return side.cell === undefined ? inReview(reviews.ofEdit(side.runId, side.editId)) : inCellReview(reviews.ofEdit(side.runId, side.editId), side.cell);
  const review = reviews.ofFile(uri.fsPath);
  if (!review) return [];
  if (uri.scheme === 'vscode-notebook-cell') return inCell(document, review);
  if (uri.scheme !== 'file' || uri.fsPath.endsWith('.ipynb')) return [];
  return numbered(review).flatMap((shown) => (shown.change.place ? [{ ...shown, start: shown.change.place.start, end: shown.change.place.end }] : []));
}

/** The changes of a file in order, by the documents that are open; the first of several is the one to go to. */
export const numbered = (review: FileReview): { review: FileReview; change: WaitingChange; index: number }[] => review.waiting.map((change, i) => ({ review, change, index: i + 1 }));

/** On the agent's side every change stands where the changes before it have moved it. */
function inReview(review: FileReview | undefined): ShownChange[] {
  let moved = 0;
  return review === undefined ? [] : numbered(review).flatMap((shown) => {
    const { place } = shown.change;
    if (!place) return [];
    const start = place.start + moved;
    moved += place.lines.length - (place.end - place.start);
    return [{ ...shown, start, end: start + place.lines.length }];
  });
}

function inCellReview(review: FileReview | undefined, cell: string): ShownChange[] {
  if (!review) return [];
  const own = { ...review, waiting: review.waiting.filter(({ what }) => 'type' in what && what.type === 'text' && what.cell === cell) };
  const whole = numbered(review).filter(({ change: { what } }) => 'type' in what && what.type !== 'text' && what.cell === cell);
  const indexes = new Map(numbered(review).map(({ change, index }) => [change.number, index]));
  return [...whole.map((shown) => ({ ...shown, start: 0, end: 0 })), ...inReview(own).map((shown) => ({ ...shown, review, index: indexes.get(shown.change.number) ?? 1 }))];
}

function inCell(document: vscode.TextDocument, review: FileReview): ShownChange[] {
  const notebook = vscode.workspace.notebookDocuments.find((open) => open.uri.fsPath === document.uri.fsPath && open.uri.scheme === 'file');
  const index = notebook?.getCells().findIndex((cell) => cell.document === document) ?? -1;
  const id = notebook && index >= 0 ? cellIds(notebook)[index] : undefined;
  if (id === undefined) return [];
  return numbered(review).flatMap((shown): ShownChange[] => {
    const { what, place, beside } = shown.change;
    if (!('type' in what)) return [];
    if (what.type === 'insert') {
      if (beside?.cell !== id) return [];
      // Above the last line, unless a change of the text has its lens there.
      const taken = review.waiting.some((other) => 'type' in other.what && other.what.cell === id && (other.place?.end ?? 0) >= document.lineCount);
      const line = beside.before || taken ? 0 : document.lineCount - 1;
      return [{ ...shown, start: line, end: line }];
    }
    if (what.cell !== id) return [];
    if (what.type === 'text') return place ? [{ ...shown, start: place.start, end: place.end }] : [];
    return [{ ...shown, start: 0, end: what.type === 'move' ? 0 : document.lineCount }];
  });
}

/** The change that the cursor is in or beside; undefined when it is in none. */
export function changeAt(shown: readonly ShownChange[], line: number): ShownChange | undefined {
  return shown.find(({ start, end }) => line >= start && line < Math.max(end, start + 1)) ?? shown.find(({ start, end }) => line === start - 1 && start === end);
}

/** "2 of 3, #11 improve": the attempt on the first change of a file only. */
export function labelOf({ review, index }: Pick<ShownChange, 'review' | 'index'>): string {
  const { edit, run, waiting } = review;
  const operator = run.view.attempts.find(({ id }) => id === edit.attempt)?.operator;
  const who = index === 1 ? `, #${edit.attempt}${operator ? ` ${operator}` : ''}` : '';
  return `${index} of ${waiting.length}${who}`;
}
