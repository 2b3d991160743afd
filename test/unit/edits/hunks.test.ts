import { describe, expect, it } from 'vitest';
import { acceptPlaced, applyHunks, hunksOf, placeHunks } from '../../../src/core/edits/hunks';
import { changedBlocks, linesOf, replaceLines } from '../../../src/core/edits/lines';
import { randomOf, shuffled } from './random';

const none: ReadonlySet<number> = new Set();
const all = (count: number): ReadonlySet<number> => new Set(Array.from({ length: count }, (_, i) => i));

/** Two versions of a text: few different lines, so that alignment is ambiguous as in real code. */
function versions(seed: number): { base: string; next: string } {
  const random = randomOf(seed);
  const lineEnd = random() < 0.3 ? '\r\n' : '\n';
  const words = ['a', 'b', 'c', '', '    return x'];
  const pick = (): string => words[Math.floor(random() * words.length)] ?? '';
  const base = Array.from({ length: Math.floor(random() * 14) }, pick);
  const next = base.flatMap((line) => {
    const chance = random();
    if (chance < 0.15) return [];
    if (chance < 0.3) return [`${line}!`];
    return chance < 0.4 ? [line, pick(), pick()] : [line];
  });
  const text = (lines: readonly string[]): string => lines.join(lineEnd) + (random() < 0.6 && lines.length > 0 ? lineEnd : '');
  return { base: text(base), next: text(next) };
}
const seeds = Array.from({ length: 400 }, (_, i) => i + 1);

