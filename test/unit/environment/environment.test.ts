import { describe, expect, it } from 'vitest';
import { actionNames, type RawAction } from '../../../src/core/environment/actions';
import { RunOver } from '../../../src/core/environment/context';
import { foldAll } from '../../../src/core/run/fold';
import { recordingOf, ReplayDoor } from '../../../src/core/run/replay';
import { RuntimeError } from '../../../src/core/runtime/runtimeError';
import { FakeSandbox, Killed, world, type World } from './fakes';

const quiet = new AbortController().signal;
const agent = (w: World) => (name: string, params: unknown = {}) => w.environment.step({ name, params }, { actor: 'template', signal: quiet });
const good = (score: number) => `print SCORE rmse ${score}\nwrite submission.csv id,y|1,${score}`;

describe('what a player does wrong is an observation', () => {
  it.each([
    ['fly', {}, 'bad_action'],
    ['write_file', { path: 'a.py' }, 'bad_action'],
    ['write_file', 7, 'bad_action'],
    ['write_file', { path: '../a.py', content: '' }, 'bad_path'],
    ['write_file', { path: '/etc/a', content: '' }, 'bad_path'],
    ['write_file', { path: 'data/a.csv', content: '' }, 'bad_path'],
    ['write_file', { path: 'n.ipynb', content: '{}' }, 'bad_path'],
    ['write_file', { path: 'a.py', content: 'x'.repeat(1_000_001) }, 'too_large'],
    ['edit_file', { path: 'train.py', old: 'absent', new: 'x' }, 'not_found'],
    ['edit_file', { path: 'train.py', old: 'o', new: 'x' }, 'ambiguous'],
    ['edit_file', { path: 'other.py', old: 'a', new: 'x' }, 'not_found'],
    ['read_file', { path: 'none.py' }, 'not_found'],
    ['read_notebook', { path: 'none.ipynb' }, 'not_found'],
    ['insert_cell', { path: 'n.ipynb', after: 'zz', source: '1' }, 'no_such_cell'],
    ['run_script', { path: 'none.py' }, 'not_found'],
    ['search_files', { query: '(a+)+b', regex: true }, 'bad_regex'],
    ['search_files', { query: '(', regex: true }, 'bad_regex'],
    ['reset', { from: 9 }, 'not_found'],
    ['data_preview', { path: 'data/none.csv' }, 'not_found'],
    ['submit', { entry: 'none.py' }, 'not_found'],
  ])('%s %j', async (name, params, type) => {
    const w = world();
    await agent(w)('write_file', { path: 'train.py', content: 'foo foo' });
    const before = w.events.filter((event) => event.type === 'attempt_created').length;
    const observation = await agent(w)(name, params);
    expect(observation).toMatchObject({ status: 'error', error: { type }, done: false });
    expect(observation.error?.hints.length).toBeGreaterThan(0);
    expect(w.events.filter((event) => event.type === 'attempt_created')).toHaveLength(before);
  });

  it('holds for anything at all', async () => {
    const w = world();
    const odd: unknown[] = [null, [], 'x', { path: 3 }, { path: '', content: null }, undefined];
    for (const name of [...actionNames.filter((one) => one !== 'finish'), '', '__proto__', 'toString']) {
      for (const params of odd) expect((await agent(w)(name, params)).action).toBe(name);
    }
  });

  it('shell is refused where nothing isolates', async () => {
    const w = world({ sandbox: new FakeSandbox('box', 'none') });
    expect(await agent(w)('shell', { command: 'ls' })).toMatchObject({ status: 'error', error: { type: 'not_isolated' } });
  });
});

