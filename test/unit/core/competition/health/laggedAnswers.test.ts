import { describe, expect, it } from 'vitest';
import { checkLaggedAnswers } from '../../../../../src/core/competition/health/laggedAnswers';
import { manifestSchema, type Manifest } from '../../../../../src/core/competition/manifest';
import { encodeText } from '../../../../../src/core/grading/bytes';
import { readCsv } from '../../../../../src/core/grading/csv';
import { ProblemList } from '../../../../../src/core/grading/problems';

const manifestOf = (split: Partial<Manifest['split']> = {}): Manifest =>
  manifestSchema.parse({
    schema: 1, id: 'sales', title: 'Sales', summary: 'How many?', source: { kind: 'own', name: 'Ours', url: 'https://example.org/', licence: 'CC0 1.0' },
    modality: 'tabular', task: 'regression', files: [{ path: 'data/test.csv', role: 'test', description: '' }],
    submission: { id: ['id'], target: ['sold'] }, metric: { name: 'rmse' }, split: { seed: 1, publicShare: 0.5, by: 'row', ...split },
  });
const byDay = { by: 'time', column: 'day' } as const;

/** A number below `most` that nothing but its place decides. */
const noise = (seed: number, most: number): number => (Math.imul((seed + 1) ^ ((seed + 1) >>> 3), 2_654_435_761) >>> 8) % most;
const days = 60;
const sold = (day: number, shop = 0): number => noise(day + 1_000 * shop, 500);
const iso = (day: number): string => new Date(Date.UTC(2030, 0, 1 + day)).toISOString().slice(0, 10);

interface Row {
  readonly cells: string;
  readonly truth: string;
}

function check(header: string, rows: readonly Row[], split: Partial<Manifest['split']> = {}): ReturnType<typeof checkLaggedAnswers> {
  const test = readCsv(encodeText([`id,${header}`, ...rows.map(({ cells }, at) => `r${at},${cells}`)].join('\n')), (names) => names, new ProblemList());
  if (!test) throw new Error('no table');
  return checkLaggedAnswers({ test, truths: new Map([['sold', rows.map(({ truth }) => truth)]]), manifest: manifestOf(split) });
}

const series = (lag: number, shop = 0): Row[] => Array.from({ length: days }, (_, day) => ({ cells: `${iso(day)},${noise(day + 7, 90)},${day < lag ? '' : sold(day - lag, shop).toFixed(1)}`, truth: String(sold(day, shop)) }));
/** The same rows in an order that tells nothing. */
const shuffled = (rows: readonly Row[]): Row[] => rows.map((row, at) => ({ row, key: noise(at * 31 + 5, 1e6) })).sort((a, b) => a.key - b.key).map(({ row }) => row);

describe('answers of earlier test rows', () => {
  it('are found in a lag of the target, which is named', () => {
    expect(check('day,price,lag', series(1))).toEqual([{
      code: 'lagged_answers', severity: 'error',
      message: 'Column "lag" of the test file repeats the answer of the row before (as the rows lie): 59 of 59 answers can be read there.',
      fix: expect.stringContaining('Leave the column out') as string,
    }]);
    expect(check('day,price,week', series(7))).toMatchObject([{ message: expect.stringContaining('"week" of the test file repeats the answer of 7 rows before') as string }]);
  });

  it('are found in the order of time where the file is shuffled', () => {
    expect(check('day,price,lag', shuffled(series(1)))).toEqual([]);
    expect(check('day,price,lag', shuffled(series(1)), byDay)).toMatchObject([{ message: expect.stringContaining('in the order of day') as string }]);
  });

  it('are found by series', () => {
    const shops = [0, 1, 2, 3].flatMap((shop) => series(1, shop).slice(0, 15).map(({ cells, truth }) => ({ cells: `${cells},s${shop}`, truth })));
    expect(check('day,price,lag,shop', shuffled(shops), byDay)).toMatchObject([{ message: expect.stringContaining('in the order of day, by shop): 56 of 56') as string }]);
  });

  it('are found among classes, and where a few values differ', () => {
    const kinds = ['calm', 'rain', 'storm'];
    const weather = (day: number): string => kinds[noise(day, 3)] ?? '';
    const rows = Array.from({ length: 300 }, (_, day) => ({ cells: day % 150 === 149 ? 'calm' : weather(day - 1), truth: weather(day) }));
    expect(check('yesterday', rows)).toMatchObject([{ code: 'lagged_answers' }]);
  });

  it.each<[string, string, Row[]]>([
    ['a lag that reaches back before the test set', 'day,price,lag', series(days)],
    ['a column that only goes with the answer', 'near', Array.from({ length: days }, (_, day) => ({ cells: String(sold(day - 1) + (day % 3)), truth: String(sold(day)) }))],
    ['a flag among answers that hardly ever change', 'flag', Array.from({ length: 200 }, (_, day) => ({ cells: String(Number(day > 100)), truth: String(Number(day > 99)) }))],
    ['a column that is nearly always the commonest answer', 'zero', Array.from({ length: 400 }, (_, day) => ({ cells: '0', truth: day % 50 === 0 ? '1' : '0' }))],
    ['too few rows', 'day,price,lag', series(1).slice(0, 15)],
    ['a calendar that a coin does not follow', 'weekday', Array.from({ length: 210 }, (_, day) => ({ cells: String(Number(day % 7 > 4)), truth: String(noise(day, 2)) }))],
  ])('are not seen in %s', (_what, header, rows) => {
    expect(check(header, rows)).toEqual([]);
    if (header.startsWith('day')) expect(check(header, rows, byDay)).toBe('No column of the test file repeats an earlier answer.');
  });

  it('are not told of a column that gives the answer of its own row away', () => {
    const rows = Array.from({ length: 100 }, (_, day) => ({ cells: String(day), truth: String(day + 1) }));
    expect(check('step', rows)).toEqual([]);
  });
});
