import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { manifestSchema } from '../../../src/core/competition/manifest';
import type { Competition } from '../../../src/core/environment/ports';
import { readPrintedScore } from '../../../src/core/environment/printedScore';
import { competition as toy, FakeSandbox, world, type World } from './fakes';

const quiet = new AbortController().signal;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The fake sandbox's "shell" prints what the command says. */
function own(command: string, fixed: Readonly<Record<string, string>> = { 'evaluate.py': 'print 1' }): Competition {
  const manifest = manifestSchema.parse({
    schema: 1, id: 'own', title: 'Own', summary: 'Own.', source: { kind: 'own', name: 'Own', licence: 'own' },
    grader: { command, direction: 'maximize', label: 'speed' },
  });
  const files = new Map(Object.entries(fixed).map(([path, text]) => [path, { content: bytes(text), sha256: sha256(text) }]));
  return { ...toy, manifest, metricLabel: 'speed', direction: 'maximize', profiles: [], sample: '', evaluationFiles: { solution: new Map([['solution.py', bytes('x = 1\n')]]), fixed: files, ruler: 'r' } };
}
const agent = (w: World) => (name: string, params: unknown = {}) => w.environment.step({ name, params }, { actor: 'template', signal: quiet });

describe('an own evaluation', () => {
  it('runs over a fresh copy of the files and its printed score is told and journaled', async () => {
    const w = world({ competition: own('print loading\nprint score: 3.5'), limits: { gradedCalls: null } });
    const begun = await agent(w)('reset', { operator: 'baseline' });
    expect(begun.data).toMatchObject({ files: ['solution.py'] });
    const scored = await agent(w)('submit');
    expect(scored).toMatchObject({ status: 'ok', grade: { valid: true, public: { score: 3.5, se: null }, warnings: [] } });
    expect(scored.summary).toContain('speed 3.5');
    expect(w.sandbox.runs.at(-1)?.folder).toEqual(new Map([['solution.py', 'x = 1\n'], ['evaluate.py', 'print 1']]));
    expect(w.events.find((event) => event.type === 'graded')?.data).toMatchObject({ call: 1, valid: true, public: { score: 3.5 } });
    expect(w.environment.state.attempt(1)?.status).toBe('valid');
    expect(JSON.parse(w.files.get('1/evaluation.json') ?? '')).toMatchObject({ score: 3.5, ruler: 'r', restored: [] });
    expect(w.privateGrades).toEqual([{ attempt: 1, grade: expect.objectContaining({ private: null, score: 3.5 }) }]);
    expect(await agent(w)('submit')).toMatchObject({ status: 'error', error: { type: 'already_graded' } });
  });

  it.each([
    ['print no number here', 'no_score'],
    ['print nan', 'score_not_finite'],
    ['fail ZeroDivisionError by zero', 'ZeroDivisionError'],
    ['status timeout', 'timeout'],
  ])('%s is an observation that says so, and no score', async (command, type) => {
    const w = world({ competition: own(command) });
    const scored = await agent(w)('submit');
    expect(scored).toMatchObject({ status: 'error', error: { type: 'no_attempt' } });
    await agent(w)('reset');
    expect(await agent(w)('submit')).toMatchObject({ status: type === 'timeout' ? 'timeout' : 'error', error: { type } });
    expect(w.events.filter((event) => event.type === 'graded')).toEqual([]);
    expect(w.environment.state.attempt(1)?.outlook).toBe(type === 'timeout' ? 'timeout' : 'buggy');
  });

  it('is not changed by players: edits are refused, and what a bench or a command changed is put back and told', async () => {
    const w = world({ competition: own('print score: 1') });
    await agent(w)('reset');
    for (const [name, params] of [['write_file', { path: './evaluate.py', content: 'cheat' }], ['edit_file', { path: 'evaluate.py', old: 'print', new: 'cheat' }]] as const) {
      expect(await agent(w)(name, params)).toMatchObject({ status: 'error', error: { type: 'read_only' } });
    }
    await agent(w)('shell', { command: 'write evaluate.py cheat\nwrite new.py y' });
    expect([...(w.environment.state.attempt(1)?.files.keys() ?? [])]).toEqual(['solution.py', 'new.py']);
    await agent(w)('submit');
    expect(w.sandbox.runs.at(-1)?.folder.get('evaluate.py')).toBe('print 1');
    expect(await agent(w)('read_file', { path: 'evaluate.py' })).toMatchObject({ data: { text: 'print 1' } });

    const bench = new Map([['solution.py', await w.blobs.put('x = 2\n')], ['evaluate.py', await w.blobs.put('cheat')]]);
    const scored = await w.environment.step({ name: 'submit', params: {} }, { actor: 'human', signal: quiet, bench });
    expect(scored.summary).toContain('evaluate.py is part of the evaluation and was put back');
    expect(scored.grade?.warnings).toMatchObject([{ code: 'evaluation_restored' }]);
    expect(w.sandbox.runs.at(-1)?.folder.get('evaluate.py')).toBe('print 1');
    expect(w.sandbox.runs.at(-1)?.folder.get('solution.py')).toBe('x = 2\n');
  });

  it('works where nothing isolates, since the command is the person’s own', async () => {
    const w = world({ competition: own('print 2'), sandbox: new FakeSandbox('box', 'none') });
    await agent(w)('reset');
    expect(await agent(w)('submit')).toMatchObject({ status: 'ok', grade: { public: { score: 2 } } });
  });

  it('tells players what it is', async () => {
    const w = world({ competition: own('print 2') });
    const { data } = await agent(w)('competition_info');
    expect(data).toMatchObject({ task: 'optimize', evaluation: { command: 'print 2', self_scored: true }, solution_files: ['solution.py'], read_only_files: ['evaluate.py'] });
    expect(data).not.toHaveProperty('submission');
  });
});

describe('the score that an evaluation prints', () => {
  it.each([
    ['score: 0.5\n', 0.5, {}],
    ['Score = -1e-3', -0.001, {}],
    ['0.1\n42\n\n', 42, {}],
    ['noise\r\n{"score": 2, "seconds": 1.5, "note": "x"}\r\n', 2, { seconds: 1.5 }],
  ])('%j is %d', (text, score, figures) => {
    expect(readPrintedScore(text)).toEqual({ ok: true, score, figures });
  });

  it.each([
    ['', 'no_score'],
    ['score: 0.5\nthanks', 'no_score'],
    ['accuracy 0.5', 'no_score'],
    ['{"accuracy": 0.5}', 'no_score'],
    ['{"score": 0.5', 'no_score'],
    ['score: inf', 'score_not_finite'],
    ['{"score": NaN, "n": Infinity}', 'score_not_finite'],
    ['{"score": null}', 'score_not_finite'],
    ['{"score": "0.5"}', 'score_not_finite'],
  ])('%j is none: %s', (text, type) => {
    expect(readPrintedScore(text)).toMatchObject({ ok: false, type });
  });
});
