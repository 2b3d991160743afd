import { describe, expect, it } from 'vitest';
import type { CsvFile } from '../../../src/core/grading/csv';
import { gradeBy, gradeWithHelp } from '../../../src/core/grading/grade';
import type { GradeInput } from '../../../src/core/grading/grade';
import type { BoundMetric } from '../../../src/core/grading/metric';
import { submittedNumbers } from '../../../src/core/grading/numbersById';
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
    size: content.length,
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

/** Grades with the submission read elsewhere, as by a thread; `works` false: that was not possible. */
const withHelp = (metric: string, params: object, input: Omit<GradeInput, 'metric' | 'params'> & { readonly submission: CsvFile }, works = true): Promise<CompetitionGrade> =>
  gradeWithHelp({ ...input, metric, params }, async (wanted, seed) => (works ? structuredClone(submittedNumbers(input.submission, wanted, seed)) : undefined));

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

  it.each(numeric)('%s: the same score and the same problems as with all cells kept', async (name) => {
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
        const helped = await withHelp(name, needed[name] ?? {}, { ...input, answers: inParts(answers, 3000), submission: inParts(content, 4000) });
        expect(helped, `${name}, with help: ${file.slice(0, 60)}`).toEqual(plain);
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

  describe('of tricky files', () => {
    const one = <T>(values: readonly T[]): T => values[below(values.length)]!;
    const chance = (share: number): boolean => random() < share;
    const ids = ['a', 'b', '', ' a', 'row_1', 'row_2', 'é', '日本', 'twelve bytes', 'thirteen byte', 'x'.repeat(40), `${'x'.repeat(39)}y`, 'with, comma', 'with "quotes"', 'two\nlines', '"open', 'null', '1', '01', '1.0'];
    const cells = ['0', '1', '0.5', '-0', ' 1', '1e-3', '+1', '0.1234567890123456789', 'true', 'False', '', 'nan', 'inf', '1e999', 'x', 'Public', 'Private', '1;2'];
    const easy = ['0', '1', '1.0', '0.25'];

    /** A file of which a person may have made anything; with `faults` 0 it is as it should be. */
    function tricky(header: readonly string[], rows: readonly (readonly string[])[], faults: number): string {
      const field = (text: string): string => (/["\n,]/.test(text) || chance(0.1) ? (chance(faults / 9) ? `"${text}` : `"${text.replaceAll('"', '""')}"`) : text);
      const separator = chance(faults / 20) ? ';' : ',';
      const end = (): string => one(chance(faults / 9) ? ['\r', '\n\r', '\n'] : ['\n', '\r\n', '\n\n']);
      const lines = [header, ...rows].map((fields) => fields.slice(0, chance(faults / 30) ? 1 : 9).map(field).join(separator) + (chance(faults / 40) ? ',7' : ''));
      const text = lines.map((line) => line + end()).join('');
      return `${chance(0.2) ? '\uFEFF' : ''}${chance(0.3) ? text.trimEnd() : text}${chance(faults / 30) ? '\0' : ''}`;
    }

    function files(): { answers: string; submission: string; input: Pick<GradeInput, 'id' | 'target' | 'usageColumn'> } {
      const faults = one([0, 0, 0.3, 1]);
      const names = [...new Set(Array.from({ length: below(9) }, () => one(faults > 0 ? ids : ids.filter((id) => id !== ''))))];
      const split = chance(0.25);
      const two = chance(0.2);
      const key = (id: string): string[] => (two ? [id.slice(0, 1), id.slice(1) || 'k'] : [id]);
      const idColumns = two ? ['id', 'second'] : ['id'];
      const known = faults > 0 && chance(0.3) ? [...names, ...names.slice(0, 1)] : names;
      // A column of that name may hold something else, which is then a target like any other.
      const target = split && chance(0.4);
      const usage = (): string => one(target ? easy : faults > 0 ? ['Public', 'Private', '1'] : ['Public', 'Private']);
      const answers = known.map((id) => [...key(id), one(chance(faults / 9) ? cells : easy.slice(0, 2)), ...(split ? [usage()] : [])]);
      const given = names.filter(() => !chance(faults / 20)).concat(chance(faults / 9) ? [one(ids)] : []).sort(() => random() - 0.5);
      const extra = chance(0.2);
      const submission = given.map((id) => [...key(id), one(chance(faults / 9) ? cells : easy), ...(target ? [one(easy)] : []), ...(extra ? ['more'] : [])]);
      return {
        answers: tricky([...idColumns, 'y', ...(split ? ['Usage'] : [])], answers, chance(0.3) ? faults : 0),
        submission: tricky([...idColumns, chance(faults / 20) ? 'Y' : 'y', ...(target ? ['Usage'] : []), ...(extra ? [one(['more', 'id'])] : [])], submission, faults),
        input: { ...(two || chance(0.5) ? { id: idColumns } : {}), ...(chance(0.3) ? { target: ['y'] } : {}), ...one([{}, {}, { usageColumn: null }, { usageColumn: 'Usage' }]) },
      };
    }

    it.each(['mae', 'roc_auc', 'log_loss', 'rmsle', 'mcrmse'])('%s: whichever way they are read, the grade is the same', async (name) => {
      const metric = bound(name, {});
      let [valid, invalid] = [0, 0];
      for (let round = 0; round < 300; round++) {
        const { answers, submission, input } = files();
        const plain = plainly(metric, { ...input, answers: bytes(answers), submission: bytes(submission) });
        const parts = { ...input, answers: inParts(bytes(answers), one([1, 20, 500])), submission: inParts(bytes(submission), one([1, 20, 500])) };
        const told = JSON.stringify({ answers, submission, input });
        expect(gradeBy(metric, parts), told).toEqual(plain);
        expect(await withHelp(name, {}, parts), told).toEqual(plain);
        expect(await withHelp(name, {}, parts, false), told).toEqual(plain);
        if (plain.valid) valid++;
        else invalid++;
      }
      expect(Math.min(valid, invalid)).toBeGreaterThan(20);
    });
  });

  it('knows the answers by their numbers alone when nothing else is asked of them', () => {
    const metric = bound('roc_auc', {});
    const submission = bytes(table(['y'], share, true));
    const wholes = (answers: string, input: Pick<GradeInput, 'target' | 'usageColumn'> = {}): number => {
      const file = inParts(bytes(answers), 100);
      expect(gradeBy(metric, { answers: file, submission, ...input }).valid).toBe(true);
      return file.wholes;
    };
    const plain = table(['y'], (row) => String(row % 2), false);
    const withMore = table(['y', 'more'], (row) => String(row % 2), false);
    expect(wholes(plain)).toBe(0);
    expect(wholes(withMore, { target: ['y'] })).toBe(0);
    expect(wholes(plain.replaceAll(/,0(?=\s)/g, ',false'))).toBeGreaterThan(0);
    expect(wholes(table(['y', 'Usage'], (row, k) => (k === 0 ? String(row % 2) : row % 3 === 0 ? 'Public' : 'Private'), false))).toBeGreaterThan(0);
  });
});
