import { describe, expect, it } from 'vitest';
import { answersIn, solvedOf } from '../../../../../src/core/competition/import/own/copies';
import { encodeText } from '../../../../../src/core/grading/bytes';
import type { CsvTable } from '../../../../../src/core/grading/csv';
import { readWhole } from '../../../../../src/core/grading/writeCsv';

function tableOf(lines: readonly string[]): CsvTable {
  const read = readWhole(encodeText(`${lines.join('\n')}\n`));
  if (!read.ok) throw new Error(read.message);
  return read.table;
}

const rows = Array.from({ length: 200 }, (_, k) => `r${k},${k * 7 + 1},${k % 3 === 0 ? 'yes' : 'no'}`);
const whole = tableOf(['id,x,y', ...rows]);
const test = Array.from({ length: 40 }, (_, k) => k * 5);
const solved = solvedOf(whole, { test }, { id: ['id'], truth: ['y'] });
const withoutId = solvedOf(whole, { test }, { id: ['\0'], truth: ['y'] });

describe('answers in another table', () => {
  it('are found in a file of one class', () => {
    const positives = rows.filter((row) => row.endsWith('yes')).map((row) => row.replace(/,\d+,/, ','));
    expect(answersIn(tableOf(['id,y', ...positives]), solved)).toBe(14);
  });

  it('are found in parts of the data without an id', () => {
    for (let fold = 0; fold < 4; fold++) {
      const part = rows.slice(fold * 50, fold * 50 + 50).map((row) => row.split(',').slice(1).join(','));
      expect(answersIn(tableOf(['x,y', ...part]), withoutId)).toBe(10);
    }
  });

  it('are found whatever id and answer are called, in any order', () => {
    const turned = rows.map((row) => row.split(',')).reverse();
    expect(answersIn(tableOf(['nr,x,outcome', ...turned.map((row) => row.join(','))]), solved)).toBe(40);
    expect(answersIn(tableOf(['nr,outcome', ...turned.map(([id, , y]) => `${id},${y}`)]), solved)).toBe(40);
    expect(answersIn(tableOf(['outcome,x', ...turned.map(([, x, y]) => `${y},${x}`)]), withoutId)).toBe(40);
  });

  it('are found where one of a few rare ones was changed', () => {
    const rare = (k: number): string => (k % 50 === 7 ? '1' : '0');
    const few = solvedOf(tableOf(['id,x,y', ...Array.from({ length: 500 }, (_, k) => `r${k},${k},${rare(k)}`)]), { test: Array.from({ length: 500 }, (_, k) => k) }, { id: ['id'], truth: ['y'] });
    const copy = Array.from({ length: 500 }, (_, k) => `r${k},${k === 57 ? '0' : rare(k)}`).reverse();
    for (const name of ['y', 'outcome']) expect(answersIn(tableOf([`id,${name}`, ...copy]), few), name).toBe(499);
  });

  it('are found where numbers are written in another way', () => {
    const numbered = solvedOf(tableOf(['id,y', ...rows.map((_, k) => `${1000 + k},${k % 3}`)]), { test }, { id: ['id'], truth: ['y'] });
    expect(answersIn(tableOf(['id,y', ...rows.map((_, k) => `${1000 + k}.0,${k % 3}.0`)]), numbered)).toBe(40);
    expect(answersIn(tableOf(['label', ...rows.map((_, k) => `${k % 3}.0`)]), numbered)).toBe(40);
  });

  it('are found by an id of another name beside row numbers that are called as the id', () => {
    const turned = rows.map((row) => row.split(',')).reverse();
    expect(answersIn(tableOf(['id,nr,outcome', ...turned.map(([id, , y], k) => `${k},${id},${y}`)]), solved)).toBe(40);
  });

  it('are not seen in a column that says the usual answer everywhere', () => {
    const rare = tableOf(['id,x,y', ...rows.map((_, k) => `r${k},${k},${k === 5 ? 'yes' : 'no'}`)]);
    const hidden = solvedOf(rare, { test: Array.from({ length: 150 }, (_, k) => k) }, { id: ['id'], truth: ['y'] });
    expect(answersIn(tableOf(['id,seen', ...rows.map((_, k) => `r${k},no`)]), hidden)).toBe(0);
  });

  it('are not seen where there are none', () => {
    const training = rows.filter((_, k) => !test.includes(k)).map((row) => row.split(',').slice(1).join(','));
    expect(answersIn(tableOf(['x,y', ...training]), withoutId)).toBe(0);
    expect(answersIn(tableOf(['nr,size', ...rows.map((row, k) => `${row.split(',')[0]},${k % 2 === 0 ? 'yes' : 'no'}`)]), solved)).toBe(0);
    expect(answersIn(tableOf(['id,colour', ...rows.map((row) => `${row.split(',')[0]},red`)]), solved)).toBe(0);
  });
});
