import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../../../src/core/standings/compareRuns';
import { standingsCsv, standingsMarkdown, verdictOn, versionName } from '../../../../src/core/standings/standingsTable';
import { result } from '../../../fixtures/standings';

const spread = (n: number, mean: number, sem: number) => ({ n, mean, sem, interval: [mean - 1.96 * sem, mean + 1.96 * sem] as const });

describe('a table of players', () => {
  it('is CSV with one row each, whatever stands in a name', () => {
    const { competitions } = compareRuns([
      result({ player: '=HYPERLINK("x")', seed: 3, score: 0.5, board: [] }),
      result({ player: 'a, b', seed: 0, score: 0.25, board: [] }),
      result({ player: 'a, b', seed: 1, score: 0.75, board: [], isolation: 'bubblewrap' }),
    ]);
    const [head, ...rows] = standingsCsv(competitions).trimEnd().split('\n');
    expect(head?.split(',').slice(0, 8)).toEqual(['player', 'runs', 'valid', 'seeds', 'mean', 'sem', 'ci95_low', 'ci95_high']);
    expect(rows).toEqual(['"\'=HYPERLINK(""x"")",1,1,3,0.5,,,,0.5,,,,,,,,,,,12,12,container', '"a, b",2,2,0 1,0.5,0.25,0.01,0.99,0.75,,,,,,,,,,,24,24,bubblewrap container']);
  });

  it('is Markdown without empty columns, with the differences below it', () => {
    const { competitions } = compareRuns([...[0.6, 0.7].map((score, seed) => result({ player: 'x|y', seed, score, board: [] })), ...[0.5, 0.6].map((score, seed) => result({ player: 'b', seed, score, board: [] }))]);
    const lines = standingsMarkdown(competitions).split('\n');
    expect(lines[0]).toBe('**Palmer Penguins**: macro F1, higher is better');
    expect(lines[2]).toBe('| player | runs | valid | seeds | mean | sem | ci95 low | ci95 high | best | told | graded calls | isolation |');
    expect(lines[4]).toContain('| x\\|y | 2 | 2 | 0 1 | 0.65 | 0.05 |');
    expect(lines.find((line) => line.startsWith('- '))).toBe('- x|y against b: +0.1 (95 % +0.1 to +0.1), 2 equal seeds');
  });

  it('tells versions that do not compare apart, and scores that a player gave itself', () => {
    const own = (number: number, ruler: string, score: number) => result({ number, ruler, score, board: [], selfScored: true });
    const { competitions } = compareRuns([own(1, 'old', 0.9), own(2, 'new', 0.5)], { selfScored: true });
    const [head, ...rows] = standingsCsv(competitions).trimEnd().split('\n').map((row) => row.split(',').slice(-2));
    expect([head, ...rows]).toEqual([['self_scored', 'version'], ['true', 'newest'], ['true', 'earlier']]);
    expect(standingsMarkdown(competitions).match(/^\*\*.*$/gm)).toEqual([
      '**Palmer Penguins**, scored by the newest version of it: macro F1, higher is better, self-scored',
      '**Palmer Penguins**, scored by an earlier version of it: macro F1, higher is better, self-scored',
    ]);
    expect(versionName(2, 3)).toBe('earlier 2');
  });

  it('names runs whose version is assumed', () => {
    const own = (number: number, player: string, scoring: string, scoringAssumed: boolean) => result({ number, player, scoring, scoringAssumed, board: [] });
    const { competitions } = compareRuns([own(1, 'x', 'a', true), own(2, 'x', 'a', false), own(3, 'y', 'a', true), own(4, 'x', 'b', false)]);
    expect(competitions.map(({ assumed }) => assumed)).toEqual([[], [1, 3]]);
    const lines = standingsCsv(competitions).trimEnd().split('\n').map((row) => row.split(','));
    expect(lines.map((row) => [row[0], ...row.slice(-2)])).toEqual([['player', 'version_assumed_for', 'version'], ['x', '', 'newest'], ['x', '1', 'earlier'], ['y', '3', 'earlier']]);
    expect(standingsMarkdown(competitions)).toContain('Runs 1, 3 do not say which version scored them');
  });

  it('calls a difference clear when its interval leaves out 0', () => {
    expect(verdictOn({ difference: spread(5, 0.1, 0.05) })).toBe('clear');
    expect(verdictOn({ difference: spread(5, -0.1, 0.05) })).toBe('clear');
    expect(verdictOn({ difference: spread(5, 0.1, 0.06) })).toBe('noise');
    expect(verdictOn({ difference: spread(3, 0, 0) })).toBe('noise');
    expect(verdictOn({ difference: spread(1, 0.5, 0) })).toBe('few');
  });
});
