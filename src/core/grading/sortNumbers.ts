/**
 * Sorting of many finite doubles: least-significant-digit radix sort on the upper half of their bits,
 * 11 bits at a time, then each run of values with the same upper half, which mostly is short. Linear
 * in their number, and several times faster than comparing from some thousands on.
 */

const digitBits = 11;
const buckets = 1 << digitBits;
/** Below this comparing is faster than counting. */
const fewest = 4096;
/** Up to this length a run is sorted by insertion. */
const shortRun = 16;

/** Sorts finite numbers in place, lowest first; −0 and 0 count as equal. */
export function sortNumbers(values: Float64Array): Float64Array {
  return values.length < fewest ? values.sort() : radixSort(values);
}

function radixSort(values: Float64Array): Float64Array {
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(values.length);
  for (const shift of [0, 11, 22]) if (passByDigit(from, to, shift)) [from, to] = [to, from];
  // The sign bit sorted the negatives behind the others, and those by falling value.
  let positives = 0;
  while (positives < from.length && !isNegative(from[positives]!)) positives++;
  to.set(from.subarray(positives).reverse());
  to.set(from.subarray(0, positives), from.length - positives);
  if (to !== values) values.set(to);
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

/** Moves the values into the order of one digit of their upper half; false when all have the same digit there. */
function passByDigit(from: Float64Array, to: Float64Array, shift: number): boolean {
  const n = from.length;
  const words = wordsOf(from);
  const place = new Uint32Array(buckets);
  for (let i = 1; i < 2 * n; i += 2) place[(words[i]! >>> shift) & (buckets - 1)]!++;
  if (place[(words[1]! >>> shift) & (buckets - 1)] === n) return false;
  let sum = 0;
  for (let k = 0; k < buckets; k++) {
    const count = place[k]!;
    place[k] = sum;
    sum += count;
  }
  for (let i = 0; i < n; i++) to[place[(words[2 * i + 1]! >>> shift) & (buckets - 1)]!++] = from[i]!;
  return true;
}
