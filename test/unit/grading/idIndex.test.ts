import { describe, expect, it } from 'vitest';
import { readCsv, type Column } from '../../../src/core/grading/csv';
import { batch, indexFor } from '../../../src/core/grading/idIndex';
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
    ['ids of up to 12 bytes', () => [short()], () => [long()]],
    ['long ids', () => [long()], () => [long()]],
    ['tuples', () => [short(), long()], () => [long(), short()]],
  ] as const)('%s: finds what a map finds', (_name, indexed, asked) => {
    // At the file's end fewer bytes are left than are read at once: the last ids are of every length.
    const ids = [...Array.from({ length: 3 * batch + 7 }, () => [...indexed()]), ...['', 'a', 'ab', 'abc', 'abcd', 'abcde'].map((end) => indexed().map(() => end))];
    const rowOf = new Map<string, number>();
    const earlierOf = ids.map((id, row) => {
      const earlier = rowOf.get(JSON.stringify(id)) ?? -1;
      if (earlier < 0) rowOf.set(JSON.stringify(id), row);
      return earlier;
    });
    const index = indexFor(columnsOf(ids), ids.length);
    const result = new Int32Array(batch);
    for (let from = 0; from < ids.length; from += batch) {
      const to = Math.min(ids.length, from + batch);
      index.add(from, to, result);
      expect([...result.subarray(0, to - from)]).toEqual(earlierOf.slice(from, to));
    }
    const questions = [...ids.slice(-batch / 2), ...Array.from({ length: batch / 2 }, () => [...asked()])];
    index.lookUp(columnsOf(questions), 0, questions.length, result);
    const expected = questions.map((id) => rowOf.get(JSON.stringify(id)) ?? -1);
    expect([...result.subarray(0, questions.length)]).toEqual(expected);
    expect(expected).toContain(-1);
    expect(expected.filter((row) => row >= 0).length).toBeGreaterThan(batch / 4);
  });
});
