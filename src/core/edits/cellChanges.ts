import type { CellKind, Notebook } from '../notebook/notebook';
import { acceptPlaced, hunksOf, placeHunks, type Hunk, type Placement } from './hunks';

/** What a review needs of a cell. Outputs and metadata are no subject of it. */
export interface CellText {
  readonly id: string;
  readonly kind: CellKind;
  readonly source: string;
}

/** The cells of a notebook, with line ends as editors have them. */
export const cellTexts = (notebook: Notebook): CellText[] => notebook.cells.map(({ id, kind, source }) => ({ id, kind, source }));

/** One change of a notebook. */
export type CellChange =
  | { readonly type: 'text'; readonly cell: string; /** Number among the hunks of its cell. */ readonly of: number; readonly hunk: Hunk }
  | { readonly type: 'insert'; readonly cell: string; readonly to: CellText }
  | { readonly type: 'delete'; readonly cell: string; readonly from: CellText }
  | { readonly type: 'move'; readonly cell: string }
  /** Another kind of cell under the same id. */
  | { readonly type: 'replace'; readonly cell: string; readonly from: CellText; readonly to: CellText };

/** `place`: where the change stands in its cell, for `text` only. */
export interface PlacedChange {
  readonly number: number;
  readonly change: CellChange;
  readonly state: Placement['state'];
  readonly place?: Placement;
}

/**
 * The changes that lead from one list of cells to another, in the order of the new list; a deleted
 * cell stands where it was. Cells are known by their ids. The same lists give the same changes.
 */
export class CellProposal {
  readonly changes: readonly CellChange[];
  private readonly hunks = new Map<string, readonly Hunk[]>();
  /** Cells that keep their order: what is inserted or moved is placed after one of them. */
  private readonly steady: ReadonlySet<string>;
  private readonly order: readonly string[];

  constructor(
    private readonly base: readonly CellText[],
    next: readonly CellText[],
  ) {
    this.order = next.map(({ id }) => id);
    this.steady = steadyCells(base.map(({ id }) => id), this.order);
    const before = new Map(base.map((cell) => [cell.id, cell]));
    const after = new Set(this.order);
    const goneAfter = new Map<string | undefined, CellText[]>();
    let anchor: string | undefined;
    for (const cell of base) {
      if (this.steady.has(cell.id)) anchor = cell.id;
      else if (!after.has(cell.id)) goneAfter.set(anchor, [...(goneAfter.get(anchor) ?? []), cell]);
    }
    const gone = (id: string | undefined): CellChange[] => (goneAfter.get(id) ?? []).map((from) => ({ type: 'delete', cell: from.id, from }));
    this.changes = [...gone(undefined), ...next.flatMap((cell) => [...this.changesOf(before.get(cell.id), cell), ...gone(cell.id)])];
  }

  private changesOf(from: CellText | undefined, to: CellText): CellChange[] {
    const cell = to.id;
    if (!from) return [{ type: 'insert', cell, to }];
    const moved: CellChange[] = this.steady.has(cell) ? [] : [{ type: 'move', cell }];
    if (from.kind !== to.kind) return [...moved, { type: 'replace', cell, from, to }];
    const hunks = hunksOf(from.source, to.source);
    if (hunks.length > 0) this.hunks.set(cell, hunks);
    return [...moved, ...hunks.map((hunk, of): CellChange => ({ type: 'text', cell, of, hunk }))];
  }

  /**
   * How the changes that are not decided stand to the cells as they are now. A cell that somebody
   * changed or took away makes a conflict of what would be written over it.
   */
  place(live: readonly CellText[], accepted: ReadonlySet<number>, decided: ReadonlySet<number>): PlacedChange[] {
    const cells = new Map(live.map((cell) => [cell.id, cell]));
    const texts = new Map<string, Map<number, Placement>>();
    return this.changes.flatMap((change, number): PlacedChange[] => {
      if (decided.has(number)) return [];
      const cell = cells.get(change.cell);
      if (change.type !== 'text') return [{ number, change, state: stateOf(change, cell) }];
      if (!cell) return [{ number, change, state: 'conflict' }];
      let places = texts.get(change.cell);
      if (!places) texts.set(change.cell, (places = this.placeIn(cell, accepted, decided)));
      const place = places.get(change.of);
      return place ? [{ number, change, state: place.state, place }] : [];
    });
  }

