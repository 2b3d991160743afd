import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { csvRecords } from '../../../src/core/grading/csvText';
import { grade } from '../../../src/core/grading/grade';
import { findMetric, metricNames } from '../../../src/core/grading/registry';

/** Scores made by the reference libraries; `makeReference.py` beside the file says how. */
const reference = z
  .object({
    versions: z.object({ sklearn: z.literal('1.2.1'), scipy: z.literal('1.10.1'), numpy: z.string() }),
    cases: z.array(
      z.object({
        metric: z.string(),
        params: z.record(z.string(), z.json()),
        target: z.array(z.string()),
        answers: z.string(),
        submission: z.string(),
        expected: z.number(),
        source: z.string(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(__dirname, '../../fixtures/grading/reference.json'), 'utf8')));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('metrics agree with scikit-learn 1.2.1 and scipy 1.10.1', () => {
  it.each(reference.cases.map((c, i) => [`${i} ${c.metric} ${JSON.stringify(c.params)} (${c.source})`, c] as const))('%s', (_name, c) => {
    const result = grade({ answers: bytes(c.answers), submission: bytes(c.submission), metric: c.metric, params: c.params, target: c.target });
    expect(result.errors).toEqual([]);
    expect(Math.abs((result.score ?? NaN) - c.expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(c.expected)));
  });
});

describe('what must not change a score of any metric', () => {
  /** The same table with its columns turned round and its records in another order. */
  function rearranged(text: string, keepRows: boolean): string {
    const [header, ...rows] = csvRecords(text).filter(({ fields }) => fields.join('') !== '').map(({ fields }) => [...fields].reverse().join(','));
    // A step that has no factor in common with the number of rows visits each once.
    const step = [7, 11, 13, 17].find((prime) => rows.length % prime !== 0)!;
    return [header, ...(keepRows ? rows : rows.map((_, i) => rows[(i * step + 3) % rows.length]))].join('\n');
  }

  it('has cases of every parameter', () => {
    const common = ['answer_target', 'where', 'range'];
    const without = metricNames().flatMap((name) => {
      const { schema } = findMetric(name)!;
      const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
      const used = new Set(reference.cases.filter(({ metric }) => metric === name).flatMap(({ params }) => Object.keys(params)));
      return known.filter((parameter) => !common.includes(parameter) && !used.has(parameter)).map((parameter) => `${name} ${parameter}`);
    });
    expect(without).toEqual([]);
    for (const parameter of common) expect(reference.cases.some(({ params }) => parameter in params), parameter).toBe(true);
  });

  it('has cases of every metric', () => expect(new Set(reference.cases.map(({ metric }) => metric))).toEqual(new Set(metricNames())));

  it.each(reference.cases.map((c, i) => [`${i} ${c.metric} ${JSON.stringify(c.params)}`, c] as const))('%s: order of rows and columns', (_name, c) => {
    const id = csvRecords(c.answers)[0]!.fields[0]!;
    // In long form the order of an id's rows is the submitted list.
    const submission = rearranged(c.submission, c.params.long === true);
    const result = grade({ answers: bytes(rearranged(c.answers, false)), submission: bytes(submission), metric: c.metric, params: c.params, id: [id], target: c.target });
    expect(result.errors).toEqual([]);
    expect(Math.abs((result.score ?? NaN) - c.expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(c.expected)));
  });
});
