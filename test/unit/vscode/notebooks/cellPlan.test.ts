import { describe, expect, it } from 'vitest';
import { planCellEdits, type CellEdit, type PlanCell } from '../../../../src/vscode/notebooks/cellPlan';

const cell = (id: string | undefined, source = id ?? '', outputs = ''): PlanCell => ({ id, kind: 'code', language: 'python', source, outputs });

/** Applies edits as the editor does, one after the other. */
function apply(current: readonly PlanCell[], next: readonly PlanCell[], edits: readonly CellEdit[]): PlanCell[] {
  const cells = [...current];
  for (const edit of edits) {
    if (edit.type === 'delete') cells.splice(edit.index, edit.count);
    else if (edit.type === 'insert') cells.splice(edit.index, 0, ...edit.targets.flatMap((target) => next[target] ?? []));
    else cells.splice(edit.index, 1, ...(next[edit.target] ? [next[edit.target] as PlanCell] : []));
  }
  return cells;
}

describe('planCellEdits', () => {
  it('changes nothing when nothing differs', () => {
    expect(planCellEdits([cell('a'), cell('b')], [cell('a'), cell('b')])).toEqual([]);
  });

  it('replaces only the text of a cell whose text differs', () => {
    expect(planCellEdits([cell('a'), cell('b', 'x')], [cell('a'), cell('b', 'y')])).toEqual([{ type: 'source', index: 1, target: 1 }]);
  });

  it('replaces a cell whose outputs differ', () => {
    expect(planCellEdits([cell('a', 'x', '1')], [cell('a', 'x', '2')])).toEqual([{ type: 'replace', index: 0, target: 0 }]);
  });

  it('matches cells without ids by their text', () => {
    expect(planCellEdits([cell(undefined, 'x'), cell(undefined, 'z')], [cell(undefined, 'x'), cell(undefined, 'y'), cell(undefined, 'z')])).toEqual([
      { type: 'insert', index: 1, targets: [1] },
    ]);
  });

  it('leads from any notebook to any other', () => {
    // A small generator with a fixed seed: many shapes, the same ones at every run.
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    for (let round = 0; round < 300; round++) {
      const notebook = (): PlanCell[] => {
        const ids = ['a', 'b', 'c', 'd', 'e', 'f'].filter(() => random(3) > 0).sort(() => random(3) - 1);
        return ids.map((id) => cell(id, `${id}${random(2)}`, random(4) === 0 ? 'out' : ''));
      };
      const [current, next] = [notebook(), notebook()];
      expect(apply(current, next, planCellEdits(current, next))).toEqual(next);
    }
  });
});
