import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tell } from '../../../src/core/environment/visibility';
import { plainProblem } from '../../../src/core/grading/problems';
import { feedbackGiven } from '../../../src/core/run/feedback';
import { DayLedger } from '../../../src/node/storage/dayLedger';
import { fakeGrade, world, type World } from './fakes';

const quiet = new AbortController().signal;
const good = (score: number) => `print SCORE rmse ${score}\nwrite submission.csv id,y|1,${score}`;

/** A new attempt with this public RMSE, submitted. */
async function submit(w: World, score: number) {
  const step = (name: string, params: unknown) => w.environment.step({ name, params }, { actor: 'template', signal: quiet });
  await step('reset', {});
  await step('write_file', { path: 'train.py', content: good(score) });
  return await step('submit', {});
}

describe('what a policy tells', () => {
  const score = (value: number, se: number | null = 0.01) => ({ score: value, se });

  it.each(['public-always', 'capped'] as const)('%s: everything', (policy) => {
    expect(tell(policy, score(0.2), score(0.9), 'maximize')).toEqual({ public: score(0.2), feedback: 'told' });
  });

  it('ladder: a gain of more than one standard error, in the metric\'s direction', () => {
    expect(tell('ladder', score(0.5), null, 'maximize').feedback).toBe('told');
    expect(tell('ladder', score(0.515), score(0.5), 'maximize').feedback).toBe('told');
    expect(tell('ladder', score(0.509), score(0.5), 'maximize')).toEqual({ public: null, feedback: 'no_gain' });
    expect(tell('ladder', score(0.485), score(0.5), 'minimize').feedback).toBe('told');
    expect(tell('ladder', score(0.515), score(0.5), 'minimize').feedback).toBe('no_gain');
    expect(tell('ladder', score(0.5, null), score(0.5), 'maximize').feedback).toBe('no_gain');
  });

  it('hidden: nothing', () => expect(tell('hidden-until-end', score(1), null, 'maximize')).toEqual({ public: null, feedback: 'hidden' }));
});

describe('a run under a policy', () => {
  it('hidden: neither the player nor the journal has the score; the grade lies with the private ones', async () => {
    const w = world({ visibility: 'hidden-until-end' });
    const observation = await submit(w, 0.123456);
    expect(observation).toMatchObject({ status: 'ok', grade: { valid: true, public: null } });
    expect(observation.summary).toContain('shown when the run has ended');
    expect(JSON.stringify(w.events.filter((event) => event.type === 'graded'))).not.toContain('0.12');
    expect(w.privateGrades).toMatchObject([{ attempt: 1, grade: { public: { score: 0.123456 } } }]);
    expect(feedbackGiven(w.events)).toEqual({ policy: 'hidden-until-end', gradedCalls: 1, told: 0, privateRevealedAt: [] });
  });

  it('hidden: still says every reason why a submission is not valid', async () => {
    const w = world({ visibility: 'hidden-until-end' });
    const step = (name: string, params: unknown) => w.environment.step({ name, params }, { actor: 'template', signal: quiet });
    await step('write_file', { path: 'train.py', content: 'write submission.csv id,y|2,1' });
    expect(await step('submit', {})).toMatchObject({ status: 'error', grade: { valid: false, errors: [{ code: 'missing_ids' }] } });
    expect(feedbackGiven(w.events).gradedCalls).toBe(0);
  });

  it('ladder: repeats the best that was told, and each call counts', async () => {
    const w = world({ visibility: 'ladder', limits: { gradedCalls: 10 } });
    await submit(w, 0.5);
    const same = await submit(w, 0.495);
    expect(same.grade?.public).toBeNull();
    expect(same.summary).toContain('the best told so far (0.5)');
    expect((await submit(w, 0.4)).grade?.public?.score).toBe(0.4);
    // The best told is the bar, not the one that was kept back.
    expect((await submit(w, 0.395)).grade?.public).toBeNull();
    expect(feedbackGiven(w.events)).toMatchObject({ gradedCalls: 4, told: 2 });
  });

  it('public-always: no bound on graded calls', async () => {
    const w = world({ visibility: 'public-always', limits: { gradedCalls: null } });
    for (let n = 1; n <= 5; n++) expect((await submit(w, n / 10)).grade?.public?.score).toBe(n / 10);
    expect(w.environment.state.gradedCalls).toBe(5);
  });

  it('capped: the day\'s calls bound it too', async () => {
    const w = world({ limits: { gradedCalls: 10, gradedCallsPerDay: 2 } });
    await submit(w, 0.5);
    await submit(w, 0.4);
    expect(await submit(w, 0.3)).toMatchObject({ status: 'error', error: { type: 'no_graded_calls', message: expect.stringContaining('this day') as string } });
  });
});

/** A grader in Python that fails on the way to a score, its exception telling an answer. */
const talkative: NonNullable<Parameters<typeof world>[0]>['grader'] = {
  grade: async (submission) => ({
    ...fakeGrade(submission),
    ...(new TextDecoder().decode(submission).endsWith('13')
      ? { valid: false, score: null, public: null, private: null, errors: [plainProblem('undefined_score', 'The grader fails: KeyError.')], graderFailure: { type: 'KeyError', message: 'row 1 is 42.5' } }
      : {}),
  }),
  check: async (submission) => ({ ...fakeGrade(submission), warnings: [] }),
};