describe('an attempt', () => {
  it('is made by the first action that needs it, run, and graded', async () => {
    const w = world();
    const step = agent(w);
    await step('write_file', { path: 'train.py', content: `milestone trained\n${good(0.5)}` });
    const run = await step('run_script');
    expect(run).toMatchObject({ status: 'ok', attempt: 1, claim: { value: 0.5, source: 'line' }, credit: 0.9 });
    const graded = await step('submit');
    expect(graded).toMatchObject({ status: 'ok', grade: { valid: true, public: { score: 0.5 } }, credit: 1, budget: { gradedCalls: { used: 1, limit: 3 } } });
    // Unchanged since its last fresh run: not run again.
    expect(w.sandbox.runs).toHaveLength(1);
    expect(foldAll(w.events)?.attempts[0]).toMatchObject({ status: 'valid', claim: { value: 0.5 }, public: { score: 0.5 } });
    expect(w.files.get('1/submission.csv')).toBe('id,y\n1,0.5');
    expect(w.files.get('1/code/train.py')).toContain('milestone trained');
  });

  it('is immutable once graded: a change makes a child, grading again is refused and free', async () => {
    const w = world();
    const step = agent(w);
    await step('write_file', { path: 'train.py', content: good(0.5) });
    await step('submit');
    expect(await step('submit')).toMatchObject({ status: 'error', error: { type: 'already_graded' }, budget: { gradedCalls: { used: 1 } } });
    expect(await step('edit_file', { path: 'train.py', old: '0.5', new: '0.25', replace_all: true })).toMatchObject({ status: 'ok', attempt: 2 });
    await step('submit');
    const view = foldAll(w.events);
    expect(view?.attempts.map(({ parents, operator, status, change }) => [parents, operator, status, change?.value])).toEqual([
      [[], 'draft', 'valid', undefined],
      [[1], 'improve', 'valid', 0.25],
    ]);
    expect(view?.best).toMatchObject({ attempt: 2 });
  });

  it('never takes a stale file for a result', async () => {
    const w = world();
    const step = agent(w);
    await step('write_file', { path: 'train.py', content: good(0.5) });
    await step('run_script');
    await step('write_file', { path: 'train.py', content: 'print nothing' });
    expect(await step('submit')).toMatchObject({ status: 'error', error: { type: 'no_submission' } });
    expect(w.events.some((event) => event.type === 'graded')).toBe(false);
  });

  it('says when a submission is that of an earlier attempt, byte for byte', async () => {
    const w = world();
    const step = agent(w);
    await step('write_file', { path: 'train.py', content: good(0.5) });
    expect((await step('submit')).grade?.warnings ?? []).toEqual([]);
    await step('reset', { from: 1 });
    const again = await step('submit');
    expect(again.grade?.warnings).toMatchObject([{ code: 'same_as_earlier', message: 'The submission equals that of attempt 1, byte for byte.' }]);
    await step('reset', { from: 1 });
    await step('write_file', { path: 'train.py', content: good(0.25) });
    expect((await step('submit')).grade?.warnings ?? []).toEqual([]);
  });

  it('runs again what changed, or was run with arguments', async () => {
    const w = world();
    const step = agent(w);
    await step('write_file', { path: 'train.py', content: good(0.5) });
    await step('run_script', { args: ['--fast'] });
    await step('submit', { entry: 'train.py' });
    expect(w.sandbox.runs.map((run) => run.spec.id)).toEqual(['a1-s2', 'a1-s3']);
  });

  it('uses no graded call for an invalid submission, and none above the limit', async () => {
    const w = world({ limits: { gradedCalls: 1 } });
    const step = agent(w);
    await step('write_file', { path: 'train.py', content: 'write submission.csv wrong' });
    expect(await step('submit')).toMatchObject({ status: 'error', grade: { valid: false }, budget: { gradedCalls: { used: 0 } }, error: { hints: ['Add them.'] } });
    await step('write_file', { path: 'train.py', content: good(1) });
    expect(await step('submit')).toMatchObject({ status: 'ok' });
    await step('reset', { from: 1 });
    expect(await step('submit')).toMatchObject({ status: 'error', error: { type: 'no_graded_calls' }, done: false });
  });

  it('shows players the public score only', async () => {
    const w = world();
    await agent(w)('write_file', { path: 'train.py', content: good(0.123456789) });
    const observation = await agent(w)('submit');
    expect(observation.grade?.public?.score).toBe(0.12346);
    expect(JSON.stringify([observation, w.events])).not.toContain('100.12');
    expect(w.privateGrades).toMatchObject([{ attempt: 1, grade: { private: { score: 100.123456789 } } }]);
  });

  it('says where it failed and what to try', async () => {
    const w = world();
    await agent(w)('write_file', { path: 'train.py', content: "print hello\nfail KeyError 'Far'" });
    const run = await agent(w)('run_script');
    expect(run).toMatchObject({ status: 'error', error: { type: 'KeyError', place: { file: 'train.py', line: 2 } }, output: { head: 'hello\n', file: 'attempts/1/logs/step-2.log' } });
    expect(run.error?.hints.join()).toContain('Fare');
    await agent(w)('reset');
    expect(foldAll(w.events)?.attempts[0]).toMatchObject({ status: 'buggy', error: { type: 'KeyError' } });
  });

  it('with a score that is no number is an error', async () => {
    const w = world();
    await agent(w)('write_file', { path: 'train.py', content: 'print SCORE rmse nan\nwrite submission.csv id,y|1,1' });
    expect(await agent(w)('run_script')).toMatchObject({ status: 'error', error: { type: 'claim_not_finite' } });
  });

  it('takes changes back', async () => {
    const w = world();
    const step = agent(w);
    for (const content of ['1', '2', '3']) await step('write_file', { path: 'a.py', content });
    expect(await step('undo', { steps: 2 })).toMatchObject({ status: 'ok', data: { undone: 2, changed: ['a.py'] } });
    expect(await step('read_file', { path: 'a.py' })).toMatchObject({ data: { text: '1' } });
    await step('undo');
    expect(await step('undo')).toMatchObject({ error: { type: 'nothing_to_undo' } });
  });

  it('can be a notebook', async () => {
    const w = world();
    const step = agent(w);
    const first = await step('insert_cell', { path: 'solution.ipynb', source: good(0.5) });
    const cell = (first.data as { cell: string }).cell;
    await step('insert_cell', { path: 'solution.ipynb', kind: 'markdown', source: '# Title' });
    expect(await step('run_cell', { path: 'solution.ipynb', cell })).toMatchObject({ status: 'ok' });
    expect(await step('run_all', { path: 'solution.ipynb' })).toMatchObject({ status: 'ok', claim: { value: 0.5 } });
    expect((await step('read_notebook', { path: 'solution.ipynb' })).data).toMatchObject({ cells: [{ kind: 'markdown' }, { id: cell, outputs: 'SCORE rmse 0.5' }] });
    expect(await step('submit')).toMatchObject({ status: 'ok', grade: { valid: true } });
    expect(w.sandbox.runs.map((run) => run.spec.task.kind)).toEqual(['cell', 'notebook']);
  });

  it('shows what a cell gave, as text', async () => {
    const w = world();
    const step = agent(w);
    const made = await step('insert_cell', { path: 'n.ipynb', source: 'print hello\nvalue (172, 7)' });
    const { cell } = made.data as { cell: string };
    const ran = await step('run_cell', { path: 'n.ipynb', cell });
    expect(ran.output?.head).toBe('hello\n(172, 7)\n[image/png, 4 characters]\n');
    expect(ran.seconds).toBe(Number(ran.seconds.toFixed(3)));
  });

  it('names every reason why a submission is not valid the same way when checked and when graded', async () => {
    const w = world();
    const step = agent(w);
    await step('write_file', { path: 'train.py', content: 'write submission.csv wrong' });
    await step('run_script');
    const [checked, graded] = [await step('validate'), await step('submit')];
    expect(checked.error).toEqual(graded.error);
    expect(checked.error?.signature).toMatch(/^invalid_submission: [a-z_,]+$/);
  });

  it('is checked without a graded call', async () => {
    const w = world();
    const step = agent(w);
    await step('write_file', { path: 'train.py', content: 'syntax error' });
    expect(await step('validate')).toMatchObject({ status: 'error', error: { type: 'SyntaxError', place: { file: 'train.py' } } });
    await step('write_file', { path: 'train.py', content: 'write submission.csv wrong' });
    await step('run_script');
    expect(await step('validate')).toMatchObject({ status: 'error', grade: { valid: false, public: null } });
    await step('write_file', { path: 'train.py', content: good(1) });
    await step('run_script');
    expect(await step('validate')).toMatchObject({ status: 'ok', grade: { valid: true, public: null }, budget: { gradedCalls: { used: 0 } } });
  });

  it('keeps code that a shell command wrote', async () => {
    const w = world();
    await agent(w)('write_file', { path: 'train.py', content: '1' });
    await agent(w)('shell', { command: `write helper.py x = 1\nwrite big.csv 1` });
    expect((await agent(w)('list_files')).data).toMatchObject({ files: expect.arrayContaining([expect.objectContaining({ path: 'helper.py', kind: 'file' })]) });
    await agent(w)('run_script');
    expect(w.sandbox.runs.at(-1)?.folder.has('helper.py')).toBe(true);
    expect(w.sandbox.runs.at(-1)?.folder.has('big.csv')).toBe(false);
  });
});

