import type { CsvTable } from '../grading/csv';
import { allColumns, writeCsv, type OutputColumn } from '../grading/writeCsv';

/** Public and private rows of answers that come without such a split. */

export const usageColumn = 'Usage';

/** Whether the answers say themselves which rows are public: a column of that name with no other value. */
export function hasUsage(answers: CsvTable): boolean {
  const column = answers.columns.get(usageColumn);
  if (column === undefined) return false;
  for (let row = 0; row < answers.rows; row++) if (!/^(Public|Private)$/.test(column.text(row))) return false;
  return answers.rows > 0;
}

/**
 * The answers with derived columns and a column `Usage`, which is random by id (rows with one id
 * stay together) and the same for the same seed. Both parts have at least one id where there are two.
 *
 * @param id          columns whose values together are the id
 * @param publicShare share of the ids that are public, above 0, at most 1
 */
export function withUsage(answers: CsvTable, id: readonly string[], split: { readonly seed: number; readonly publicShare: number }, derived: readonly OutputColumn[] = []): Uint8Array {
  const ids = id.map((name) => answers.columns.get(name));
  const keys = Array.from({ length: answers.rows }, (_, row) => JSON.stringify(ids.map((column) => column?.text(row) ?? '')));
  const isPublic = drawPublic([...new Set(keys)], split);
  const kept = allColumns(answers).filter(({ name }) => name !== usageColumn);
  const usage: OutputColumn = { name: usageColumn, cells: (row) => (isPublic.has(keys[row] ?? '') ? 'Public' : 'Private') };
  return writeCsv([...kept, ...derived, usage], Array.from({ length: answers.rows }, (_, row) => row));
}

/**
 * Draws the public ones of `keys`, which differ: the same for the same seed, whatever their order.
 * At least one is public, and one private where there are two and the share is below 1.
 */
export function drawPublic(keys: readonly string[], { seed, publicShare }: { readonly seed: number; readonly publicShare: number }): ReadonlySet<string> {
  const wanted = Math.round(publicShare * keys.length);
  const count = publicShare === 1 || keys.length < 2 ? keys.length : Math.min(keys.length - 1, Math.max(1, wanted));
  const order = keys.map((key) => ({ key, place: hashText(`${seed}\n${key}`) })).sort((a, b) => a.place - b.place || (a.key < b.key ? -1 : 1));
  return new Set(order.slice(0, count).map(({ key }) => key));
}

/** 53 well-mixed bits of a text (cyrb53), the same everywhere: the split must not depend on the machine. */
function hashText(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
