import { describe, expect, it } from 'vitest';
import { compareRuns, type RunResult } from '../../../../src/core/standings/compareRuns';
import { result } from '../../../fixtures/standings';

const run = (given: Partial<RunResult>): RunResult => result({ score: 0.5, board: [], boardOf: 'people', feedback: { policy: 'capped', gradedCalls: 3, told: 3, privateRevealedAt: [] }, ...given });
const board = [0.9, 0.8, 0.7, 0.6].map((score, at) => ({ name: `team ${at}`, score }));

describe('comparing runs', () => {
  it('puts the best mean first and says how many the best was chosen from', () => {
    const { competitions } = compareRuns([run({ player: 'a', score: 0.5, seed: 0 }), run({ player: 'a', score: 0.7, seed: 1 }), run({ player: 'a', score: null, seed: 2 }), run({ player: 'b', score: 0.65 })]);
    const [first] = competitions;
    expect(first?.players.map((player) => player.player)).toEqual(['b', 'a']);
    expect(first?.players[1]).toMatchObject({ score: { n: 2, mean: 0.6 }, best: { score: 0.7, of: 3 } });
  });

  it('turns the order round for a metric to minimise', () => {
    const { competitions } = compareRuns([run({ direction: 'minimize', player: 'a', score: 2 }), run({ direction: 'minimize', player: 'b', score: 1 })]);
    expect(competitions[0]?.players.map((player) => player.player)).toEqual(['b', 'a']);
    expect(competitions[0]?.differences).toMatchObject([{ a: 'b', b: 'a', paired: true, difference: { mean: 1 } }]);
  });

  it('pairs equal seeds, and compares means where none are equal', () => {
    const paired = compareRuns([
      run({ player: 'a', seed: 0, score: 0.5 }), run({ player: 'a', seed: 1, score: 0.9 }),
      run({ player: 'b', seed: 1, score: 0.8 }), run({ player: 'b', seed: 0, score: 0.4 }), run({ player: 'b', seed: 9, score: 0.1 }),
    ]).competitions[0]?.differences[0];
    expect(paired).toMatchObject({ a: 'a', b: 'b', paired: true, difference: { n: 2, mean: expect.closeTo(0.1, 12) as number, sem: expect.closeTo(0, 12) as number } });
    const apart = compareRuns([run({ player: 'a', seed: 0, score: 0.5 }), run({ player: 'b', seed: 1, score: 0.4 })]).competitions[0]?.differences[0];
    expect(apart).toMatchObject({ paired: false, difference: { mean: expect.closeTo(0.1, 12) as number } });
  });

  it('leaves out what is not isolated, scored by the player, or goes on, and says so', () => {
    const runs = [run({ isolation: 'none' }), run({ selfScored: true }), run({ ended: false }), run({})];
    const result = compareRuns(runs);
    expect(result.leftOut).toEqual([
      { runId: runs[0]!.runId, why: 'not_isolated' },
      { runId: runs[1]!.runId, why: 'self_scored' },
      { runId: runs[2]!.runId, why: 'not_ended' },
    ]);
    expect(compareRuns(runs, { unisolated: true, selfScored: true }).leftOut).toHaveLength(1);
  });

  it('keeps self-scored runs apart also where they are asked for: by ruler, and out of what is over several competitions', () => {
    const own = (given: Partial<RunResult>): RunResult => run({ competition: 'own', selfScored: true, ruler: 'r1', ...given });
    const runs = [own({ player: 'a', score: 9 }), own({ player: 'b', score: 8 }), own({ player: 'a', score: 1, ruler: 'r2' })];
    const result = compareRuns(runs, { selfScored: true });
    expect(result.competitions.map(({ selfScored, players }) => [selfScored, players.length])).toEqual([[true, 1], [true, 2]]);
    expect([result.profile, result.elo]).toEqual([null, null]);
  });

  it('gives the mean of the gap closed with its error, over runs that have one', () => {
    const gap = (percent: number) => ({ ok: true, percent }) as const;
    const runs = [run({ gap: gap(10) }), run({ gap: gap(30), seed: 1 }), run({ gap: { ok: false, reason: 'no_score' }, score: null, seed: 2 }), run({ seed: 3 })];
    const [player] = compareRuns(runs).competitions[0]?.players ?? [];
    expect(player?.gapClosed).toMatchObject({ n: 2, mean: 20, sem: 10 });
    expect(player?.runs.map(({ gapClosed }) => gapClosed)).toEqual([10, 30, null, null]);
  });

  it('gives medals on a board of people and none among reference solutions', () => {
    const people = compareRuns([run({ score: 0.95, board })]);
    expect(people.competitions[0]?.players[0]?.runs[0]?.place).toMatchObject({ rank: 1, teams: 4, medal: 'gold', aboveMedian: true });
    expect(people.rates.get('offline')?.rates.gold.mean).toBe(100);
    const reference = compareRuns([run({ score: 0.95, board, boardOf: 'reference' })]);
    expect(reference.competitions[0]?.players[0]?.runs[0]?.place).toEqual({ rank: 1, tied: 0, teams: 4, percentile: 100, medal: null, next: null, aboveMedian: null, humanRank: null });
    expect(reference.rates.size).toBe(0);
  });

  it('tells ties, percentile and how far the next medal is', () => {
    const place = (given: Partial<RunResult>) => compareRuns([run({ board, ...given })]).competitions[0]?.players[0]?.runs[0]?.place;
    // Four teams: one gold, one silver, one bronze, all at the first place.
    expect(place({ score: 0.8 })).toMatchObject({ rank: 2, tied: 1, percentile: 62.5, medal: null, next: { medal: 'bronze', distance: expect.closeTo(0.1, 12) as number } });
    expect(place({ score: 0.75, boardOf: 'reference' })).toMatchObject({ rank: 3, tied: 0, percentile: 50, next: { medal: null, entry: 'team 1', distance: expect.closeTo(0.05, 12) as number } });
  });

  it('gives HumanRank in both forms, each a mean over the boards that exist', () => {
    const rank = (given: Partial<RunResult>) => compareRuns([run({ score: 0.8, board, ...given })]).competitions[0]?.players[0]?.runs[0]?.place?.humanRank;
    expect(rank({})).toEqual({ code: 0.75, paper: 0.5 });
    // First on the public board of two.
    expect(rank({ other: { score: 0.99, board: board.slice(0, 2) } })).toEqual({ code: 0.875, paper: 0.5 });
  });

  it('keeps apart what other versions of a competition scored, the newest run first', () => {
    const versions = (runs: readonly Partial<RunResult>[]) => compareRuns(runs.map((given, at) => run({ number: at + 1, ...given }))).competitions.map(({ earlier, players }) => [earlier, players.flatMap((player) => player.runs.map(({ number }) => number))]);
    expect(versions([{ ruler: 'a' }, { ruler: 'b' }, { ruler: 'a' }])).toEqual([[false, [1, 3]], [true, [2]]]);
    expect(versions([{ scoring: 'a' }, { scoring: 'b' }])).toEqual([[false, [2]], [true, [1]]]);
    expect(versions([{ metricLabel: 'RMSE', direction: 'minimize' }, {}])).toEqual([[false, [2]], [true, [1]]]);
    expect(versions([{}, {}])).toEqual([[false, [1, 2]]]);
  });

  it('counts a competition once over several: by its newest version', () => {
    const runs = [run({ number: 1, player: 'a', score: 0.1, ruler: 'old' }), run({ number: 2, player: 'b', score: 0.9, ruler: 'old' }), run({ number: 3, player: 'a', score: 0.8, ruler: 'new' }), run({ number: 4, player: 'b', score: 0.4, ruler: 'new' })];
    const { profile, competitions } = compareRuns(runs);
    expect(competitions.map(({ earlier }) => earlier)).toEqual([false, true]);
    expect(profile?.tasks).toEqual(['penguins']);
    expect(profile?.areas.get('a')).toBeGreaterThan(profile?.areas.get('b') ?? Infinity);
  });

  it('compares players over competitions only where there are several', () => {
    expect(compareRuns([run({})])).toMatchObject({ profile: null, elo: null });
    const two = compareRuns([run({ player: 'a', score: 0.5 }), run({ player: 'b', score: 0.4 }), run({ competition: 'digits', player: 'a', score: 0.4 }), run({ competition: 'digits', player: 'b', score: 0.5 })]);
    expect(two.elo).toMatchObject({ ok: true });
    expect(two.profile?.tasks).toEqual(['penguins', 'digits']);
  });
});
