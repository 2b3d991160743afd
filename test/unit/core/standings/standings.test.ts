import { describe, expect, it } from 'vitest';
import { elo } from '../../../../src/core/standings/elo';
import { performanceProfile } from '../../../../src/core/standings/performanceProfile';
import type { TaskResults } from '../../../../src/core/standings/playerResults';
import { ratesOverSeeds, type BoardOutcome } from '../../../../src/core/standings/rates';
import { spreadOf } from '../../../../src/core/standings/spread';

const task = (name: string, scores: Record<string, number | null>, direction: 'maximize' | 'minimize' = 'maximize'): TaskResults => ({ task: name, direction, scores: new Map(Object.entries(scores)) });

describe('spread', () => {
  it('has n − 1 in the variance and no error for one value', () => {
    expect(spreadOf([1, 2, 3, 4])).toEqual({ n: 4, mean: 2.5, sem: expect.closeTo(Math.sqrt(5 / 3 / 4), 12) as number, interval: [expect.closeTo(2.5 - 1.96 * Math.sqrt(5 / 12), 12), expect.closeTo(2.5 + 1.96 * Math.sqrt(5 / 12), 12)] });
    expect(spreadOf([7])).toEqual({ n: 1, mean: 7, sem: 0, interval: [7, 7] });
    expect(spreadOf([])).toBeNull();
  });
});

describe('rates over seeds', () => {
  const outcome = (medal: BoardOutcome['medal'], aboveMedian = medal !== null): BoardOutcome => ({ valid: true, medal, aboveMedian });
  const invalid: BoardOutcome = { valid: false, medal: null, aboveMedian: false };

  it('takes the i-th run of every task as seed i, and as many seeds as the shortest task has', () => {
    const rates = ratesOverSeeds([
      [outcome('gold'), outcome(null), outcome('gold')],
      [outcome('bronze'), invalid],
    ]);
    expect(rates).toMatchObject({ seeds: 2, tasks: 2 });
    // Seed 1: both tasks; seed 2: none.
    expect(rates?.rates.anyMedal).toMatchObject({ mean: 50, sem: 50, n: 2 });
    expect(rates?.rates.gold.mean).toBe(25);
    expect(rates?.rates.valid).toMatchObject({ mean: 75, sem: 25 });
  });

  it('says nothing without tasks or runs', () => {
    expect(ratesOverSeeds([])).toBeNull();
    expect(ratesOverSeeds([[outcome(null)], []])).toBeNull();
  });
});

describe('performance profile', () => {
  it('is τ* minus the mean log ratio', () => {
    const profile = performanceProfile([task('up', { a: 0.8, b: 0.4 }), task('down', { a: 10, b: 1 }, 'minimize')]);
    expect(profile.upTo).toBeCloseTo(1, 12);
    expect(profile.areas.get('a')).toBeCloseTo(1 - (0 + 1) / 2, 12);
    expect(profile.areas.get('b')).toBeCloseTo(1 - Math.log10(2) / 2, 12);
  });

  it('equals the area under the step function ρ(τ)', () => {
    const tasks = [task('1', { a: 1, b: 0.9, c: 0.2 }), task('2', { a: 0.5, b: 0.7, c: 0.6 }), task('3', { a: 3, b: 4, c: 2 }, 'minimize')];
    const { areas, upTo } = performanceProfile(tasks);
    const ratios: Record<string, number[]> = { a: [1, 0.7 / 0.5, 1.5], b: [1 / 0.9, 1, 2], c: [5, 0.7 / 0.6, 1] };
    for (const [player, own] of Object.entries(ratios)) {
      const steps = 200_000;
      let area = 0;
      for (let k = 0; k < steps; k++) area += (own.filter((ratio) => Math.log10(ratio) <= ((k + 0.5) / steps) * upTo).length / own.length) * (upTo / steps);
      expect(areas.get(player)).toBeCloseTo(area, 4);
    }
  });

  it('takes a missing result for twice the worst, caps ratios, and names what it leaves out', () => {
    const profile = performanceProfile([
      task('failed', { a: 1, b: 0.5, c: null }),
      task('capped', { a: 1e6, b: 1, c: 1 }),
      task('negative', { a: -1, b: 1, c: 1 }),
      task('zero', { a: 0, b: 1, c: 1 }, 'minimize'),
      task('nobody', { a: null, b: null, c: null }),
      task('absent', { a: 1, b: 1 }),
    ]);
    expect(profile.tasks).toEqual(['failed', 'capped']);
    expect(profile.excluded).toEqual([
      { task: 'negative', why: 'not_positive' },
      { task: 'zero', why: 'not_positive' },
      { task: 'nobody', why: 'no_valid_result' },
      { task: 'absent', why: 'not_all_players' },
    ]);
    expect(profile.upTo).toBe(2);
    expect(profile.areas.get('c')).toBeCloseTo(2 - (Math.log10(4) + 2) / 2, 12);
  });
});