  private placeIn(cell: CellText, accepted: ReadonlySet<number>, decided: ReadonlySet<number>): Map<number, Placement> {
    const base = this.base.find(({ id }) => id === cell.id)?.source ?? '';
    const within = (numbers: ReadonlySet<number>): Set<number> =>
      new Set([...numbers].flatMap((number) => {
        const change = this.changes[number];
        return change?.type === 'text' && change.cell === cell.id ? [change.of] : [];
      }));
    const placements = placeHunks(base, this.hunks.get(cell.id) ?? [], within(accepted), within(decided), cell.source);
    return new Map(placements.map((placement) => [placement.hunk, placement]));
  }

  /** The cells with the given changes, which a call of `place` with the same `accepted` has found. In any order the result is the same. */
  accept(live: readonly CellText[], chosen: readonly PlacedChange[], accepted: ReadonlySet<number>): CellText[] {
    const taken = new Set(accepted);
    let cells = [...live];
    for (const { number, change, state } of [...chosen].sort((a, b) => a.number - b.number)) {
      if (state !== 'present' && change.type !== 'text') cells = this.acceptOne(cells, change, taken);
      taken.add(number);
    }
    const edited = new Set(chosen.flatMap(({ change }) => (change.type === 'text' ? [change.cell] : [])));
    return cells.map((cell) => {
      if (!edited.has(cell.id)) return cell;
      const places = chosen.flatMap(({ change, place }) => (change.cell === cell.id && place ? [place] : []));
      return { ...cell, source: acceptPlaced(cell.source, places) };
    });
  }

  private acceptOne(cells: readonly CellText[], change: Exclude<CellChange, { type: 'text' }>, accepted: ReadonlySet<number>): CellText[] {
    const others = cells.filter(({ id }) => id !== change.cell);
    const there = cells.find(({ id }) => id === change.cell);
    switch (change.type) {
      case 'delete':
        return others;
      case 'replace':
        return there ? cells.map((cell) => (cell === there ? change.to : cell)) : others.toSpliced(this.placeOf(change.cell, others, accepted), 0, change.to);
      case 'insert':
        return others.toSpliced(this.placeOf(change.cell, others, accepted), 0, change.to);
      case 'move':
        return there ? others.toSpliced(this.placeOf(change.cell, others, accepted), 0, there) : others;
    }
  }

  /** After the nearest cell before it, in the new order, that already has its final place. */
  private placeOf(id: string, cells: readonly CellText[], accepted: ReadonlySet<number>): number {
    const settled = new Set(this.steady);
    for (const number of accepted) {
      const change = this.changes[number];
      if (change?.type === 'insert' || change?.type === 'move') settled.add(change.cell);
    }
    for (let at = this.order.indexOf(id) - 1; at >= 0; at--) {
      const before = this.order[at];
      const index = before !== undefined && settled.has(before) ? cells.findIndex((cell) => cell.id === before) : -1;
      if (index >= 0) return index + 1;
    }
    return 0;
  }
}

function stateOf(change: Exclude<CellChange, { type: 'text' }>, cell: CellText | undefined): Placement['state'] {
  const sameLines = (a: string, b: string): boolean => hunksOf(a, b).length === 0;
  switch (change.type) {
    case 'insert':
      return cell ? 'present' : 'waits';
    case 'delete':
      return !cell ? 'present' : sameLines(cell.source, change.from.source) ? 'waits' : 'conflict';
    case 'move':
      return cell ? 'waits' : 'present';
    case 'replace':
      if (cell?.kind === change.to.kind && sameLines(cell.source, change.to.source)) return 'present';
      return cell && sameLines(cell.source, change.from.source) ? 'waits' : 'conflict';
  }
}

/** Ids in both lists that are in the same order in both: the longest such sequence. */
function steadyCells(before: readonly string[], after: readonly string[]): ReadonlySet<string> {
  const place = new Map(before.map((id, index) => [id, index]));
  const common = after.filter((id) => place.has(id));
  const lengths: number[] = [];
  const previous: number[] = [];
  let last = -1;
  for (let i = 0; i < common.length; i++) {
    lengths[i] = 1;
    previous[i] = -1;
    for (let j = 0; j < i; j++) {
      const [a, b] = [place.get(common[j] ?? '') ?? 0, place.get(common[i] ?? '') ?? 0];
      if (a < b && (lengths[j] ?? 0) + 1 > (lengths[i] ?? 0)) {
        lengths[i] = (lengths[j] ?? 0) + 1;
        previous[i] = j;
      }
    }
    if (last < 0 || (lengths[i] ?? 0) > (lengths[last] ?? 0)) last = i;
  }
  const steady = new Set<string>();
  for (let i = last; i >= 0; i = previous[i] ?? -1) steady.add(common[i] ?? '');
  return steady;
}
