import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tell } from '../../../src/core/environment/visibility';
import { feedbackGiven } from '../../../src/core/run/feedback';
import { DayLedger } from '../../../src/node/storage/dayLedger';
import { world, type World } from './fakes';

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

describe('the day ledger', () => {
  it('counts a competition\'s calls of one UTC day over runs, each attempt once', async () => {
    const home = await mkdtemp(join(tmpdir(), 'podium-ledger-'));
    try {
      let now = Date.UTC(2026, 0, 1, 23, 59);
      const clock = { now: () => now };
      const first = new DayLedger(home, 'penguins', 'run-1', clock);
      const second = new DayLedger(home, 'penguins', 'run-2', clock);
      const other = new DayLedger(home, 'digits', 'run-3', clock);
      expect(await first.used()).toBe(0);
      await first.take(1);
      await first.take(1);
      await second.take(1);
      await other.take(1);
      expect(await first.used()).toBe(2);
      now += 120_000;
      expect(await first.used()).toBe(0);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});
