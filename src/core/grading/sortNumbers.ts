/**
 * Sorting of many finite doubles: least-significant-digit radix sort on the upper half of their bits,
 * 11 bits at a time, then each run of values with the same upper half, which mostly is short. Linear
 * in their number, and several times faster than comparing from some thousands on.
 */

const digitBits = 11;
const buckets = 1 << digitBits;
/** Digits of 32 bits. */
const digits = 3;
/** Below this comparing is faster than counting. */
const fewest = 4096;
/** Up to this length a run is sorted by insertion. */
const shortRun = 16;

/** Sorts finite numbers in place, lowest first; −0 and 0 count as equal. */
export function sortNumbers(values: Float64Array): Float64Array {
  return values.length < fewest ? values.sort() : radixSort(values);
}

function radixSort(values: Float64Array): Float64Array {
  const counts = countDigits(values);
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(values.length);
  for (let digit = 0; digit < digits; digit++) {
    const places = counts.subarray(digit * buckets, (digit + 1) * buckets);
    if (places.includes(values.length)) continue;
    moveByDigit(from, to, digit * digitBits, places);
    [from, to] = [to, from];
  }
  // The sign bit sorted the negatives behind the others, and those by falling value.
  let positives = from.length;
  while (positives > 0 && isNegative(from[positives - 1]!)) positives--;
  if (positives < from.length) {
    to.set(from.subarray(positives).reverse());
    to.set(from.subarray(0, positives), from.length - positives);
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
  sortRuns(values);
  return values;
}

/** The words of doubles: word 1 is the upper half on every machine that Node runs on. */
const wordsOf = (values: Float64Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);

/** Sorts within the runs of values that share their upper half. */
function sortRuns(values: Float64Array): void {
  const words = wordsOf(values);
  for (let start = 0, end = 1; start < values.length; start = end++) {
    while (end < values.length && words[2 * end + 1] === words[2 * start + 1]) end++;
    if (end - start > shortRun) sortLongRun(values.subarray(start, end));
    else if (end - start > 1) insertionSort(values, start, end);
  }
}

/** Often all of a long run are equal. */
function sortLongRun(values: Float64Array): void {
  for (let i = 1; i < values.length; i++) {
    if (values[i - 1]! <= values[i]!) continue;
    values.sort();
    return;
  }
}

function insertionSort(values: Float64Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const value = values[i]!;
    let k = i;
    for (; k > start && values[k - 1]! > value; k--) values[k] = values[k - 1]!;
    values[k] = value;
  }
}

const isNegative = (value: number): boolean => value < 0 || Object.is(value, -0);

/** How often each value of each digit of the upper halves occurs, digit by digit. */
function countDigits(values: Float64Array): Uint32Array {
  const words = wordsOf(values);
  const counts = new Uint32Array(digits * buckets);
  for (let i = 1; i < words.length; i += 2) {
    const word = words[i]!;
    counts[word & (buckets - 1)]!++;
    counts[buckets + ((word >>> digitBits) & (buckets - 1))]!++;
    counts[2 * buckets + (word >>> (2 * digitBits))]!++;
  }
  return counts;
}

/** Moves the values into the order of one digit of their upper half, of which `places` holds the counts. */
function moveByDigit(from: Float64Array, to: Float64Array, shift: number, places: Uint32Array): void {
  let sum = 0;
  for (let k = 0; k < buckets; k++) {
    const count = places[k]!;
    places[k] = sum;
    sum += count;
  }
  const words = wordsOf(from);
  for (let i = 0; i < from.length; i++) to[places[(words[2 * i + 1]! >>> shift) & (buckets - 1)]!++] = from[i]!;
}
