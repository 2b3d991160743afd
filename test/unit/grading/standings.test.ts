import { describe, expect, it } from 'vitest';
import { checkBoard, readBoardScores } from '../../../src/core/grading/boardHealth';
import {
  averageHumanRank, boardThresholds, gapClosed, medalPlaces, mleBenchResult, referenceStanding, standing,
} from '../../../src/core/grading/standings';
import { bytes } from './helpers';

const countDown = (n: number): number[] => Array.from({ length: n }, (_, i) => n - i);

describe('standing', () => {
  it.each([
    [1, 1, 1, 1], [4, 1, 1, 1], [9, 1, 1, 3], [10, 1, 2, 4], [99, 9, 19, 39], [100, 10, 20, 40], [249, 10, 49, 99],
    [250, 10, 50, 100], [999, 11, 50, 100], [1000, 12, 50, 100], [3219, 16, 160, 321],
  ])('%d teams: places %d, %d, %d', (n, gold, silver, bronze) => expect(medalPlaces(n)).toEqual({ gold, silver, bronze }));

  it('shares the best place among ties', () => {
    expect(standing(0.8, [0.9, 0.8, 0.8, 0.7], 'maximize')).toMatchObject({ rank: 2, tied: 2, teams: 4, percentile: 50 });
    expect(standing(0.8, [0.9, 0.8, 0.8, 0.7], 'minimize')).toMatchObject({ rank: 2, tied: 2, percentile: 50 });
    expect(standing(0.1, [0.9, 0.8], 'maximize')).toMatchObject({ rank: 3, percentile: 0, humanRank: { code: 0, paper: 0 } });
    expect(standing(1, [0.9, 0.8], 'maximize')).toMatchObject({ rank: 1, percentile: 100, humanRank: { code: 1, paper: 0.5 } });
  });

  it('gives the best medal and the distance to the next', () => {
    const board = countDown(100);
    expect(standing(91, board, 'maximize')).toMatchObject({ medal: 'gold', next: null });
    expect(standing(90.5, board, 'maximize')).toMatchObject({ medal: 'silver', next: { medal: 'gold', distance: 0.5 } });
    expect(standing(61, board, 'maximize')).toMatchObject({ medal: 'bronze', next: { medal: 'silver', distance: 20 } });
    expect(standing(60, board, 'maximize')).toMatchObject({ medal: null, next: { medal: 'bronze', distance: 1 } });
    expect(standing(10, board, 'minimize')).toMatchObject({ medal: 'gold', next: null });
  });

  it('takes the mean of the two middle scores and is strict about it', () => {
    expect(boardThresholds([4, 1, 3, 2], 'maximize').median).toBe(2.5);
    expect(standing(2.5, [4, 3, 2, 1], 'maximize').aboveMedian).toBe(false);
    expect(standing(2.4, [1, 2, 3, 4], 'minimize').aboveMedian).toBe(true);
  });

  it('has nothing without a score', () => {
    for (const score of [null, NaN, Infinity]) {
      expect(standing(score, [1, 2], 'maximize')).toMatchObject({ rank: null, medal: null, next: null, aboveMedian: false, humanRank: null });
      expect(mleBenchResult(score, [1, 2])).toEqual({ medal: null, aboveMedian: false });
    }
  });

  it('averages HumanRank over the boards that exist', () => {
    expect(averageHumanRank([{ code: 1, paper: 0.5 }, null, { code: 0.5, paper: 0 }])).toEqual({ code: 0.75, paper: 0.25 });
    expect(averageHumanRank([null])).toBeNull();
  });

  it('rounds as MLE-bench does and infers its direction', () => {
    const board = [0.123456, 0.1, 0.09, 0.08];
    expect(standing(0.123456, board, 'maximize').medal).toBe('gold');
    expect(mleBenchResult(0.123456, board).medal).toBe('gold');
    expect(mleBenchResult(0.123454, [0.123454, 0.1]).medal).toBeNull();
    expect(mleBenchResult(0.05, [0.1, 0.2, 0.3]).medal).toBe('gold');
    // Half to even on score · 10⁵: 0.5 goes down to 0, 1.5 up to 2.
    expect(mleBenchResult(0.000005, [0.00001, 0.000001]).medal).toBeNull();
    expect(mleBenchResult(0.000015, [0.00002, 0.000001]).medal).toBe('gold');
  });

  it('tells position and distance among reference solutions only', () => {
    const board = [{ name: 'forest', score: 0.9 }, { name: 'constant', score: 0.5 }, { name: 'linear', score: 0.8 }];
    expect(referenceStanding(0.7, board, 'maximize')).toMatchObject({ rank: 3, teams: 3, medal: null, next: { entry: 'linear', medal: null } });
    expect(referenceStanding(0.95, board, 'maximize')).toMatchObject({ rank: 1, next: null });
  });

  it('closes a gap in both directions', () => {
    expect(gapClosed(0.75, 0.5, 1, 'maximize')).toEqual({ ok: true, percent: 50 });
    expect(gapClosed(2, 4, 3, 'minimize')).toEqual({ ok: true, percent: 200 });
    expect(gapClosed(5, 4, 3, 'minimize')).toEqual({ ok: true, percent: -100 });
    expect(gapClosed(NaN, 4, 3, 'minimize')).toEqual({ ok: false, reason: 'no_score' });
    expect(gapClosed(1, 4, null, 'minimize')).toEqual({ ok: false, reason: 'no_score' });
    expect(gapClosed(1, 4, 4, 'minimize')).toEqual({ ok: false, reason: 'no_gap' });
    expect(gapClosed(1, 4, 5, 'minimize')).toEqual({ ok: false, reason: 'human_not_better' });
  });
});

describe('health of a board', () => {
  const read = (text: string, more: object = {}) => readBoardScores(bytes(text), { direction: 'maximize', ...more });
  it.each([
    ['lfs_pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 3\n'], ['empty', ''], ['empty', 'score\n'],
    ['no_score_column', 'name,points\na,1\n'], ['not_numeric', 'score\n1\nn/a\n'], ['not_numeric', 'score\n1\ninf\n'],
  ])('%s is an error', (code, text) => {
    const board = read(text);
    expect(board.scores).toEqual([]);
    expect(board.findings).toMatchObject([{ code, severity: 'error' }]);
  });

  const found = (scores: readonly number[], more: object = {}) => checkBoard(scores, { direction: 'maximize', ...more }).map((f) => f.code);
  it('warns', () => {
    expect(found([3, 2, 1])).toEqual([]);
    expect(found([0, 0])).toEqual(['all_zero']);
    expect(found([2, 2])).toEqual(['constant']);
    expect(found([3, 2, 1], { teams: 4 })).toEqual(['truncated']);
    expect(found([9, 8, 7, 6, 5, 4, 3, 2, 1], { teams: 10 })).toEqual([]);
    expect(found([1, 2, 3])).toEqual(['opposite_order']);
    expect(found([1, 3, 2])).toEqual(['unsorted']);
    expect(found([999999, 3, 2])).toEqual(['sentinel']);
    expect(found([999, 3, 2])).toEqual([]);
    expect(found([84, 0.3, 0.2], { range: [0, 1] })).toEqual(['out_of_range']);
    expect(found([...Array<number>(20).fill(1), ...Array<number>(80).fill(0)])).toEqual(['crowded']);
  });
});
