import { describe, expect, it } from 'vitest';
import { constantsOf } from '../../../../../src/core/competition/import/own/constants';
import { cutTestSet, type Cut, type CutOptions } from '../../../../../src/core/competition/import/own/cut';
import { cutFiles, type Columns } from '../../../../../src/core/competition/import/own/cutFiles';
import { encodeText } from '../../../../../src/core/grading/bytes';
import type { CsvTable } from '../../../../../src/core/grading/csv';
import { grade } from '../../../../../src/core/grading/grade';
import { readWhole } from '../../../../../src/core/grading/writeCsv';
import { randomNumbers } from '../../../../../src/core/random';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function tableOf(csv: string): CsvTable {
  const read = readWhole(encodeText(csv));
  if (!read.ok) throw new Error(read.message);
  return read.table;
}

const usual: CutOptions = { truth: ['y'], by: { kind: 'row' }, testShare: 0.25, publicShare: 0.4, seed: 3 };

function cut(table: CsvTable, options: Partial<CutOptions> = {}): Cut {
  const result = cutTestSet(table, { ...usual, ...options });
  if (!result.ok) throw new Error(result.message);
  return result.cut;
}

function refusal(table: CsvTable, options: Partial<CutOptions>): string {
  const result = cutTestSet(table, { ...usual, ...options });
  return result.ok ? 'no refusal' : result.message;
}

/** A table of random size with groups, times and some missing truths. */
function randomTable(seed: number): CsvTable {
  const random = randomNumbers(seed);
  const rows = 12 + Math.floor(random() * 120);
  const start = Date.UTC(2020, 0, 1);
  const lines = Array.from({ length: rows }, (_, row) => {
    const day = new Date(start + Math.floor(random() * 40) * 86_400_000).toISOString().slice(0, 10);
    const truth = random() < 0.1 ? '' : ['red', 'green', 'blue'][Math.floor(random() ** 2 * 3)];
    return `a${row},g${Math.floor(random() * 9)},${day},${truth}`;
  });
  return tableOf(['id,group,day,y', ...lines].join('\n'));
}

const cell = (table: CsvTable, name: string, row: number): string => table.columns.get(name)?.text(row) ?? '';

describe('cutting a test set', () => {
  const bys: CutOptions['by'][] = [{ kind: 'row' }, { kind: 'group', column: 'group' }, { kind: 'time', column: 'day' }];
  const cases = Array.from({ length: 60 }, (_, seed) => ({ seed, table: randomTable(seed), by: bys[seed % 3]!, testShare: 0.1 + (seed % 7) * 0.12 }));

  it('puts every row in one place, gives no test row to training, and keeps something on each side', () => {
    for (const { seed, table, by, testShare } of cases) {
      const { train, test, leftOut, publicRows } = cut(table, { seed, by, testShare });
      expect([...train, ...test, ...leftOut].sort((a, b) => a - b)).toEqual(Array.from({ length: table.rows }, (_, row) => row));
      expect(test.length).toBeGreaterThan(0);
      expect(train.some((row) => cell(table, 'y', row) !== '')).toBe(true);
      expect(test.every((row) => cell(table, 'y', row) !== '')).toBe(true);
      expect(test.some((row) => publicRows.has(row)) && test.some((row) => !publicRows.has(row)), `seed ${seed}`).toBe(test.length > 1);
    }
  });

  it('is the same for the same seed and another one for another', () => {
    const table = randomTable(5);
    expect(cut(table)).toEqual(cut(table));
    expect(cut(table, { seed: 4 }).test).not.toEqual(cut(table).test);
  });

  it('never has a group on both sides, nor a group both public and private', () => {
    for (const { seed, table, testShare } of cases) {
      const { train, test, publicRows } = cut(table, { seed, testShare, by: { kind: 'group', column: 'group' } });
      const groups = (rows: readonly number[]): Set<string> => new Set(rows.map((row) => cell(table, 'group', row)));
      expect([...groups(train)].filter((name) => groups(test).has(name))).toEqual([]);
      const open = groups(test.filter((row) => publicRows.has(row)));
      const both = test.filter((row) => !publicRows.has(row) && open.has(cell(table, 'group', row)));
      expect(both.length > 0).toBe(groups(test).size === 1 && test.length > 1);
    }
  });

  it('has every test row later than every training row, and private rows no earlier than public ones', () => {
    for (const { seed, table, testShare } of cases) {
      const { train, test, publicRows } = cut(table, { seed, testShare, by: { kind: 'time', column: 'day' } });
      const days = (rows: readonly number[]): string[] => rows.map((row) => cell(table, 'day', row)).sort();
      const [lastTrain, firstTest] = [days(train).at(-1) ?? '', days(test)[0] ?? ''];
      expect(lastTrain < firstTest, `${lastTrain} < ${firstTest}`).toBe(true);
      const [lastPublic, firstPrivate] = [days(test.filter((row) => publicRows.has(row))).at(-1) ?? '', days(test.filter((row) => !publicRows.has(row)))[0] ?? ''];
      if (new Set(days(test)).size > 1) expect(lastPublic < firstPrivate).toBe(true);
    }
  });

  it('keeps the shares of the classes', () => {
    const table = tableOf(['id,y', ...Array.from({ length: 200 }, (_, row) => `${row},${row < 20 ? 'rare' : row < 80 ? 'some' : 'many'}`)].join('\n'));
    const counts = (rows: readonly number[]): number[] => ['rare', 'some', 'many'].map((name) => rows.filter((row) => cell(table, 'y', row) === name).length);
    expect(counts(cut(table).test)).toEqual([5, 15, 30]);
    expect(counts(cut(table).train)).toEqual([15, 45, 90]);
  });

  it('shuffles the test rows, for a file that is sorted by its answers', () => {
    const table = tableOf(['id,y', ...Array.from({ length: 100 }, (_, row) => `${row},${row}.5`)].join('\n'));
    const values = cut(table).test;
    expect(values).not.toEqual([...values].sort((a, b) => a - b));
  });

  it('reads dates with the day first, and refuses those that do not tell', () => {
    const rows = (dates: readonly string[]): CsvTable => tableOf(['id,day,y', ...dates.map((day, row) => `${row},${day},${row}`)].join('\n'));
    const by = { kind: 'time', column: 'day' } as const;
    expect(cut(rows(['31/01/2020', '01/02/2020', '02/02/2019', '03/03/2018']), { by }).test).toEqual([1]);
    expect(refusal(rows(['01/02/2020', '03/02/2020', '02/02/2019', '03/03/2018']), { by })).toContain('days from months');
    expect(refusal(rows(['2020-02-30', '2020-02-01', '2020-02-01', '2020-02-01']), { by })).toContain('2020-02-30');
    expect(refusal(rows(['2020', '2020', '2020', '2020']), { by })).toContain('one time only');
  });

  it('says why there is no cut', () => {
    const table = tableOf('id,g,y\n1,a,1\n2,a,2\n3,a,\n4,a,\n5,a,3\n6,a,2');
    expect(refusal(table, { truth: ['z'] })).toContain('"z"');
    expect(refusal(table, { by: { kind: 'group', column: 'g' } })).toContain('one value in all rows');
    expect(refusal(tableOf('id,y\n1,1\n2,\n3,'), {})).toContain('Only 1 rows');
  });
});

