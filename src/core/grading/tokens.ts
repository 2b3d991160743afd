import { encodeView } from './bytes';
import type { Column } from './csv';
import { splitList } from './labels';
import type { ScoringInput } from './metric';
import { parseNumber } from './numbers';
import type { ProblemCode } from './result';
import { eachAnswer, eachSubmitted, reportAnswer, reportSubmitted } from './values';

/** A cell that holds several things is read into `T`, or has a problem. */
export type Parsed<T> = { readonly value: T } | { readonly code: ProblemCode };

/** A number inside a cell. */
export function tokenNumber(text: string): Parsed<number> {
  const view = encodeView(text);
  const value = parseNumber(view, 0, view.byteLength);
  if (Number.isNaN(value)) return { code: 'not_a_number' };
  return Number.isFinite(value) ? { value } : { code: 'not_finite' };
}

/** The numbers of a list cell. */
export function numberList(text: string): Parsed<Float64Array> {
  const items = splitList(text);
  const values = new Float64Array(items.length);
  for (let i = 0; i < items.length; i++) {
    const number = tokenNumber(items[i]!);
    if ('code' in number) return number;
    values[i] = number.value;
  }
  return { value: values };
}

/** The cells of a scored answers column; `otherwise` stands for a broken one. */
export function answerCells<T>(input: ScoringInput, column: Column, parse: (text: string, row: number) => Parsed<T>, otherwise: T): T[] {
  const cells = Array<T>(input.rows).fill(otherwise);
  eachAnswer(input, column, (scored, _start, _end, row) => {
    const parsed = parse(column.text(row), row);
    if ('code' in parsed) reportAnswer(input, parsed.code, column, row);
    else cells[scored] = parsed.value;
  });
  return cells;
}

/** The cells of a submitted column in the order of the scored rows; `otherwise` stands for a broken one. */
export function submittedCells<T>(
  input: ScoringInput, column: Column, parse: (text: string, scored: number) => Parsed<T>, otherwise: T, fix?: string,
): T[] {
  const cells = Array<T>(input.rows).fill(otherwise);
  eachSubmitted(input, column, (scored, _start, _end, row) => {
    const parsed = parse(column.text(row), scored);
    if ('code' in parsed) reportSubmitted(input, parsed.code, column, row, fix === undefined ? {} : { fix });
    else if (scored >= 0) cells[scored] = parsed.value;
  });
  return cells;
}
