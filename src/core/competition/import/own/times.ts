import type { Column } from '../../../grading/csv';
import { isMissing } from '../../profile';

/** Reading of a column that orders rows in time. */

export type Times =
  /** One number per row, later rows have larger ones; NaN where the cell is empty. Equal cells give equal numbers. */
  | { readonly ok: true; readonly values: Float64Array }
  /** A cell that is no time, or `undefined` when every cell is empty. */
  | { readonly ok: false; readonly example: string | undefined; readonly ambiguous: boolean };

const plainNumber = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const yearFirst = /^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/;
const yearLast = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?$/;

/**
 * Times as numbers: plain numbers (years, steps, seconds), dates with the year first, and dates with
 * the year last where one of them shows which of day and month is which. A column mixes no two forms.
 */
export function timesOf(column: Column, rows: number): Times {
  const texts = Array.from({ length: rows }, (_, row) => column.text(row).trim());
  const present = texts.filter((text) => !isMissing(text));
  const [first] = present;
  if (first === undefined) return { ok: false, example: undefined, ambiguous: false };
  let read: (text: string) => number;
  if (plainNumber.test(first)) read = (text) => (plainNumber.test(text) ? Number(text) : NaN);
  else if (yearFirst.test(first)) read = readYearFirst;
  else {
    const order = dayMonthOrder(present);
    if (order === undefined) return { ok: false, example: first, ambiguous: yearLast.test(first) };
    read = (text) => readYearLast(text, order);
  }
  const values = new Float64Array(rows);
  for (const [row, text] of texts.entries()) {
    values[row] = isMissing(text) ? NaN : read(text);
    if (Number.isNaN(values[row]) && !isMissing(text)) return { ok: false, example: text, ambiguous: false };
  }
  return { ok: true, values };
}

function utc(year: number, month: number, day: number, rest: readonly (string | undefined)[]): number {
  const [hour = '0', minute = '0', second = '0', fraction = '0'] = rest;
  const exists = month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  return exists ? Date.UTC(year, month - 1, day, Number(hour), Number(minute), Number(second)) + Number(fraction) * 1000 : NaN;
}

function readYearFirst(text: string): number {
  const [, year, month, day = '1', hour, minute, second, fraction, zone] = yearFirst.exec(text) ?? [];
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  const minutes = offset ? Number(`${offset[1]}1`) * (60 * Number(offset[2]) + Number(offset[3])) : 0;
  return utc(Number(year), Number(month), Number(day), [hour, minute, second, fraction]) - minutes * 60_000;
}

type DayMonth = 'day first' | 'month first';

/** Points stand between German and Russian dates, which begin with the day; otherwise a number above 12 tells. */
function dayMonthOrder(texts: readonly string[]): DayMonth | undefined {
  const parts = texts.map((text) => yearLast.exec(text));
  const dayFirst = parts.some((found) => found !== null && (found[2] === '.' || Number(found[1]) > 12));
  const monthFirst = parts.some((found) => found !== null && found[2] !== '.' && Number(found[3]) > 12);
  if (dayFirst === monthFirst) return undefined;
  return dayFirst ? 'day first' : 'month first';
}

function readYearLast(text: string, order: DayMonth): number {
  const [, first, , second, year, hour, minute, seconds, fraction] = yearLast.exec(text) ?? [];
  const [day, month] = order === 'day first' ? [first, second] : [second, first];
  return utc(Number(year), Number(month), Number(day), [hour, minute, seconds, fraction]);
}
