import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { grade } from '../../../src/core/grading/grade';

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
