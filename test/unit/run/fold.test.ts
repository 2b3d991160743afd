import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/core/environment/observation';
import type { EventData, EventType, RunEvent } from '../../../src/core/run/events';
import { runEventSchema } from '../../../src/core/run/events';
import { withPrivate, withTest, withUntold } from '../../../src/core/run/endedView';
import { asInterrupted, foldAll, foldRun } from '../../../src/core/run/fold';
import { maxSteps } from '../../../src/core/run/foldSteps';
import { runViewSchema } from '../../../src/core/run/view';
import { config } from '../environment/fakes';

let seq = 0;
const event = <T extends EventType>(type: T, data: EventData<T>, actor: RunEvent['actor'] = 'system'): RunEvent =>
  runEventSchema.parse({ seq: ++seq, ts: 1_000 * seq, elapsed: seq, actor, type, data });
const start = () => {
  seq = 0;
  return event('run_started', { config: { ...config(), competition: { ...config().competition, board: [{ name: 'a', score: 0.4 }, { name: 'b', score: 0.2 }] } } });
};
const created = (id: number, parents: number[]) => event('attempt_created', { id, parents, operator: 'draft', source: 'template', plan: `p${id}`, files: {} }, 'template');
const graded = (attempt: number, score: number, se: number | null = 0.03) =>
  event('graded', { attempt, step: 1, call: attempt, valid: true, public: { score, se }, errors: [], warnings: [], submission: 's' });

