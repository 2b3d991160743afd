/**
 * Numbers in cells: optional sign, digits with an optional point, optional exponent, spaces or
 * tabs around. Read from bytes, since almost every cell of a large file is one.
 */

const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Above this a decimal mantissa may no longer be an exact double. */
const exactLimit = 2 ** 53;
/** Characters of a cell that may be a number: far above all that is printed, and read in no time. */
const maxNumberLength = 4000;
/** Digits that are added up as one 32-bit integer, which is faster than as doubles. */
const groupDigits = 8;

/**
 * The value of `view` from `start` to `end`.
 *
 * @returns a finite double; `NaN` when the text is empty, not a number or too long for one; `±Infinity` for
 *   `inf`, `Infinity` (any case) and for overflow. `numberProblem` names the code.
 *
 * Up to 2^53 and with a power of ten up to 10^22 both operands are exact doubles, so that one
 * multiplication or division rounds correctly (Clinger 1990). Fractions of up to 22 digits, which
 * is what languages print, are divided as two doubles each; the rest goes through the engine's own
 * correctly rounded conversion.
 */
// eslint-disable-next-line complexity -- one flat pass: it runs once per cell of files with millions of rows
export function parseNumber(view: DataView, start: number, end: number): number {
  let p = start;
  let q = end;
  while (p < q && (view.getUint8(p) === 32 || view.getUint8(p) === 9)) p++;
  while (q > p && (view.getUint8(q - 1) === 32 || view.getUint8(q - 1) === 9)) q--;
  if (q - p > maxNumberLength) return NaN;
  const first = p;
  let negative = false;
  if (p < q && (view.getUint8(p) === 45 || view.getUint8(p) === 43)) negative = view.getUint8(p++) === 45;
  let mantissa = 0;
  let tail = 0;
  let tailDigits = 0;
  let digits = 0;
  let scale = 0;
  let c = 0;
  let word = 0;
  while (p < q && (c = view.getUint8(p) - 48) >= 0 && c <= 9) {
    mantissa = mantissa * 10 + c;
    digits++;
    p++;
  }
  if (p < q && view.getUint8(p) === 46) {
    p++;
    const from = p;
    for (;;) {
      const groupStart = p;
      const groupEnd = Math.min(q, p + groupDigits);
      let group = 0;
      while (p + 4 <= groupEnd && areFourDigits((word = view.getInt32(p, true)))) {
        group = Math.imul(group, 10_000) + fourDigits(word);
        p += 4;
      }
      while (p < groupEnd && (c = view.getUint8(p) - 48) >= 0 && c <= 9) {
        group = (Math.imul(group, 10) + c) | 0;
        p++;
      }
      const size = p - groupStart;
      if (size === 0) break;
      const joined = mantissa * powersOfTen[size]! + group;
      // Digits beyond the exact ones are kept on their own, one group of them.
      if (tailDigits > 0) tailDigits += size;
      else if (joined < exactLimit) mantissa = joined;
      else {
        tail = group;
        tailDigits = size;
      }
      if (size < groupDigits) break;
    }
    scale = from - p;
    digits -= scale;
  }
  if (digits === 0) return infinityOrNaN(view, first, q);
  if (p < q) {
    const exponent = readExponent(view, p, q);
    if (exponent !== exponent) return NaN;
    scale += exponent;
  }
  if (mantissa < exactLimit && scale <= 22 && scale >= -22) {
    const value = tailDigits > 0
      ? longFraction(mantissa, tail, tailDigits, scale)
      : scale < 0 ? mantissa / powersOfTen[-scale]! : mantissa * powersOfTen[scale]!;
    if (value === value) return negative ? -value : value;
  }
  return Number(asciiText(view, first, q));
}

/** Whether four bytes, the first one lowest, are digits: 3 in the upper half of each, at most 9 in the lower. */
const areFourDigits = (word: number): boolean => (word & upperHalves) === 0x30303030 && ((word + 0x06060606) & upperHalves) === 0x30303030;
const upperHalves = 0xf0f0f0f0 | 0;

/** The number of four digits: first of two pairs in 16 bits each, then of these. */
function fourDigits(word: number): number {
  const pairs = (Math.imul(word & 0x0f0f0f0f, 2561) >>> 8) & 0x00ff00ff;
  return (pairs & 0xff) * 100 + (pairs >>> 16);
}

/**
 * (head · 10^tailDigits + tail) · 10^scale for a negative scale, correctly rounded; NaN when that
 * cannot be told. Numerator and quotient are sums of two doubles (T. J. Dekker, 1971), which is
 * exact enough to round unless the quotient lies very near the middle of two doubles.
 */
function longFraction(head: number, tail: number, tailDigits: number, scale: number): number {
  if (tailDigits > groupDigits || scale > -1) return NaN;
  const high = head * powersOfTen[tailDigits]!;
  const numerator = high + tail;
  const rest = productError(head, powersOfTen[tailDigits]!, high) + (tail - (numerator - high));
  const divisor = powersOfTen[-scale]!;
  const quotient = numerator / divisor;
  const product = quotient * divisor;
  const correction = (numerator - product - productError(quotient, divisor, product) + rest) / divisor;
  const slack = quotient * 2 ** -90;
  const value = quotient + (correction - slack);
  return value === quotient + (correction + slack) ? value : NaN;
}

/** a · b − product without rounding, for product = a · b as rounded. */
function productError(a: number, b: number, product: number): number {
  const aHigh = upperHalf(a);
  const aLow = a - aHigh;
  const bHigh = upperHalf(b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The upper 26 bits of a double (G. W. Veltkamp, 1968). */
function upperHalf(a: number): number {
  const shifted = a * 134217729;
  return shifted - (shifted - a);
}

/** The exponent of `e…` that fills `view` from `start` to `end`, or NaN when that is something else. */
function readExponent(view: DataView, start: number, end: number): number {
  if ((view.getUint8(start) | 32) !== 101) return NaN;
  let p = start + 1;
  let negative = false;
  if (p < end && (view.getUint8(p) === 45 || view.getUint8(p) === 43)) negative = view.getUint8(p++) === 45;
  if (p === end) return NaN;
  let value = 0;
  for (; p < end; p++) {
    const c = view.getUint8(p) - 48;
    if (c < 0 || c > 9) return NaN;
    if (value < 1e6) value = value * 10 + c;
  }
  return negative ? -value : value;
}

function infinityOrNaN(view: DataView, start: number, end: number): number {
  if (end - start > 9) return NaN;
  const match = /^([+-]?)inf(inity)?$/i.exec(asciiText(view, start, end));
  if (match === null) return NaN;
  return match[1] === '-' ? -Infinity : Infinity;
}

function asciiText(view: DataView, start: number, end: number): string {
  let text = '';
  for (let p = start; p < end; p++) text += String.fromCharCode(view.getUint8(p));
  return text;
}

/** Whether the slice holds nothing but spaces and tabs. */
export function isBlank(view: DataView, start: number, end: number): boolean {
  for (let p = start; p < end; p++) if (view.getUint8(p) !== 32 && view.getUint8(p) !== 9) return false;
  return true;
}

/** The code for a cell whose `parseNumber` is not finite. */
export function numberProblem(
  view: DataView, start: number, end: number, value: number,
): 'empty_value' | 'not_a_number' | 'not_finite' {
  if (value === Infinity || value === -Infinity) return 'not_finite';
  return isBlank(view, start, end) ? 'empty_value' : 'not_a_number';
}
