import { describe, expect, it } from 'vitest';
import { CellProposal, type CellText } from '../../../src/core/edits/cellChanges';
import { randomOf, shuffled } from './random';

const none: ReadonlySet<number> = new Set();
const cell = (id: string, source = `${id} = 1`, kind: CellText['kind'] = 'code'): CellText => ({ id, kind, source });
const ids = (cells: readonly CellText[]): string => cells.map(({ id }) => id).join('');

function versions(seed: number): { base: CellText[]; next: CellText[] } {
  const random = randomOf(seed);
  const names = [...'abcdefgh'].filter(() => random() < 0.7);
  const base = names.map((id) => cell(id, `x = 1\ny = 2\nz = 3\n${id}`));
  const kept = base.filter(() => random() < 0.8).map((one) => (random() < 0.3 ? { ...one, source: one.source.replace('x = 1', 'x = 10').replace('z = 3', random() < 0.5 ? 'z = 30' : 'z = 3') } : random() < 0.1 ? { ...one, kind: 'markdown' as const } : one));
  const moved = random() < 0.5 ? shuffled(kept, random) : kept;
  const next = moved.flatMap((one, i) => (random() < 0.2 ? [cell(`n${i}`), cell(`m${i}`), one] : [one]));
  return { base, next };
}
const seeds = Array.from({ length: 400 }, (_, i) => i + 1);

describe('changes of a notebook', () => {
  it('all accepted give the new version, all rejected the old one', () => {
    for (const seed of seeds) {
      const { base, next } = versions(seed);
      const proposal = new CellProposal(base, next);
      const placed = proposal.place(base, none, none);
      expect(placed.every(({ state }) => state === 'waits'), `seed ${seed}`).toBe(true);
      expect(proposal.accept(base, placed, none), `seed ${seed}`).toEqual(next);
      expect(proposal.accept(base, [], none)).toEqual(base);
    }
  });

  it('accepted one by one in any order give what accepting them at once gives', () => {
    for (const seed of seeds) {
      const { base, next } = versions(seed);
      const proposal = new CellProposal(base, next);
      const random = randomOf(seed + 1000);
      const chosen = shuffled([...proposal.changes.keys()], random).filter(() => random() < 0.7);
      const accepted = new Set<number>();
      let cells = base;
      for (const number of chosen) {
        const placed = proposal.place(cells, accepted, accepted).filter((one) => one.number === number);
        cells = proposal.accept(cells, placed, accepted);
        accepted.add(number);
      }
      const atOnce = proposal.accept(base, proposal.place(base, none, none).filter(({ number }) => accepted.has(number)), none);
      expect(cells, `seed ${seed}`).toEqual(atOnce);
    }
  });

  it('are hunks inside a cell, and one each for an inserted, deleted or moved cell', () => {
    const base = [cell('a', 'x = 1\ny = 2\nz = 3'), cell('b'), cell('c'), cell('d')];
    const next = [cell('d'), cell('a', 'x = 10\ny = 2\nz = 30'), cell('new'), cell('c')];
    const { changes } = new CellProposal(base, next);
    expect(changes.map(({ type, cell: id }) => `${type} ${id}`)).toEqual(['move d', 'text a', 'text a', 'delete b', 'insert new']);
  });

  it('keep cells and places that the person made', () => {
    const base = [cell('a'), cell('b')];
    const next = [cell('a'), cell('new'), cell('b', 'b = 2')];
    const live = [cell('mine'), cell('a', 'a = 1\nmore = 1'), cell('b')];
    const proposal = new CellProposal(base, next);
    const placed = proposal.place(live, none, none);
    expect(placed.map(({ state }) => state)).toEqual(['waits', 'waits']);
    expect(proposal.accept(live, placed, none)).toEqual([cell('mine'), cell('a', 'a = 1\nmore = 1'), cell('new'), cell('b', 'b = 2')]);
  });

  it('conflict with a cell that the person changed or took away', () => {
    const base = [cell('a'), cell('b'), cell('c')];
    const next = [cell('a', 'a = 2'), cell('c', 'c = 2')];
    const proposal = new CellProposal(base, next);
    const placed = proposal.place([cell('a', 'a = 7'), cell('b', 'b = 7')], none, none);
    expect(placed.map(({ change, state }) => `${change.type} ${change.cell} ${state}`)).toEqual(['text a conflict', 'delete b conflict', 'text c conflict']);
    expect(ids(proposal.accept([cell('a', 'a = 7'), cell('b', 'b = 7')], placed, none))).toBe('a');
  });

  it('that are there already are present', () => {
    const base = [cell('a'), cell('b')];
    const next = [cell('a', 'a = 2'), cell('new')];
    expect(new CellProposal(base, next).place(next, none, none).map(({ state }) => state)).toEqual(['present', 'present', 'present']);
  });
});