describe('budgets', () => {
  it('end the run when the time is used up, and warn before', async () => {
    const w = world({ limits: { seconds: 10 } });
    await agent(w)('write_file', { path: 'train.py', content: good(1) });
    w.time.elapsed = 8.5;
    expect(await agent(w)('run_script')).toMatchObject({ done: false });
    expect(w.sandbox.runs[0]?.spec.seconds).toBe(1.5);
    expect(w.events.filter((event) => event.type === 'budget')).toHaveLength(1);
    w.time.elapsed = 10;
    expect(await agent(w)('history')).toMatchObject({ status: 'error', error: { type: 'budget' }, done: true });
  });

  it('end the run when the attempts are used up', async () => {
    const w = world({ limits: { attempts: 2 } });
    await agent(w)('reset');
    await agent(w)('reset');
    expect(await agent(w)('reset')).toMatchObject({ error: { type: 'budget' }, done: true });
    // The person is not counted where an agent plays.
    expect(await w.environment.step({ name: 'reset' }, { actor: 'human', signal: quiet })).toMatchObject({ status: 'ok', attempt: 3 });
  });

  it('a stop closes the step under way', async () => {
    const sandbox = new FakeSandbox();
    const w = world({ sandbox });
    await agent(w)('write_file', { path: 'train.py', content: good(1) });
    const abort = new AbortController();
    sandbox.during = () => abort.abort(new RunOver('stopped', 'Stopped by you.'));
    expect(await w.environment.step({ name: 'run_script' }, { actor: 'template', signal: abort.signal })).toMatchObject({ status: 'cancelled', done: true });
    await w.environment.end('stopped', 'Stopped by you.');
    expect(foldAll(w.events)).toMatchObject({ status: 'stopped', attempts: [{ status: 'cancelled' }] });
  });
});

