import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrivateGrades } from '../../../src/node/storage/privateGrades';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'podium-grades-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const grade = (score: number) => {
  const part = { score, se: null };
  return { valid: true, score, metric: 'rmse', direction: 'minimize' as const, rows: 4, errors: [], warnings: [], public: part, private: part };
};

describe('private grades', () => {
  it('keep what came of a hidden test beside the grade that it gave', async () => {
    const grades = new PrivateGrades(home, 'run-1');
    expect(await grades.test()).toBeUndefined();
    await grades.record(1, grade(3));
    await grades.record(2, grade(2));
    const test = { attempt: 2, ok: true, seconds: 4, message: 'ran', figures: { statements: 5 } };
    await grades.recordTest(test, grade(7));
    expect(await grades.test()).toEqual(test);
    expect([...(await grades.read())].map(([attempt, { private: kept }]) => [attempt, kept?.score])).toEqual([[1, 3], [2, 7]]);
  });

  it('keep how a hidden test failed, and take no grade away for it', async () => {
    const grades = new PrivateGrades(home, 'run-1');
    await grades.record(1, { ...grade(3), valid: false, graderFailure: { type: 'KeyError', message: 'row 1' } });
    await grades.recordTest({ attempt: 1, ok: false, seconds: 1, message: 'It failed.', figures: {} }, undefined);
    expect(await grades.test()).toMatchObject({ ok: false, message: 'It failed.' });
    expect((await grades.failures()).get(1)).toMatchObject({ type: 'KeyError' });
    expect((await grades.read()).size).toBe(0);
  });

  it('lose none behind a line that was torn', async () => {
    const grades = new PrivateGrades(home, 'run-1');
    await grades.record(1, grade(3));
    await appendFile(join(home, 'grades', 'run-1.jsonl'), '{"attempt":2,"gra');
    await grades.record(2, grade(2));
    expect([...(await grades.read()).keys()]).toEqual([1, 2]);
  });
});