describe('fold', () => {
  it('follows attempts, best and place in the metric\'s direction', () => {
    const view = foldAll([start(), created(1, []), graded(1, 0.5), created(2, [1]), graded(2, 0.3), created(3, [1, 2]), graded(3, 0.35)]);
    expect(view?.best).toEqual({ attempt: 2, public: { score: 0.3, se: 0.03 }, place: 2 });
    expect(view?.attempts.map((attempt) => attempt.change && Number(attempt.change.value.toFixed(3)))).toEqual([null, 0.2, -0.05]);
    expect(view?.attempts[1]?.change?.se).toBeCloseTo(Math.hypot(0.03, 0.03));
    expect(runViewSchema.safeParse(view).success).toBe(true);
  });

  it('takes in at the end what the policy kept back', () => {
    const kept = (attempt: number) => event('graded', { attempt, step: 1, call: attempt, valid: true, public: null, feedback: 'hidden', errors: [], warnings: [], submission: 's' });
    const finished = (id: number) => event('attempt_finished', { id, status: 'valid', claim: null, credit: 1, error: null, seconds: 1, summary: '' });
    const view = foldAll([start(), created(1, []), kept(1), finished(1), created(2, [1]), kept(2), finished(2)]);
    expect(view?.best).toBeNull();
    const told = withUntold(view!, new Map([[1, { score: 0.5, se: 0.03 }], [2, { score: 0.3, se: 0.03 }]]));
    expect(told.best).toEqual({ attempt: 2, public: { score: 0.3, se: 0.03 }, place: 2 });
    expect(told.attempts[1]?.change?.value).toBeCloseTo(0.2);
  });

  it('shows what came of the hidden test from where it is kept, or from a journal of before', () => {
    const test = { attempt: 1, ok: true, seconds: 4, message: 'ran', figures: { statements: 5 } };
    const begun = event('run_started', { config: { ...config(), competition: { ...config().competition, evaluation: { ruler: 'r', selfScored: false } } } });
    const ended = event('run_finished', { status: 'finished', reason: 'done' });
    const now = foldAll([begun, event('tested', { attempt: 1 }), { ...ended, seq: seq + 1 }])!;
    expect(now.test).toBeUndefined();
    expect(withTest(now, test).test).toEqual(test);
    const before = foldAll([begun, event('tested', test), { ...ended, seq: seq + 1 }])!;
    expect(before.test).toEqual(test);
    expect(withTest(before, undefined).test).toEqual(test);
    for (const view of [now, before]) expect(runViewSchema.safeParse(view).success).toBe(true);
  });

  it('shows a person\'s attempt as failed until it is submitted again', () => {
    const begun = (step: number) => event('step_started', { step, attempt: 1, action: 'submit', params: {} }, 'human');
    const ended = (step: number, grade?: Observation['grade']) => {
      const error = { type: 'KeyError', message: 'iland', signature: 'k', hints: [] };
      const observation = { action: 'submit', status: 'error' as const, summary: 'no', attempt: 1, seconds: 2, error, budget: { gradedCalls: { used: 0, limit: 3 } }, done: false, ...(grade ? { grade } : {}) };
      return event('step', { step, attempt: 1, action: 'submit', observation, seconds: 2 }, 'human');
    };
    const events = [start(), event('attempt_created', { id: 1, parents: [], operator: 'human', source: 'human', plan: '', files: {} }, 'human'), begun(1), ended(1)];
    expect(foldAll(events)?.attempts[0]).toMatchObject({ status: 'buggy', seconds: 2, endedAt: 4, activity: null });
    events.push(begun(2));
    expect(foldAll(events)?.attempts[0]).toMatchObject({ status: 'running', endedAt: null });
    events.push(ended(2, { valid: false, public: null, errors: [], warnings: [] }));
    expect(foldAll(events)?.attempts[0]).toMatchObject({ status: 'invalid_submission', seconds: 4 });
  });

  it('places a public score among public scores', () => {
    const board = [{ name: 'a', score: 0.4, public: 0.2, private: 0.6 }, { name: 'b', score: 0.2, public: 0.1, private: 0.3 }];
    const begun = event('run_started', { config: { ...config(), competition: { ...config().competition, board } } });
    expect(foldAll([begun, created(1, []), graded(1, 0.3)])?.best?.place).toBe(3);
  });

  it('leaves untouched parts as they are, and the old view unchanged', () => {
    const before = foldAll([start(), created(1, []), created(2, [])]);
    const copy = structuredClone(before);
    const after = foldRun(before, graded(2, 1));
    expect(before).toEqual(copy);
    expect(after.attempts[0]).toBe(before?.attempts[0]);
    expect(after.steps).toBe(before?.steps);
    expect(foldRun(after, graded(2, 1)).seq).toBe(after.seq + 1);
  });

  it('folds a whole journal to what its events give one by one', () => {
    const events = [start()];
    for (let id = 1; id <= 5; id++) {
      events.push(created(id, id === 1 ? [] : [id - 1]), event('step_started', { step: id, attempt: id, action: 'run_script', params: {} }), event('note', { attempt: id, text: 'n' }));
      events.push(event('milestone', { attempt: id, step: id, milestone: { name: 'trained', at: 1 } }), graded(id, 1 / id), event('explanation', { attempt: id, text: 'e' }));
    }
    for (let step = 10; step < maxSteps + 20; step++) events.push(event('step_started', { step, attempt: 5, action: 'history', params: {} }));
    let view = foldAll(events.slice(0, 1));
    for (const one of events) view = foldRun(view, one);
    expect(foldAll(events)).toEqual(view);
  });

  it('takes an event once', () => {
    const one = foldAll([start()]);
    const note = event('note', { attempt: null, text: 'x' });
    const two = foldRun(one, note);
    expect(foldRun(two, note)).toBe(two);
  });

  it('bounds the steps', () => {
    let view = foldAll([start()]);
    for (let step = 1; step <= maxSteps + 50; step++) view = foldRun(view, event('step_started', { step, attempt: null, action: 'history', params: {} }));
    expect(view?.steps).toHaveLength(maxSteps);
    expect(view?.steps.at(-1)?.step).toBe(maxSteps + 50);
  });

  it('says what an attempt does', () => {
    const view = foldAll([start(), created(1, []), event('milestone', { attempt: 1, step: 1, milestone: { name: 'fold_done', at: 1, done: 3, of: 5 } })]);
    expect(view?.attempts[0]?.activity).toBe('training, fold 3 of 5');
  });

  it('keeps an edit that met a changed file, and one that is decided in part, with what was said', () => {
    const begun = start();
    const edit = event('bench_edit', { id: '1', attempt: 1, path: 'a', base: null, next: 'h', mode: 'auto' });
    const said = { change: 1, accepted: false, where: 'line 3', words: 'no' };
    const decision = (data: Partial<EventData<'bench_decision'>>) => event('bench_decision', { id: '1', decision: 'partly', ...data });
    const held = [begun, edit, decision({ decision: 'conflict' })];
    expect(foldAll(held)?.waitingEdits).toMatchObject([{ id: '1', held: true }]);
    const part = [...held, decision({ hunks: [said], left: 1 })];
    expect(foldAll(part)?.waitingEdits).toMatchObject([{ id: '1', verdicts: [said] }]);
    expect(runViewSchema.safeParse(foldAll(part)).success).toBe(true);
    expect(foldAll([...part, decision({ hunks: [{ change: 0, accepted: true, where: 'line 1' }] })])?.waitingEdits).toEqual([]);
  });

  it('keeps bench edits until they are decided, the newest per file', () => {
    const edit = (id: string, path: string) => event('bench_edit', { id, attempt: 1, path, base: null, next: 'h', mode: 'review' });
    const view = foldAll([start(), edit('1', 'a'), edit('2', 'b'), edit('3', 'a'), event('bench_decision', { id: '2', decision: 'accepted' })]);
    expect(view?.waitingEdits.map((one) => one.id)).toEqual(['3']);
  });

  it('tells the state', () => {
    const events = [start()];
    const status = () => foldAll(events)?.status;
    expect(status()).toBe('starting');
    events.push(event('sandbox', { id: 'x', runtime: 'docker', isolation: 'container', image: 'i', python: 'p', libraries: {} }));
    expect(status()).toBe('running');
    events.push(event('paused', { why: 'p' }));
    expect(status()).toBe('paused');
    events.push(event('resumed', { why: 'r' }));
    const running = foldAll(events);
    expect(running && asInterrupted(running).status).toBe('interrupted');
    events.push(event('run_finished', { status: 'failed', reason: 'r', error: { message: 'broke', nextStep: 'fix' } }));
    const view = foldAll(events);
    expect(view).toMatchObject({ status: 'failed', statusText: 'broke', nextStep: 'fix' });
    expect(view && asInterrupted(view)).toBe(view);
  });

  it('has private scores only when they are put in', () => {
    const view = foldAll([start(), created(1, []), graded(1, 0.5)]);
    if (!view) throw new Error('no view');
    expect(view.attempts[0]?.private).toBeNull();
    expect(withPrivate(view, new Map([[1, { score: 9, se: null }]])).attempts[0]?.private).toEqual({ score: 9, se: null });
  });
});