describe('a grader that fails with the answers before it', () => {
  const step = (w: World, name: string, params: unknown) => w.environment.step({ name, params }, { actor: 'template', signal: quiet });

  it('uses a graded call, and what it says stays with the private grades', async () => {
    const w = world({ grader: talkative, limits: { gradedCalls: 2 } });
    const observation = await submit(w, 13);
    expect(observation).toMatchObject({ status: 'error', grade: { valid: false, errors: [{ code: 'undefined_score' }] } });
    expect(observation.summary).toContain('used a graded call');
    expect(JSON.stringify([observation, w.events])).not.toContain('42.5');
    expect(w.privateGrades).toMatchObject([{ attempt: 1, grade: { graderFailure: { message: 'row 1 is 42.5' } } }]);
    expect(feedbackGiven(w.events)).toMatchObject({ gradedCalls: 1, told: 0 });
    await submit(w, 13);
    expect(await submit(w, 0.5)).toMatchObject({ status: 'error', error: { type: 'no_graded_calls' } });
  });

  it('is not asked by a check, which would tell as much for nothing', async () => {
    let asked = 0;
    const w = world({ grader: { ...talkative, grade: (...given) => ((asked += 1), talkative.grade(...given)) } });
    await step(w, 'write_file', { path: 'train.py', content: good(13) });
    await step(w, 'run_script', { path: 'train.py' });
    expect(await step(w, 'validate', {})).toMatchObject({ status: 'ok', grade: { valid: true } });
    expect(asked).toBe(0);
  });

  it('gives the day its call back when a submission broke a rule, and when grading was cut off', async () => {
    const w = world({ limits: { gradedCalls: 10, gradedCallsPerDay: 1 } });
    await step(w, 'write_file', { path: 'train.py', content: 'write submission.csv id,y|2,1' });
    expect(await step(w, 'submit', {})).toMatchObject({ error: { type: 'invalid_submission' } });
    expect(await submit(w, 0.5)).toMatchObject({ status: 'ok' });
    const cut = world({ limits: { gradedCallsPerDay: 1 }, grader: { grade: () => Promise.reject(new Error('no sandbox')) } });
    await expect(submit(cut, 0.5)).rejects.toThrow('no sandbox');
    expect(cut.environment.state.gradedCalls).toBe(0);
    expect(cut.dayUsed()).toBe(0);
  });

  it('is not reached when other runs have used up the day meanwhile', async () => {
    const w = world({ limits: { gradedCalls: 10, gradedCallsPerDay: 1 } });
    w.sandbox.during = () => w.dayTake(99);
    expect(await submit(w, 0.5)).toMatchObject({ status: 'error', error: { type: 'no_graded_calls' } });
    expect(w.privateGrades).toEqual([]);
  });
});

describe('the day ledger', () => {
  let home: string;
  let now = Date.UTC(2026, 0, 1, 12);
  const clock = { now: () => now };
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'podium-ledger-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('counts a competition\'s calls of one UTC day over runs, each step once', async () => {
    now = Date.UTC(2026, 0, 1, 23, 59);
    const first = new DayLedger(home, 'penguins', 'run-1', clock);
    const second = new DayLedger(home, 'penguins', 'run-2', clock);
    const other = new DayLedger(home, 'digits', 'run-3', clock);
    expect(await first.used()).toBe(0);
    for (const [ledger, step] of [[first, 1], [first, 1], [second, 1], [other, 1]] as const) expect(await ledger.take(step, 2)).toBe(true);
    expect(await first.used()).toBe(2);
    expect(await first.take(2, 2)).toBe(false);
    await second.giveBack(1);
    expect(await first.take(2, 2)).toBe(true);
    now += 120_000;
    expect(await first.used()).toBe(0);
  });

  it('gives a call back to the day that it was taken on', async () => {
    now = Date.UTC(2026, 0, 1, 23, 59);
    const before = now;
    const ledger = new DayLedger(home, 'penguins', 'run-1', clock);
    const other = new DayLedger(home, 'penguins', 'run-2', clock);
    expect(await ledger.take(1, 1)).toBe(true);
    now += 120_000;
    await ledger.giveBack(1);
    expect(await other.take(1, 1)).toBe(true);
    now = before;
    expect(await ledger.used()).toBe(0);
  });

  it('counts a call once that midnight and a crash come between', async () => {
    now = Date.UTC(2026, 0, 1, 23, 59);
    expect(await new DayLedger(home, 'penguins', 'run-1', clock).take(7, 1)).toBe(true);
    now += 120_000;
    const resumed = new DayLedger(home, 'penguins', 'run-1', clock);
    expect(await resumed.take(7, 1)).toBe(true);
    expect(await resumed.used()).toBe(0);
  });

  it('does not count a step\'s own call against it', async () => {
    now = Date.UTC(2026, 0, 1, 12);
    const ledger = new DayLedger(home, 'penguins', 'run-1', clock);
    await ledger.take(1, 2);
    await ledger.take(2, 2);
    expect([await ledger.used(), await ledger.used(2), await ledger.used(3)]).toEqual([2, 1, 2]);
  });

  it('loses no call behind a line that was torn', async () => {
    now = Date.UTC(2026, 0, 1, 12);
    await mkdir(join(home, 'ledger'));
    await writeFile(join(home, 'ledger', '2026-01-01.jsonl'), '{"competition":"peng');
    const ledger = new DayLedger(home, 'penguins', 'run-1', clock);
    expect(await ledger.take(1, 2)).toBe(true);
    expect(await ledger.used()).toBe(1);
  });

  it('never gives more than there is, however many ask at once', async () => {
    const asked = await Promise.all(Array.from({ length: 12 }, (_, run) => new DayLedger(home, 'penguins', `run-${run}`, clock).take(1, 5)));
    expect(asked.filter(Boolean)).toHaveLength(5);
  });
});
