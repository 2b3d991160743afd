import { describe, expect, it } from 'vitest';
import type { CsvFile } from '../../../src/core/grading/csv';
import { gradeBy } from '../../../src/core/grading/grade';
import type { GradeInput } from '../../../src/core/grading/grade';
import type { BoundMetric } from '../../../src/core/grading/metric';
import { findMetric, metricNames } from '../../../src/core/grading/registry';
import type { CompetitionGrade } from '../../../src/core/grading/result';
import { bytes } from './helpers';

/**
 * Reading in one pass must give what reading with all cells kept gives: to the last bit, with the same
 * problems, wherever the parts of the file end.
 */

/** Deterministic numbers in [0, 1) (Park–Miller). */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** The file in parts of about `size` bytes, each ending with a line feed; counts how often it is read as a whole. */
function inParts(content: Uint8Array, size: number): CsvFile & { wholes: number } {
  return {
    wholes: 0,
    *parts() {
      for (let at = 0; at < content.length; ) {
        const next = content.indexOf(10, Math.min(content.length, at + size));
        const end = next < 0 ? content.length : next + 1;
        // A copy that is overwritten afterwards: nothing may look at a part when the next was asked for.
        const part = content.slice(at, end);
        yield part;
        part.fill(0);
        at = end;
      }
    },
    whole() {
      this.wholes++;
      return content;
    },
  };
}

function bound(name: string, params: object): BoundMetric {
  const metric = findMetric(name)!.bind(params);
  if ('errors' in metric) throw new Error(metric.errors.join(' '));
  return metric;
}

/** Grades with all cells kept. */
const plainly = (metric: BoundMetric, input: Omit<GradeInput, 'metric' | 'params'>): CompetitionGrade => gradeBy({ ...metric, numeric: false }, input);

const random = generator(11);
const below = (n: number): number => Math.floor(random() * n);
/** A little more than a batch. */
const rows = 520;
const names = Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? `a longer name, no. ${i}` : i % 5 === 0 ? `é${i}` : `row_${i.toString(16)}`));
const quoted = (cell: string): string => (/[",\n]/.test(cell) || random() < 0.1 ? `"${cell.replaceAll('"', '""')}"` : cell);

function table(columns: readonly string[], cell: (row: number, k: number) => string, shuffle: boolean): string {
  const order = names.map((_, i) => i);
  if (shuffle) order.sort(() => random() - 0.5);
  const end = (): string => ['\n', '\r\n', '\n\n', '\n \t\r\n'][below(4)]!;
  const lines = order.map((i) => [names[i]!, ...columns.map((_, k) => cell(i, k))].map(quoted).join(',') + end());
  return `${['id', ...columns].join(',')}\n${lines.join('')}`;
}

const number = (): string => [(random() * 50).toFixed(3), String(random()), ` ${below(9)}`, `${below(99)}e-${below(9)}`, random().toFixed(17)][below(5)]!;
const share = (): string => (random() * 0.998 + 0.001).toPrecision(1 + below(16));

const forms: Record<string, { columns: readonly string[]; truth: (row: number, k: number) => string; predicted: () => string }> = {
  binary: { columns: ['y'], truth: () => String(below(2)), predicted: share },
  numbers: { columns: ['y'], truth: number, predicted: number },
  positive: { columns: ['y'], truth: share, predicted: share },
  pairs: { columns: ['y', 'z'], truth: number, predicted: number },
  shares: { columns: ['a', 'b', 'c'], truth: share, predicted: share },
  classes: { columns: ['a', 'b', 'c'], truth: (row, k) => (row % 3 === k ? '1' : '0'), predicted: share },
};

/** Parameters that a metric needs; `extra` is a column of the answers. */
const needed: Record<string, object> = {
  roc_auc_bias_weighted: { identity_columns: ['extra'] },
  kl_divergence: { normalize: true },
  weighted_mae: { weight_column: 'extra' },
  log_mae_grouped: { group_column: 'extra' },
  haversine_p50_p95: { group_column: 'extra' },
};

describe('reading in one pass', () => {
  const numeric = metricNames().filter((name) => {
    const metric = findMetric(name)!.bind(needed[name] ?? {});
    return 'name' in metric && metric.numeric && metric.submissionColumns.length === 0;
  });
  it('covers the metrics of numbers', () => expect(numeric.length).toBeGreaterThan(30));

  it.each(numeric)('%s: the same score and the same problems as with all cells kept', (name) => {
    const metric = bound(name, needed[name] ?? {});
    let scored = 0;
    for (const { columns, truth, predicted } of Object.values(forms)) {
      const extra = (row: number): string => String(row % 2);
      const answers = bytes(table([...columns, 'extra'], (row, k) => (k === columns.length ? extra(row) : truth(row, k)), false));
      const good = table(columns, predicted, true);
      const lines = good.split('\n');
      const files = [
        good,
        `\uFEFF${good}`,
        lines.slice(0, -40).join('\n'),
        `${good}${lines[5]}\n`,
        good.replace(/(\d)(\r?\n)/, '$1x$2'),
        good.replace(/,0\./, ',7.'),
        good.replace('\n', '\n"unknown",0.5\n'),
        good.replaceAll('\n', '\r').replaceAll('\r\r', '\r'),
        good.replace(/id/, '"id"'),
      ];
      for (const file of files) {
        const input = { answers, id: ['id'], target: columns };
        const content = bytes(file);
        const plain = plainly(metric, { ...input, submission: content });
        for (const size of [1, 4000]) {
          const result = gradeBy(metric, { ...input, submission: inParts(content, size) });
          expect(result, `${name}, parts of ${size}: ${file.slice(0, 60)}`).toEqual(plain);
        }
        if (plain.valid) scored++;
      }
    }
    expect(scored).toBeGreaterThan(0);
  });

  it('asks for the whole file only when something is to be told', () => {
    const metric = bound('roc_auc', {});
    const answers = bytes(table(['y'], () => String(below(2)), false));
    const good = inParts(bytes(table(['y'], share, true)), 100);
    expect(gradeBy(metric, { answers, submission: good, id: ['id'], target: ['y'] }).valid).toBe(true);
    expect(good.wholes).toBe(0);
    const bad = inParts(bytes('id,y\nrow_1,oops\n'), 100);
    expect(gradeBy(metric, { answers, submission: bad, id: ['id'], target: ['y'] }).valid).toBe(false);
    expect(bad.wholes).toBeGreaterThan(0);
  });

  it('reads where it is told to, and both parts', () => {
    const answers = bytes(['id,y,keep,Usage', ...names.map((name, i) => `"${name}",${i % 3 === 0 ? 1 : 0},${i % 4},${i % 2 === 0 ? 'Public' : 'Private'}`)].join('\n'));
    const submission = bytes(['y,id', ...names.map((name, i) => `${i % 4 === 3 ? 'not read' : share()},"${name}"`).reverse()].join('\n'));
    const metric = bound('roc_auc', { where: { column: 'keep', op: '<', value: 3 } });
    const input = { answers, id: ['id'], target: ['y'] };
    const plain = plainly(metric, { ...input, submission });
    expect(plain).toMatchObject({ valid: true, public: { score: expect.any(Number) as number }, private: { score: expect.any(Number) as number } });
    expect(gradeBy(metric, { ...input, submission: inParts(submission, 64) })).toEqual(plain);
  });
});