describe('hunks', () => {
  it('all accepted give the new version, all rejected the old one, whatever the line ends', () => {
    for (const seed of seeds) {
      const { base, next } = versions(seed);
      const hunks = hunksOf(base, next);
      expect(applyHunks(base, hunks, none)).toBe(base);
      // A text of one line has no line end to go by.
      const expected = /[\r\n]/.test(base) ? next : next.replaceAll('\r\n', '\n');
      expect(applyHunks(base, hunks, all(hunks.length)), `seed ${seed}`).toBe(expected);
    }
  });

  it('accepted one by one in any order give what accepting them at once gives', () => {
    for (const seed of seeds) {
      const { base, next } = versions(seed);
      const hunks = hunksOf(base, next);
      const random = randomOf(seed + 1000);
      const chosen = shuffled([...hunks.keys()], random).filter(() => random() < 0.7);
      let text = base;
      const accepted = new Set<number>();
      for (const number of chosen) {
        const [placement] = placeHunks(base, hunks, accepted, accepted, text).filter(({ hunk }) => hunk === number);
        expect(placement?.state, `seed ${seed}`).toBe('waits');
        if (placement) text = acceptPlaced(text, [placement]);
        accepted.add(number);
      }
      expect(text, `seed ${seed}`).toBe(applyHunks(base, hunks, accepted));
    }
  });

  it('in a text with changes of its own either wait where their lines are, or are a conflict', () => {
    for (const seed of seeds) {
      const { base, next } = versions(seed);
      const hunks = hunksOf(base, next);
      const random = randomOf(seed + 2000);
      const mine = linesOf(base).flatMap((line) => (random() < 0.15 ? [`mine ${random()}`, line] : random() < 0.1 ? [`${line} mine`] : [line])).join('\n');
      for (const { hunk, state, start, end, lines } of placeHunks(base, hunks, none, none, mine)) {
        const removed = hunks[hunk]?.removed ?? [];
        if (state === 'waits') expect(linesOf(mine).slice(start, end)).toEqual(removed);
        // What the person wrote anywhere else stays, also after a conflict was answered with the agent's version.
        const outside = [...linesOf(mine).slice(0, start), ...linesOf(mine).slice(end)].filter((line) => line.includes('mine'));
        const result = acceptPlaced(mine, [{ hunk, state, start, end, lines }]);
        for (const line of outside) expect(linesOf(result)).toContain(line);
      }
    }
  });

  const base = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n';
  const next = base.replace('two\n', 'TWO\n').replace('seven\n', 'SEVEN\nand a half\n');

  it('are what a person would call the changes', () => {
    expect(hunksOf(base, next)).toEqual([
      { start: 1, removed: ['two'], added: ['TWO'] },
      { start: 6, removed: ['seven'], added: ['SEVEN', 'and a half'] },
    ]);
  });

  it('with only blank lines between them are one', () => {
    expect(hunksOf('a\n\nb\nc\n', 'A\n\nB\nc\n')).toEqual([{ start: 0, removed: ['a', '', 'b'], added: ['A', '', 'B'] }]);
  });

  it('of a new file, of an emptied one, and of a missing line end at the end', () => {
    expect(hunksOf('', 'a\nb\n')).toEqual([{ start: 0, removed: [], added: ['a', 'b'] }]);
    expect(hunksOf('a\nb\n', '')).toEqual([{ start: 0, removed: ['a', 'b'], added: [] }]);
    expect(hunksOf('a', 'a\n')).toEqual([{ start: 1, removed: [], added: [''] }]);
    expect(applyHunks('a', hunksOf('a', 'a\n'), all(1))).toBe('a\n');
    expect(applyHunks('a\n', hunksOf('a\n', 'a'), all(1))).toBe('a');
    expect(hunksOf('a\r\nb\r\n', 'a\nb\n')).toEqual([]);
  });

  it('move with lines that the person writes elsewhere', () => {
    const mine = base.replace('four\n', 'four\nmine\n');
    const placed = placeHunks(base, hunksOf(base, next), none, none, mine);
    expect(placed.map(({ state, start, end }) => [state, start, end])).toEqual([['waits', 1, 2], ['waits', 7, 8]]);
    expect(acceptPlaced(mine, placed)).toBe(next.replace('four\n', 'four\nmine\n'));
  });

  it('conflict where the person changed the same line or one beside it, and the others still wait', () => {
    for (const mine of [base.replace('two', 'mine'), base.replace('three', 'mine')]) {
      const placed = placeHunks(base, hunksOf(base, next), none, none, mine);
      expect(placed.map(({ state }) => state)).toEqual(['conflict', 'waits']);
      // Answered with the agent's version, the place reads as the agent had it.
      expect(acceptPlaced(mine, placed)).toBe(next);
    }
  });

  it('that the text has already are present and change nothing', () => {
    const placed = placeHunks(base, hunksOf(base, next), none, none, next);
    expect(placed.map(({ state }) => state)).toEqual(['present', 'present']);
    expect(acceptPlaced(next, placed)).toBe(next);
  });

  it('of a file that appeared meanwhile are one conflict, never an overwrite', () => {
    const placed = placeHunks('', hunksOf('', 'theirs\n'), none, none, 'mine\n');
    expect(placed).toEqual([{ hunk: 0, state: 'conflict', start: 0, end: 1, lines: ['theirs'] }]);
  });

  it('keep the line ends of the text, mixed ones too', () => {
    const mixed = 'one\r\ntwo\nthree\r\n';
    expect(applyHunks(mixed, hunksOf(mixed, 'one\r\ntwo\nTHREE\nfour\n'), all(1))).toBe('one\r\ntwo\nTHREE\r\nfour\r\n');
  });

  it('of two long texts without a common line are one change, quickly enough to be shown', () => {
    const [a, b] = ['a', 'b'].map((name) => Array.from({ length: 20_000 }, (_, i) => `${name} ${i}`));
    expect(changedBlocks(a ?? [], b ?? [])).toEqual([{ start: 0, end: 20_000, from: 0, to: 20_000 }]);
  });
});

describe('replaceLines', () => {
  it.each([
    ['a\nb\nc', 3, 3, ['d'], 'a\nb\nc\nd'],
    ['a\nb\nc', 2, 3, [], 'a\nb'],
    ['a\nb\n', 2, 3, [], 'a\nb'],
    ['', 0, 0, ['x'], 'x\n'],
    ['', 0, 1, ['x'], 'x'],
  ] as const)('of %j, lines %d to %d by %j gives %j', (text, start, end, lines, expected) => {
    expect(replaceLines(text, start, end, lines)).toBe(expected);
  });
});
