import { basename } from 'node:path';
import * as vscode from 'vscode';
import { CellProposal, cellTexts, type CellChange, type CellText, type PlacedChange } from '../../../core/edits/cellChanges';
import { withCells } from '../../../core/notebook/cells';
import { parseNotebook, serializeNotebook } from '../../../core/notebook/notebook';
import { cellIds, setCells } from '../../notebooks/applyCells';
import { HostError } from '../../platform/hostError';
import { openNotebook, openText, readState, replaceOnDisk } from '../benchFile';
import { changedMeanwhile, type AcceptedInto, type ReviewedFile, type WaitingChange } from './reviewed';

/** An edit of a notebook, by cells. Outputs and metadata of cells stay as they are. */
export class NotebookReview implements ReviewedFile {
  private readonly proposal: CellProposal;

  /** @throws NotebookError when one of the versions is no notebook */
  constructor(
    private readonly file: string,
    base: string,
    next: string,
  ) {
    this.proposal = new CellProposal(cellTexts(parseNotebook(base)), cellTexts(parseNotebook(next)));
  }

  get whats(): readonly CellChange[] {
    return this.proposal.changes;
  }

  async place(accepted: ReadonlySet<number>, decided: ReadonlySet<number>): Promise<{ waiting: WaitingChange[]; present: number[] }> {
    const waiting: WaitingChange[] = [];
    const present: number[] = [];
    const cells = await this.cells();
    for (const { number, change, state, place } of this.proposal.place(cells, accepted, decided)) {
      if (state === 'present') present.push(number);
      else if (change.type === 'insert') waiting.push({ number, what: change, state, ...this.beside({ number, change, state }, cells, accepted) });
      else waiting.push({ number, what: change, state, ...(place ? { place } : {}), ...seenIn(cells, change.cell) });
    }
    return { waiting, present };
  }

  private beside(insert: PlacedChange, cells: readonly CellText[], accepted: ReadonlySet<number>): Pick<WaitingChange, 'beside'> {
    const after = this.proposal.accept(cells, [insert], accepted);
    const index = after.findIndex(({ id }) => id === insert.change.cell);
    const [next, last] = [after[index + 1], after[index - 1]];
    return next ? { beside: { cell: next.id, before: true } } : last ? { beside: { cell: last.id, before: false } } : {};
  }

  async accept(chosen: readonly WaitingChange[], accepted: ReadonlySet<number>): Promise<AcceptedInto> {
    const gone = chosen.find(({ what, place }) => 'type' in what && what.type === 'text' && !place);
    if (gone) throw new HostError('edit_conflict', `The cell that this change belongs to is no longer in ${basename(this.file)}.`, 'Reject the change, or bring the cell back with Undo.');
    const before = await readState(this.file);
    const cells = await this.cells();
    if (chosen.some(({ what, seen }) => seen !== undefined && 'type' in what && seenIn(cells, what.cell).seen !== seen)) throw changedMeanwhile(this.file);
    const target = this.withChanges(cells, chosen, accepted);
    const open = openNotebook(this.file);
    if (!open) {
      if (openText(this.file)?.isDirty) throw new HostError('edit_conflict', `${basename(this.file)} is open as text and has unsaved changes.`, 'Save or revert it, then accept again.');
      const content = Buffer.from(serializeNotebook(withCells(parseNotebook(before.bytes?.toString('utf8') ?? ''), target)), 'utf8');
      await replaceOnDisk(this.file, content);
      return { before, saved: (await readState(this.file)).hash ?? undefined };
    }
    const clean = !open.isDirty;
    if (!(await setCells(open, target)) || (clean && !(await open.save()))) {
      throw new HostError('edit_refused', `The editor did not let ${basename(this.file)} be changed.`, 'Close it and try again.');
    }
    return { before, saved: clean ? ((await readState(this.file)).hash ?? undefined) : undefined };
  }

  /** The cells with the given changes. */
  async proposed(changes: readonly WaitingChange[], accepted: ReadonlySet<number>): Promise<CellText[]> {
    return this.withChanges(await this.cells(), changes, accepted);
  }

  private withChanges(cells: readonly CellText[], changes: readonly WaitingChange[], accepted: ReadonlySet<number>): CellText[] {
    const placed = changes.flatMap(({ number, what, state, place }) => ('type' in what ? [{ number, change: what, state, ...(place ? { place } : {}) }] : []));
    return this.proposal.accept(cells, placed, accepted);
  }

  private async cells(): Promise<CellText[]> {
    const open = openNotebook(this.file);
    if (!open) return cellTexts(parseNotebook((await readState(this.file)).bytes?.toString('utf8') ?? ''));
    const ids = cellIds(open);
    return open.getCells().map((cell, index) => ({
      id: ids[index] ?? '',
      kind: cell.kind === vscode.NotebookCellKind.Code ? 'code' : cell.document.languageId === 'raw' ? 'raw' : 'markdown',
      source: cell.document.getText(),
    }));
  }
}

function seenIn(cells: readonly CellText[], id: string): Pick<WaitingChange, 'seen'> {
  const cell = cells.find((one) => one.id === id);
  return cell ? { seen: cell.source } : {};
}
