import { ByteInterner } from './bytes';
import type { Column } from './csv';
import { absent } from './csvScanner';
import { CellsNeeded, notRead } from './metric';
import type { ScoringInput, Target } from './metric';
import { isBlank, numberProblem, parseNumber } from './numbers';
import type { ProblemCode } from './result';

/**
 * Reading of cells into typed arrays in the order of the scored rows. Cells of the submission are
 * visited in file order, so that the first examples are the first lines. A cell with a problem
 * leaves NaN (numbers) or −1 (classes); nothing is scored then.
 */

/** Limits of a prediction beside the parameter `range`. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly fix: string;
}

export const probabilityBounds: Bounds = {
  low: 0,
  high: 1,
  fix: 'Write probabilities between 0 and 1.',
};

/** Calls `visit` for every cell of a submission column that is to be read, in file order. */
export function eachSubmitted(
  input: ScoringInput, column: Column,
  visit: (scored: number, start: number, end: number, row: number) => void,
): void {
  const { scoredIndex } = input;
  const rows = input.submission.rows;
  for (let row = 0; row < rows; row++) {
    const scored = scoredIndex[row]!;
    if (scored === notRead) continue;
    const start = column.start(row);
    if (start !== absent) visit(scored, start, column.end(row), row);
  }
}

/** Calls `visit` for every scored cell of an answers column. */
export function eachAnswer(
  input: ScoringInput, column: Column,
  visit: (scored: number, start: number, end: number, row: number) => void,
): void {
  const { answersRows } = input;
  for (let scored = 0; scored < answersRows.length; scored++) {
    const row = answersRows[scored]!;
    const start = column.start(row);
    if (start !== absent) visit(scored, start, column.end(row), row);
  }
}

/** Reports a bad cell of the submission. */
export function reportSubmitted(
  input: ScoringInput, code: ProblemCode, column: Column, row: number, more?: { message?: string; fix?: string },
): void {
  input.problems.add(code, {
    column: column.name,
    offset: input.submission.recordStarts[row],
    example: input.problems.wantsExample(code, column.name) ? column.beginning(row) : undefined,
    ...more,
  });
}

/** Reports a bad cell of the answers, without its value. */
export function reportAnswer(input: ScoringInput, code: ProblemCode, column: Column, row: number, message?: string): void {
  input.answersProblems.add(code, { column: column.name, offset: input.answers.recordStarts[row], message });
}

/** The target's column of the answers. */
export function truthColumn(target: Target): Column {
  if (target.answers === null) throw new Error(`target ${target.name} has no column in the answers`);
  return target.answers;
}

/** The truth as finite numbers. */
export function truthNumbers(input: ScoringInput, column: Column): Float64Array {
  const known = input.truths?.get(column);
  if (known !== undefined) return known;
  const values = new Float64Array(input.rows).fill(NaN);
  const { view } = column;
  eachAnswer(input, column, (scored, start, end, row) => {
    const value = parseNumber(view, start, end);
    if (Number.isFinite(value)) values[scored] = value;
    else reportAnswer(input, numberProblem(view, start, end, value), column, row);
  });
  return values;
}

/** The predictions of a column as finite numbers inside `bounds` and the parameter `range`. */
export function predictedNumbers(input: ScoringInput, column: Column, bounds?: Bounds): Float64Array {
  const { view } = column;
  const low = Math.max(bounds?.low ?? -Infinity, input.bounds?.[0] ?? -Infinity);
  const high = Math.min(bounds?.high ?? Infinity, input.bounds?.[1] ?? Infinity);
  const known = input.numbers?.get(column);
  if (known !== undefined) {
    if (low > -Infinity || high < Infinity) for (let i = 0; i < known.length; i++) if (known[i]! < low || known[i]! > high) throw new CellsNeeded();
    return known;
  }
  const values = new Float64Array(input.rows).fill(NaN);
  eachSubmitted(input, column, (scored, start, end, row) => {
    const value = parseNumber(view, start, end);
    if (!Number.isFinite(value)) reportSubmitted(input, numberProblem(view, start, end, value), column, row);
    else if (value < low || value > high) {
      reportSubmitted(input, 'out_of_range', column, row, {
        fix: bounds?.fix ?? `Keep predictions between ${low} and ${high}.`,
      });
    } else if (scored >= 0) values[scored] = value;
  });
  return values;
}

/** `0`, `1`, a number equal to one of them, or `true`/`false` in any case; −1 for anything else. */
export function parseBinary(view: DataView, start: number, end: number): number {
  if (end - start === 1) {
    const c = view.getUint8(start);
    return c === 48 ? 0 : c === 49 ? 1 : -1;
  }
  if (matchesWord(view, start, end, 'true')) return 1;
  if (matchesWord(view, start, end, 'false')) return 0;
  const value = parseNumber(view, start, end);
  return value === 0 ? 0 : value === 1 ? 1 : -1;
}

function matchesWord(view: DataView, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if ((view.getUint8(start + i) | 32) !== word.charCodeAt(i)) return false;
  return true;
}

/** The truth as 0 and 1. */
export function truthBinary(input: ScoringInput, column: Column): Uint8Array {
  const known = input.truths?.get(column);
  if (known !== undefined) return binaryOf(known);
  const values = new Uint8Array(input.rows);
  eachAnswer(input, column, (scored, start, end, row) => {
    const value = parseBinary(column.view, start, end);
    if (value >= 0) values[scored] = value;
    else reportAnswer(input, start === end ? 'empty_value' : 'bad_label', column, row);
  });
  return values;
}

function binaryOf(numbers: Float64Array): Uint8Array {
  const values = new Uint8Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    if (value !== 0 && value !== 1) throw new CellsNeeded();
    values[i] = value;
  }
  return values;
}

/** A submitted column as 0 and 1. */
export function predictedBinary(input: ScoringInput, column: Column): Uint8Array {
  const values = new Uint8Array(input.rows);
  eachSubmitted(input, column, (scored, start, end, row) => {
    const value = parseBinary(column.view, start, end);
    if (value < 0) {
      const code = isBlank(column.view, start, end) ? 'empty_value' : 'bad_label';
      reportSubmitted(input, code, column, row, code === 'bad_label' ? { fix: 'Write 0 or 1.' } : {});
    } else if (scored >= 0) values[scored] = value;
  });
  return values;
}

/** The submission's record of a scored row, for problems of a whole row. */
export function submittedOffset(input: ScoringInput, scored: number): number | undefined {
  const row = input.submissionRows[scored]!;
  return row < 0 ? undefined : input.submission.recordStarts[row];
}

export function answersOffset(input: ScoringInput, scored: number): number | undefined {
  return input.answers.recordStarts[input.answersRows[scored]!];
}

/** Mean of `values` over the units. */
export function meanOver(values: Float64Array, units: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < units.length; i++) sum += values[units[i]!]!;
  return sum / units.length;
}

/** A column of the answers as text classes, for groups: class of each scored row and the number of classes. */
export function groupsOf(input: ScoringInput, column: Column): { groups: Int32Array; names: readonly string[] } {
  const interner = new ByteInterner();
  const groups = new Int32Array(input.rows);
  eachAnswer(input, column, (scored, start, end) => (groups[scored] = interner.add(column.view, start, end)));
  return { groups, names: Array.from({ length: interner.size }, (_, k) => interner.text(k)) };
}
