import { describe, expect, it } from 'vitest';
import { readCsv, type Column } from '../../../src/core/grading/csv';
import { IdIndex, batch } from '../../../src/core/grading/idIndex';
import { IdList } from '../../../src/core/grading/ids';
import { ProblemList } from '../../../src/core/grading/problems';
import { bytes } from './helpers';

/** Deterministic numbers in [0, 1) (Park–Miller). */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function columnsOf(ids: readonly (readonly string[])[]): Column[] {
  const names = ids[0]!.map((_, k) => `id${k}`);
  const text = [names, ...ids].map((fields) => fields.map((field) => `"${field}"`).join(',')).join('\n');
  const table = readCsv(bytes(text), () => names, new ProblemList())!;
  return names.map((name) => table.columns.get(name)!);
}

describe('an index of ids', () => {
  const random = generator(3);
  const below = (n: number): number => Math.floor(random() * n);
  const piece = (): string => ['', 'a', '0', '00', 'row_', '-1', 'é', '日本', '\t', ' '][below(10)]!;
  const short = (): string => {
    for (;;) {
      const id = Array.from({ length: below(6) }, piece).join('');
      if (bytes(id).length <= 12) return id;
    }
  };
  const long = (): string => `${short()}${short()}${'x'.repeat(below(9))}`;

  it.each([
    ['ids of up to 12 bytes', 2000, () => [short()], () => [long()]],
    ['more ids than expected', 0, () => [short()], () => [long()]],
    ['long ids', 2000, () => [long()], () => [long()]],
    ['more long ids than expected', 5, () => [long()], () => [long()]],
    ['tuples', 2000, () => [short(), long()], () => [long(), short()]],
    ['tuples of many cells, most of them empty', 0, () => ['', piece(), '', '', '', piece()], () => [piece(), '', '', '', piece(), '']],
  ] as const)('%s: finds what a map finds', (_name, expectedIds, indexed, asked) => {
    // At the file's end fewer bytes are left than are read at once: the last ids are of every length.
    const ids = [...Array.from({ length: 3 * batch + 7 }, () => [...indexed()]), ...['', 'a', 'ab', 'abc', 'abcd', 'abcde'].map((end) => indexed().map(() => end))];
    const rowOf = new Map<string, number>();
    const earlierOf = ids.map((id, row) => {
      const earlier = rowOf.get(JSON.stringify(id)) ?? -1;
      if (earlier < 0) rowOf.set(JSON.stringify(id), row);
      return earlier;
    });
    const index = new IdIndex(expectedIds);
    const list = new IdList(index.seed, batch);
    const columns = columnsOf(ids);
    const result = new Int32Array(batch);
    for (let from = 0; from < ids.length; from += batch) {
      const to = Math.min(ids.length, from + batch);
      list.clear();
      expect(list.append(columns, from, to)).toBe(ids.slice(from, to).every((id) => !id.includes('')));
      expect(index.add(list, to - from, from, result)).toBe(earlierOf.slice(from, to).every((earlier) => earlier < 0));
      expect([...result.subarray(0, to - from)]).toEqual(earlierOf.slice(from, to));
    }
    const questions = [...ids.slice(-batch / 2), ...Array.from({ length: batch / 2 }, () => [...asked()])];
    list.clear();
    list.append(columnsOf(questions), 0, questions.length);
    index.lookUp(list, questions.length, result);
    const expected = questions.map((id) => rowOf.get(JSON.stringify(id)) ?? -1);
    expect([...result.subarray(0, questions.length)]).toEqual(expected);
    expect(expected).toContain(-1);
    expect(expected.filter((row) => row >= 0).length).toBeGreaterThan(batch / 4);
  });

  it('gives each id out once', () => {
    const names = Array.from({ length: batch }, (_, i) => [i % 3 === 0 ? `a longer name, no. ${i}` : `row_${i}`]);
    const index = new IdIndex(names.length);
    const listOf = (ids: string[][]): IdList => {
      const list = new IdList(index.seed, 0);
      list.append(columnsOf(ids), 0, ids.length);
      return list;
    };
    const list = listOf(names);
    const result = new Int32Array(batch);
    index.add(list, batch, 0, result);
    expect(index.take(list, 10, 300, result)).toBe(true);
    expect([...result.subarray(0, 290)]).toEqual(names.slice(10, 300).map((_, i) => i + 10));
    expect(index.take(list, 300, batch, result)).toBe(true);
    expect(index.take(list, 299, 300, result)).toBe(false);
    expect(index.take(listOf([['row_1'], ['row_1']]), 0, 2, result)).toBe(false);
    expect(index.take(listOf([['row_2'], ['no such row']]), 0, 2, result)).toBe(false);
    index.lookUp(list, batch, result);
    expect([...result]).toEqual(names.map((_, i) => i));
  });
});