describe('Elo', () => {
  const won = (n: number, scores: Record<string, number | null>, direction: 'maximize' | 'minimize' = 'maximize'): TaskResults[] => Array.from({ length: n }, (_, at) => task(`${at}`, scores, direction));
  const ratings = (tasks: TaskResults[]): Map<string, number> => {
    const result = elo(tasks);
    if (!result.ok) throw new Error(result.reason);
    return new Map(result.ratings);
  };

  it('of two players is the log odds of the wins', () => {
    const result = ratings([...won(3, { a: 1, b: 0 }), ...won(1, { a: 0, b: 1 })]);
    expect(result.get('a')! - result.get('b')!).toBeCloseTo(400 * Math.log10(3), 8);
    expect(result.get('a')! + result.get('b')!).toBeCloseTo(2000, 8);
  });

  it('counts equal results as half a win each way, follows the direction, and lets valid beat invalid', () => {
    const ties = ratings(won(5, { a: 1, b: 1 }));
    expect(ties.get('a')).toBeCloseTo(1000, 8);
    const low = ratings([...won(2, { a: 1, b: 2 }, 'minimize'), ...won(1, { a: 2, b: 1 }, 'minimize')]);
    expect(low.get('a')! - low.get('b')!).toBeCloseTo(400 * Math.log10(2), 8);
    const invalid = ratings([...won(1, { a: 1, b: null }), ...won(1, { a: null, b: 1 }), ...won(9, { a: null, b: null })]);
    expect(invalid.get('a')).toBeCloseTo(1000, 8);
  });

  it('maximises the likelihood: expected wins equal the wins of each player', () => {
    const tasks = [task('1', { a: 3, b: 2, c: 1 }), task('2', { a: 1, b: 3, c: 2 }), task('3', { a: 2, b: 1, c: 3 }), task('4', { a: 3, b: 2, c: 2 }), task('5', { a: 3, c: 1 })];
    const result = ratings(tasks);
    const expected = new Map<string, number>();
    const actual = new Map<string, number>();
    const add = (map: Map<string, number>, key: string, value: number): void => void map.set(key, (map.get(key) ?? 0) + value);
    for (const { scores } of tasks) {
      for (const [a, mine] of scores) {
        for (const [b, other] of scores) {
          if (a === b || mine === null || other === null) continue;
          add(expected, a, 1 / (1 + 10 ** ((result.get(b)! - result.get(a)!) / 400)));
          add(actual, a, mine > other ? 1 : mine === other ? 0.5 : 0);
        }
      }
    }
    for (const [player, wins] of actual) expect(expected.get(player)).toBeCloseTo(wins, 8);
  });

  it('has no solution when somebody never lost, or groups never met', () => {
    expect(elo(won(4, { a: 1, b: 0 }))).toEqual({ ok: false, reason: 'not_identifiable' });
    expect(elo([...won(1, { a: 1, b: 1 }), ...won(1, { c: 1, d: 1 })])).toEqual({ ok: false, reason: 'not_identifiable' });
    expect(elo(won(3, { a: 1 }))).toEqual({ ok: false, reason: 'too_few_players' });
  });

  it('gives an interval around the rating, the same for the same seed', () => {
    const tasks = [...won(30, { a: 1, b: 0 }), ...won(10, { a: 0, b: 1 })];
    const result = elo(tasks, 7);
    if (!result.ok || !result.intervals) throw new Error('no interval');
    const [low, high] = result.intervals.get('a')!;
    expect(low).toBeLessThan(result.ratings.get('a')!);
    expect(high).toBeGreaterThan(result.ratings.get('a')!);
    expect(elo(tasks, 7)).toEqual(result);
  });
});