describe('the person beside the agent', () => {
  it('works on the bench\'s files without touching the agent\'s attempt', async () => {
    const w = world();
    await agent(w)('write_file', { path: 'train.py', content: good(0.5) });
    const hashOf = async (content: string) => {
      const { createHash } = await import('node:crypto');
      return createHash('sha256').update(content).digest('hex');
    };
    // The blob is put as the session does it, through the agent's own file of the same text.
    const bench = new Map([['train.py', await hashOf(good(0.5))]]);
    const mine = await w.environment.step({ name: 'submit', params: {} }, { actor: 'human', signal: quiet, bench, plan: 'mine' });
    expect(mine).toMatchObject({ status: 'ok', attempt: 2, grade: { valid: true } });
    expect(await agent(w)('run_script')).toMatchObject({ attempt: 1 });
    expect(foldAll(w.events)?.attempts.map((attempt) => [attempt.operator, attempt.plan])).toEqual([['draft', ''], ['human', 'mine']]);
  });
});

describe('a crash at any event', () => {
  const script: RawAction[] = [
    { name: 'competition_info' },
    { name: 'reset', params: { operator: 'baseline', plan: 'first' } },
    { name: 'write_file', params: { path: 'train.py', content: `milestone data_loaded\nmilestone trained\n${good(0.5)}` } },
    { name: 'run_script' },
    { name: 'submit' },
    { name: 'note', params: { text: 'well' } },
    { name: 'edit_file', params: { path: 'train.py', old: 'id,y|1,0.5', new: 'id,y|1,0.25' } },
    { name: 'submit' },
    { name: 'reset', params: { from: 2, parents: [1, 2], operator: 'blend' } },
    { name: 'write_file', params: { path: 'train.py', content: 'fail ValueError x' } },
    { name: 'run_script' },
    { name: 'undo' },
    { name: 'submit' },
  ];
  const play = async (w: World): Promise<void> => {
    await w.environment.reconcile();
    const door = new ReplayDoor(recordingOf(w.events), {
      step: (action, cutOff) => w.environment.step(action, { actor: 'template', signal: quiet, ...(cutOff === null ? {} : { resume: w.environment.state.open.get(cutOff) }) }),
      explain: (attempt, text) => w.environment.append({ actor: 'template', type: 'explanation', data: { attempt, text } }),
      select: (attempt, why) => w.environment.append({ actor: 'template', type: 'selected', data: { attempt, why } }),
    });
    for (const action of script) {
      const observation = await door.step(action);
      if (action.name === 'submit') await door.explain(observation.attempt, `#${observation.attempt} ${observation.status}`);
    }
    await door.select(2, 'best');
    await w.environment.end('finished', 'done');
  };
  const essence = (w: World) => w.events.map((event) => [event.type, event.data]);

  it('leads to the same journal, with every job run once', async () => {
    const whole = world();
    await play(whole);
    expect(foldAll(whole.events)?.attempts.map((attempt) => attempt.status)).toEqual(['valid', 'valid', 'valid']);
    for (let at = 1; at < whole.events.length - 2; at++) {
      const cut = world({ killAfter: at });
      await expect(play(cut)).rejects.toBeInstanceOf(Killed);
      const again = world({ from: cut });
      await play(again);
      expect(essence(again), `killed after ${at} events`).toEqual(essence(whole));
      const ids = again.sandbox.runs.map((run) => run.spec.id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('is told when the player does something else than before', async () => {
    const w = world();
    await agent(w)('competition_info');
    const door = new ReplayDoor(recordingOf(w.events), { step: () => Promise.reject(new Error('live')), explain: async () => undefined, select: async () => undefined });
    await expect(door.step({ name: 'history' })).rejects.toMatchObject({ reason: 'diverged' });
  });
});

describe('a lost sandbox', () => {
  const begun = async (): Promise<World> => {
    const w = world();
    await agent(w)('write_file', { path: 'train.py', content: good(0.5) });
    return w;
  };
  const lost = new RuntimeError('sandbox_lost', 'The sandbox is gone.');
  const again = (w: World, more: object = {}) => {
    const resume = w.environment.state.openIn('agent');
    return w.environment.step({ name: 'run_script' }, { actor: 'template', signal: quiet, ...(resume ? { resume } : {}), ...more });
  };

  it('gives way to a new one of the same name, where the job finds its files', async () => {
    const w = await begun();
    w.sandbox.during = () => Promise.reject(lost);
    await expect(agent(w)('run_script')).rejects.toBe(lost);
    const next = new FakeSandbox(w.sandbox.info.id);
    w.environment.useSandbox(next);
    expect(await again(w)).toMatchObject({ status: 'ok', claim: { value: 0.5 } });
    expect(next.runs[0]?.folder.has('train.py')).toBe(true);
  });

  it('that was started anew below a job runs the job again, once', async () => {
    const w = await begun();
    w.sandbox.forgets = 'a1-s2';
    expect(await agent(w)('run_script')).toMatchObject({ status: 'ok', claim: { value: 0.5 } });
    expect(w.sandbox.runs.map((run) => run.spec.id)).toEqual(['a1-s2', 'a1-s2-again']);
    expect(w.events.filter((event) => event.type === 'job_started')).toHaveLength(2);
  });

  it('is no end of the run for a step that ends every sandbox', async () => {
    const w = await begun();
    w.sandbox.during = () => Promise.reject(lost);
    await expect(agent(w)('run_script')).rejects.toBe(lost);
    w.environment.useSandbox(new FakeSandbox());
    expect(await again(w, { givenUp: true })).toMatchObject({ status: 'error', error: { type: 'lost' }, done: false });
    expect(await agent(w)('run_script')).toMatchObject({ status: 'ok' });
  });
});
