import { describe, expect, it } from 'vitest';
import { gradeText } from './helpers';

/** Deterministic numbers in [0, 1) (Park–Miller). */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function text({ columns, rows }: Table, random?: () => number): string {
  const order = random ? shuffled(columns.map((_, k) => k), random) : columns.map((_, k) => k);
  const lines = (random ? shuffled(rows, random) : rows).map((row) => order.map((k) => row[k]).join(','));
  return [order.map((k) => columns[k]).join(','), ...lines].join('\n');
}

const random = generator(7);
const rows = 120;
const make = (columns: readonly string[], cell: (row: number, k: number) => string): Table => ({
  columns: ['id', ...columns],
  rows: Array.from({ length: rows }, (_, i) => [`row-${i}`, ...columns.map((_, k) => cell(i, k))]),
});
const binary = make(['y'], (i) => String(i % 3 === 0 ? 1 : 0));
const probability = make(['y'], () => random().toFixed(2));
const numbers = make(['y'], () => (random() * 50).toFixed(3));
const guesses = make(['y'], () => (random() * 50).toFixed(3));
const labels = make(['y'], () => ['ant', 'bee', 'fly'][Math.floor(random() * 3)]!);
const calls = make(['y'], () => ['ant', 'bee', 'fly', 'gnat'][Math.floor(random() * 4)]!);
const oneHot = make(['a', 'b', 'c'], (i, k) => String(i % 3 === k ? 1 : 0));
const shares = make(['a', 'b', 'c'], () => random().toFixed(4));

const cases: readonly (readonly [string, object, Table, Table])[] = [
  ['accuracy', {}, labels, calls],
  ['f1', { average: 'macro' }, labels, calls],
  ['fbeta', { average: 'weighted', beta: 2 }, labels, calls],
  ['roc_auc', {}, binary, probability],
  ['log_loss', {}, binary, probability],
  ['log_loss', {}, oneHot, shares],
  ['rmse', {}, numbers, guesses],
  ['mae', {}, oneHot, shares],
  ['mse', {}, numbers, guesses],
  ['rmsle', {}, numbers, guesses],
];

describe('what must not change a score', () => {
  it.each(cases)('%s %j: order of rows and columns', (metric, params, answers, submission) => {
    const target = answers.columns.slice(1);
    const options = { id: ['id'], target };
    const plain = gradeText(text(answers), text(submission), metric, params, options);
    expect(plain.errors).toEqual([]);
    for (let i = 0; i < 5; i++) {
      const other = gradeText(text(answers, random), text(submission, random), metric, params, options);
      expect(other.errors).toEqual([]);
      expect(other.score).toBeCloseTo(plain.score!, 11);
    }
  });

  it.each(cases)('%s %j: one bad cell or a lost row makes it invalid', (metric, params, answers, submission) => {
    const options = { id: ['id'], target: answers.columns.slice(1) };
    const broken: Table = { columns: submission.columns, rows: submission.rows.map((row, i) => (i === 17 ? [row[0]!, '', ...row.slice(2)] : row)) };
    const lost: Table = { columns: submission.columns, rows: submission.rows.slice(1) };
    expect(gradeText(text(answers), text(broken), metric, params, options)).toMatchObject({ valid: false, score: null });
    expect(gradeText(text(answers), text(lost), metric, params, options)).toMatchObject({ valid: false, score: null });
  });
});

describe('laws', () => {
  const score = (metric: string, answers: Table, submission: Table, params: object = {}): number =>
    gradeText(text(answers), text(submission), metric, params).score!;
  const mapped = (table: Table, f: (x: number) => number): Table => ({
    columns: table.columns,
    rows: table.rows.map((row) => [row[0]!, ...row.slice(1).map((cell) => String(f(Number(cell))))]),
  });

  it('ROC AUC does not change under increasing functions and is mirrored by decreasing ones', () => {
    const plain = score('roc_auc', binary, probability);
    expect(score('roc_auc', binary, mapped(probability, (p) => Math.exp(3 * p) - 7))).toBe(plain);
    expect(score('roc_auc', binary, mapped(probability, (p) => -p))).toBeCloseTo(1 - plain, 12);
  });

  it('errors scale with their unit', () => {
    for (const [metric, power] of [['rmse', 1], ['mae', 1], ['mse', 2]] as const) {
      const scaled = score(metric, mapped(numbers, (y) => 8 * y), mapped(guesses, (p) => 8 * p));
      expect(scaled).toBeCloseTo(8 ** power * score(metric, numbers, guesses), 9);
    }
  });

  it('RMSE² is MSE, and a perfect submission has the best score', () => {
    expect(score('rmse', numbers, guesses) ** 2).toBeCloseTo(score('mse', numbers, guesses), 9);
    for (const metric of ['rmse', 'mae', 'mse', 'rmsle']) expect(score(metric, numbers, numbers)).toBe(0);
    expect(score('accuracy', labels, labels)).toBe(1);
    expect(score('f1', labels, labels, { average: 'macro' })).toBe(1);
    expect(score('roc_auc', binary, binary)).toBe(1);
  });

  it('correlation, R² and normalised Gini do not change when everything moves far from 0', () => {
    // Thousandths of 2^40 are exact doubles, so that the moved tables hold the same numbers.
    const table = (shift: number, values: readonly number[]): string => `id,y\n${values.map((value, i) => `${i},${shift + value / 1024}\n`).join('')}`;
    const truth = Array.from({ length: 50 }, (_, i) => (i * 7919) % 101);
    const predicted = Array.from({ length: 50 }, (_, i) => (i * 104729) % 97);
    for (const metric of ['pearson', 'spearman', 'r2', 'gini_normalized']) {
      const near = gradeText(table(0, truth), table(0, predicted), metric).score!;
      const far = gradeText(table(2 ** 40, truth), table(2 ** 40, predicted), metric).score!;
      expect(Math.abs(near - far), metric).toBeLessThan(1e-12);
    }
  });
  it('correlation, R² and normalised Gini do not know the unit, be it tiny or huge', () => {
    for (const metric of ['pearson', 'spearman', 'r2', 'gini_normalized']) {
      for (const unit of [2 ** -1060, 2 ** -600, 2 ** 700]) {
        const scaled = (table: Table): Table => mapped(table, (x) => Math.round(x) * unit);
        expect(Math.abs(score(metric, scaled(numbers), scaled(guesses)) - score(metric, mapped(numbers, Math.round), mapped(guesses, Math.round))), `${metric} ${unit}`).toBeLessThan(1e-12);
      }
    }
  });
  it('SMAPE of numbers near the ends of the doubles is finite', () => {
    expect(gradeText('id,y\na,5e-324\nb,1.7e308\n', 'id,y\na,0\nb,-1.7e308\n', 'smape').score).toBe(200);
  });
  it('micro F1 of single labels is accuracy', () => {
    expect(score('f1', labels, calls, { average: 'micro' })).toBeCloseTo(score('accuracy', labels, calls), 12);
  });
});
