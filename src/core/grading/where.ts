import { absent } from './csvScanner';
import type { Column, CsvTable } from './csv';
import type { Where } from './metric';
import { parseNumber } from './numbers';
import type { ProblemList } from './problems';
import { parseBinary } from './values';

/**
 * The answers rows that the parameter `where` selects. A number or boolean compares as numbers,
 * with `true` and `false` in cells as 1 and 0; a string compares as exact text by code units.
 */
export function rowsWhere(answers: CsvTable, column: Column, where: Where, problems: ProblemList): Int32Array {
  const test = typeof where.value === 'string' ? textTest(column, where.value, where.op) : numberTest(column, Number(where.value), where.op);
  const rows: number[] = [];
  for (let row = 0; row < answers.rows; row++) {
    if (column.start(row) === absent) continue;
    const result = test(row);
    if (result === null) problems.add('not_a_number', { column: column.name, offset: answers.recordStarts[row] });
    else if (result) rows.push(row);
  }
  return Int32Array.from(rows);
}

function numberTest(column: Column, value: number, op: Where['op']): (row: number) => boolean | null {
  return (row) => {
    const number = parseNumber(column.view, column.start(row), column.end(row));
    const cell = Number.isFinite(number) ? number : parseBinary(column.view, column.start(row), column.end(row));
    if (!Number.isFinite(number) && cell < 0) return null;
    return compare(cell - value, op);
  };
}

function textTest(column: Column, value: string, op: Where['op']): (row: number) => boolean {
  return (row) => {
    const cell = column.text(row);
    return compare(cell < value ? -1 : cell > value ? 1 : 0, op);
  };
}

function compare(difference: number, op: Where['op']): boolean {
  switch (op) {
    case '==': return difference === 0;
    case '!=': return difference !== 0;
    case '>': return difference > 0;
    case '>=': return difference >= 0;
    case '<': return difference < 0;
    case '<=': return difference <= 0;
  }
}