describe('the files of a cut', () => {
  const columns: Columns = { id: ['id'], truth: ['y'], target: ['y'] };
  const header = 'id,note,y';
  const nasty = tableOf(`\uFEFF${header}\r\n${Array.from({ length: 24 }, (_, row) => `00${9007199254740993n + BigInt(row)},"said ""no, ${row}""\r\nand left",${row % 2}.${row % 3}0`).join('\r\n')}`);

  it('copies cells byte for byte and leaves the truth out of the test file', () => {
    const files = cutFiles(nasty, cut(nasty), columns, constantsOf(nasty, cut(nasty).train, columns, 'rmse'));
    const test = tableOf(text(files.test));
    const answers = tableOf(text(files.answers));
    expect(test.header).toEqual(['id', 'note']);
    expect(answers.header).toEqual(['id', 'y', 'Usage']);
    const whole = new Map(Array.from({ length: nasty.rows }, (_, row) => [cell(nasty, 'id', row), row]));
    for (let row = 0; row < test.rows; row++) {
      const from = whole.get(cell(test, 'id', row)) ?? -1;
      expect(cell(test, 'id', row)).toMatch(/^009007199254\d{6}$/);
      expect(cell(test, 'note', row)).toBe(cell(nasty, 'note', from));
      expect(cell(answers, 'y', row)).toBe(cell(nasty, 'y', from));
    }
    expect(tableOf(text(files.train)).rows + test.rows).toBe(nasty.rows);
  });

  it('numbers rows without an id so that the numbers tell nothing of their place', () => {
    const numbered: Columns = { ...columns, id: ['row'], newId: 'row' };
    const files = cutFiles(nasty, cut(nasty), numbered, ['0']);
    const [train, test] = [tableOf(text(files.train)), tableOf(text(files.test))];
    const ids = (table: CsvTable): string[] => Array.from({ length: table.rows }, (_, row) => cell(table, 'row', row));
    expect([...ids(train), ...ids(test)]).toEqual(Array.from({ length: 24 }, (_, row) => String(row + 1)));
    expect(tableOf(text(files.answers)).header).toEqual(['row', 'y', 'Usage']);
  });

  it.each([
    ['rmse', ['y'], ['y'], (row: number) => `${(row * 7) % 11}.25`],
    ['accuracy', ['y'], ['y'], (row: number) => ['red', 'blue', 'blue'][row % 3]],
    ['roc_auc', ['y'], ['y'], (row: number) => `${row % 2}`],
    ['log_loss', ['y'], ['y'], (row: number) => `${row % 3 === 0 ? 1 : 0}`],
    ['log_loss', ['y'], ['red', 'blue'], (row: number) => ['red', 'blue'][row % 2]],
  ])('makes a sample submission for %s that is valid and scores worse than the answers', (metric, truth, target, value) => {
    const table = tableOf(['id,x,y', ...Array.from({ length: 60 }, (_, row) => `${row},${row % 5},${value(row)}`)].join('\n'));
    const form: Columns = { id: ['id'], truth, target };
    const made = cut(table);
    const { sample, answers } = cutFiles(table, made, form, constantsOf(table, made.train, form, metric));
    const params = target.length > truth.length ? { label_column: truth[0] } : {};
    const result = grade({ answers, submission: sample, metric, params, id: form.id, target });
    expect(result.errors).toEqual([]);
    expect(result.public?.score).not.toBeNull();
    const rows = tableOf(text(sample));
    for (const name of target) expect(new Set(Array.from({ length: rows.rows }, (_, row) => cell(rows, name, row))).size).toBe(1);
    if (target.length === 1) expect(result.score).not.toBe(grade({ answers, submission: answers, metric, id: form.id, target }).score);
  });
});
