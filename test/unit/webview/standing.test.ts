import { describe, expect, it } from 'vitest';
import type { AttemptView } from '../../../src/protocol/panel';
import { intervalScale } from '../../../webview/runPanel/attempts/interval';
import { defaultSorting, nextSorting, orderAttempts } from '../../../webview/runPanel/attempts/order';
import { boardRows, gapOf, shownRows, standingAmong, standingOf, statusWords } from '../../../webview/shared/standing';
import { penguinsRun } from '../../fixtures/runView';

const run = penguinsRun();
const attempt = (id: number): AttemptView => {
  const found = run.attempts.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no attempt ${id}`);
  return found;
};
const ids = (attempts: readonly AttemptView[]): number[] => attempts.map(({ id }) => id);

describe('standing', () => {
  it('counts the entries that are better, and says how far the next is', () => {
    expect(standingOf(run)).toEqual({ place: 4, of: 13, next: { place: 3, score: 0.9191, distance: expect.closeTo(0.0061, 6), withinNoise: true } });
  });

  it('turns with the direction and shares the place of tied entries', () => {
    const board = [1, 2, 2, 5].map((score) => ({ name: `entry ${score}`, score }));
    const best = { attempt: 1, public: { score: 3, se: 0.1 }, place: null };
    const standing = standingOf({ ...run, best, competition: { ...run.competition, direction: 'minimize', board } });
    expect(standing).toEqual({ place: 4, of: 5, next: { place: 2, score: 2, distance: 1, withinNoise: false } });
  });

  it('has no next entry at the top and nothing without a score or a board', () => {
    const best = { attempt: 1, public: { score: 0.99, se: null }, place: 1 };
    expect(standingOf({ ...run, best })).toEqual({ place: 1, of: 13, next: null });
    expect(standingOf({ ...run, best: null })).toBeNull();
    expect(standingOf({ ...run, competition: { ...run.competition, board: [] } })).toBeNull();
  });
});

describe('standing over the same rows', () => {
  const board = [{ name: 'a', score: 0.95, public: 0.9, private: 1 }, { name: 'b', score: 0.9, public: 0.92, private: 0.88 }];
  const compared = { ...run, competition: { ...run.competition, board } };

  it('compares public with public and private with private', () => {
    expect(standingOf({ ...compared, best: { attempt: 11, public: { score: 0.91, se: 0.03 }, place: null } })).toMatchObject({ place: 2, next: { score: 0.92 } });
    expect(standingAmong(compared, 'private', { score: 0.89, se: null })).toMatchObject({ place: 2, of: 3, next: { score: 1, withinNoise: false } });
    expect(standingAmong(compared, 'private', { score: 1.01, se: null })).toMatchObject({ place: 1, next: null });
  });
});

describe('leaderboard', () => {
  it('inserts the own entry in its place', () => {
    const rows = boardRows(run.competition.board, 'maximize', { name: 'This run', score: 0.913 });
    expect(rows.map((row) => row.place).slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(rows[3]).toMatchObject({ name: 'This run', own: true });
    expect(shownRows(rows)).toHaveLength(5);
  });

  it('shows the top and the own neighbourhood when the own entry is far down', () => {
    const rows = boardRows(run.competition.board, 'maximize', { name: 'This run', score: 0.82 });
    expect(shownRows(rows).map((row) => row.place)).toEqual([1, 2, 3, 10, 11, 12]);
  });
});

const settled = run.attempts.filter((one) => one.status !== 'running');

describe('status', () => {
  it('marks the best, a tie, a failure, what runs, and keeps quiet otherwise', () => {
    const words = (id: number): string => `${statusWords(attempt(id), 11).kind}: ${statusWords(attempt(id), 11).text}`;
    expect([11, 12, 13, 14, 9, 8].map(words)).toEqual([
      'best: Best', 'tie: Tie with #11', 'failed: ValueError', 'running: Fold 3 of 5', 'quiet: Valid', 'quiet: No gain',
    ]);
  });
});

describe('sorting', () => {
  it('puts the best public score first, rows without a score last', () => {
    expect(ids(orderAttempts(settled, defaultSorting('maximize')))).toEqual([11, 12, 9, 7, 6, 8, 10, 4, 5, 2, 1, 13, 3]);
    expect(ids(orderAttempts(settled, defaultSorting('minimize'))).slice(0, 2)).toEqual([1, 2]);
  });

  it('turns round on the same column and starts with what is looked for on another', () => {
    const byId = nextSorting(defaultSorting('maximize'), 'id', 'maximize');
    expect(byId).toEqual({ key: 'id', descending: true });
    expect(nextSorting(byId, 'id', 'maximize')).toEqual({ key: 'id', descending: false });
    expect(nextSorting(byId, 'claim', 'minimize')).toEqual({ key: 'claim', descending: false });
    expect(nextSorting(byId, 'plan', 'maximize')).toEqual({ key: 'plan', descending: false });
  });

  it('keeps rows without a value last in both directions', () => {
    for (const descending of [true, false]) {
      expect(ids(orderAttempts(settled, { key: 'change', descending })).slice(-7).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 13].concat(descending ? 8 : 10).sort((a, b) => a - b));
    }
  });
});

describe('interval column', () => {
  it('has one scale that keeps the typical change inside and clips a lone giant', () => {
    const changes = [0.01, 0.012, 0.008, 0.011, -0.002, 0.7].map((value) => ({ value, se: 0.003 }));
    const scale = intervalScale(changes);
    expect(scale * 0.015).toBeGreaterThan(10);
    expect(24 + scale * 0.7).toBeGreaterThan(80);
    expect(intervalScale([])).toBe(1);
  });
});

describe('gap', () => {
  it('is positive when the private score is better, whatever the direction', () => {
    expect(gapOf({ score: 0.9, se: 0.02 }, { score: 0.88, se: 0.02 }, 'maximize')).toEqual({ value: expect.closeTo(-0.02, 9), withinNoise: true });
    expect(gapOf({ score: 2.5, se: 0.1 }, { score: 2.0, se: 0.1 }, 'minimize')).toEqual({ value: 0.5, withinNoise: false });
    expect(gapOf({ score: 2.5, se: null }, { score: 2.0, se: 0.1 }, 'minimize').withinNoise).toBeNull();
  });
});
