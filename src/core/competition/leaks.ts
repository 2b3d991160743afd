/** Tests for columns and orders that give answers away. All take parallel lists of cell texts. */

const asNumber = (text: string): number => (text.trim() === '' ? NaN : Number(text));

/**
 * How a column gives the answer away, or undefined when it does not: as a copy, as numbers on a
 * straight line with it, or as groups that each have one answer.
 */
export function columnLeak(column: readonly string[], truth: readonly string[]): string | undefined {
  if (truth.length < 10 || new Set(truth).size < 2) return undefined;
  const equal = column.filter((value, row) => value === truth[row]).length;
  if (equal >= 0.99 * truth.length) return 'it is a copy';
  const correlation = pearson(column.map(asNumber), truth.map(asNumber));
  if (correlation !== undefined && Math.abs(correlation) > 0.9999) return 'it is the answer in another unit';
  return groupsDecide(column, truth) ? 'rows with the same value have the same answer' : undefined;
}

/**
 * Whether equal values always go with equal answers, although most values repeat and groups of
 * one answer would not come about by chance. Needs more groups than answers, or as many: a
 * feature that only sets part of the classes apart is no leak.
 */
function groupsDecide(column: readonly string[], truth: readonly string[]): boolean {
  const groups = new Map<string, { answer: string | undefined; rows: number; pure: boolean }>();
  column.forEach((value, row) => {
    const group = groups.get(value);
    if (group === undefined) groups.set(value, { answer: truth[row], rows: 1, pure: true });
    else {
      group.rows++;
      group.pure &&= group.answer === truth[row];
    }
  });
  const repeated = [...groups.values()].filter((group) => group.rows > 1);
  const rows = repeated.reduce((sum, group) => sum + group.rows, 0);
  return rows >= truth.length / 2 && repeated.length >= 2 && repeated.every((group) => group.pure) && new Set(repeated.map((group) => group.answer)).size >= 2;
}

/** Pearson correlation; undefined unless every value is a finite number and both lists vary. */
export function pearson(a: readonly number[], b: readonly number[]): number | undefined {
  if (![...a, ...b].every(Number.isFinite)) return undefined;
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, row) => {
    const [da, db] = [value - ma, (b[row] ?? 0) - mb];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  });
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : undefined;
}

/** Whether answers lie in the file sorted: each class in one block, or numbers rising or falling throughout. */
export function ordered(truth: readonly string[]): boolean {
  const different = new Set(truth).size;
  if (truth.length < 10 || different < 2) return false;
  const changes = truth.filter((value, row) => row > 0 && value !== truth[row - 1]).length;
  if (changes === different - 1 && different <= truth.length / 2) return true;
  const numbers = truth.map(asNumber);
  if (!numbers.every(Number.isFinite)) return false;
  const rising = numbers.every((value, row) => row === 0 || value >= (numbers[row - 1] ?? value));
  return rising || numbers.every((value, row) => row === 0 || value <= (numbers[row - 1] ?? value));
}
