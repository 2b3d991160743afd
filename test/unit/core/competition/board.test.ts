import { describe, expect, it } from 'vitest';
import { readBoard } from '../../../../src/core/competition/board';
import { boardOver } from '../../../../src/core/competition/boardPart';

const read = (text: string) => readBoard(new TextEncoder().encode(text));

describe('board file', () => {
  it('reads names and scores over all, public and private rows', () => {
    const result = read('name,score,public,private\nforest,0.5,0.6,0.4\nlinear,0.4,,0.45\n');
    expect(result).toEqual({
      ok: true,
      entries: [{ name: 'forest', score: 0.5, public: 0.6, private: 0.4 }, { name: 'linear', score: 0.4, private: 0.45 }],
    });
  });

  it('needs no more than a score', () => {
    expect(read('score\n0.5\n')).toEqual({ ok: true, entries: [{ name: 'Entry 1', score: 0.5 }] });
  });

  it('knows what git-LFS puts in the place of a board', () => {
    expect(read('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n')).toMatchObject({ ok: false, message: expect.stringContaining('git-LFS pointer') });
  });

  it('says which score of which row is no number', () => {
    expect(read('name,score,public\na,0.5,0.4\nb,0.4,high\n')).toEqual({ ok: false, message: 'Row 2 of the board has no finite number as its public score.' });
    expect(read('name,score\na,\n')).toMatchObject({ ok: false, message: 'Row 1 of the board has no finite number as its score.' });
  });
});

describe('board over a part of the rows', () => {
  const board = [{ name: 'a', score: 0.5, public: 0.6, private: 0.4 }, { name: 'b', score: 0.45, public: 0.3, private: 0.6 }];

  it('has the scores over those rows', () => {
    expect(boardOver(board, 'public').map((entry) => entry.score)).toEqual([0.6, 0.3]);
    expect(boardOver(board, 'private').map((entry) => entry.score)).toEqual([0.4, 0.6]);
  });

  it('leaves out entries without the part', () => {
    const mixed = [...board, { name: 'c', score: 0.2, private: 0.2 }];
    expect(boardOver(mixed, 'public').map((entry) => entry.name)).toEqual(['a', 'b']);
    expect(boardOver(mixed, 'private').map((entry) => entry.score)).toEqual([0.4, 0.6, 0.2]);
  });

  it('is the whole board as it is when no entry has parts', () => {
    const plain = [{ name: 'a', score: 0.5 }];
    expect(boardOver(plain, 'public')).toBe(plain);
  });
});
