import { afterEach, describe, expect, it } from 'vitest';
import { RunOver } from '../../../../src/core/environment/context';
import type { RunEvent } from '../../../../src/core/run/events';
import { foldAll } from '../../../../src/core/run/fold';
import type { Answer, ModelServer, ModelServerOptions, ScriptedCall, Turn } from '../../../fakes/modelServer';
import { FakeSandbox, Killed, world, type World } from '../../environment/fakes';
import { closeServers, modelOf, noModel, play, serve } from './play';

/** The model player over real HTTP, with the environment on fakes: what each slip and each failure leads to. */
afterEach(closeServers);

const code = (value: number): string => `print SCORE rmse ${value}\nwrite submission.csv id,y|1,${value}`;
const turn = (...calls: ScriptedCall[]): Answer => ({ calls, usage: [500, 50] });
const solve = (value: number): ScriptedCall[] => [
  { name: 'reset', args: { plan: `try ${value}` } },
  { name: 'write_file', args: { path: 'train.py', content: code(value) } },
  { name: 'run_script', args: {} },
  { name: 'submit', args: {} },
];
const finish: ScriptedCall = { name: 'finish', args: { reason: 'enough' } };

const steps = (w: World): string[] => w.events.flatMap((event) => (event.type === 'step' ? [`${event.data.action} ${event.data.observation.status}`] : []));
const ofType = <T extends RunEvent['type']>(w: World, type: T) => w.events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
/** What the model was told with a request, all of it. */
const told = (server: ModelServer, at: number): string => (server.requests.at(at)?.body.messages ?? []).map((message) => message.content ?? '').join('\n');

describe('a run that a model plays', () => {
  it('runs parallel calls in order and ends with finish', async () => {
    const w = world({ agent: 'scripted' });
    const server = await serve([{ ...turn(...solve(0.5)), text: 'A constant first.' }, turn(finish)]);
    await play(w, modelOf(server));
    expect(steps(w)).toEqual(['reset ok', 'write_file ok', 'run_script ok', 'submit ok', 'finish ok']);
    const results = server.requests[1]?.body.messages?.filter((message) => message.role === 'tool') ?? [];
    expect(results.map((message) => message.content?.split('\n')[0])).toEqual([expect.stringContaining('reset'), expect.stringContaining('write_file'), expect.stringContaining('run_script'), expect.stringContaining('submit')]);
    expect(results.at(-1)?.content).toMatch(/Public score 0\.5 ± 0\.01[\s\S]*Budget left: graded calls 2 of 3/);
    const view = foldAll(w.events);
    expect(view?.spend).toEqual({ calls: 2, inputTokens: 1000, outputTokens: 100, estimated: false, usd: 0, context: { used: 500, window: null } });
    expect(view?.attempts[0]).toMatchObject({ plan: 'try 0.5', status: 'valid', source: 'llm' });
    // Goal, metric and direction stand at the beginning.
    expect(server.requests[0]?.body.messages?.[1]?.content).toMatch(/RMSE; lower is better/);
  });

  it('tells of an unknown tool, broken JSON and wrong parameters, and goes on', async () => {
    const w = world({ agent: 'scripted' });
    const slips = turn({ name: 'fit_model', args: {} }, { name: 'write_file', args: '{"path": "a.py", "content": "x' }, { name: 'write_file', args: { file: 'a.py' } }, { name: 'list_files', args: '' });
    const server = await serve([slips, turn(finish)]);
    await play(w, modelOf(server));
    expect(steps(w)).toEqual(['fit_model error', 'write_file error', 'write_file error', 'list_files ok', 'finish ok']);
    expect(told(server, 1)).toContain('There is no action "fit_model"');
    expect(told(server, 1)).toContain('no valid JSON');
    expect(told(server, 1)).toContain('do not fit');
  });

  it.each([{ text: '' }, { text: 'I think we should use boosting.' }] as Turn[])('reminds of the tools once, then goes on (%o)', async (idle) => {
    const w = world({ agent: 'scripted' });
    const server = await serve([idle, turn(...solve(0.5)), idle, turn(finish)]);
    await play(w, modelOf(server));
    expect(steps(w).at(-1)).toBe('finish ok');
    expect(told(server, 1)).toContain('called no tool');
  });

  it.each([
    [{ text: '' }, 'no answer twice'],
    [{ text: 'All is said.' }, 'All is said.'],
    [{ kind: 'flood', bytes: 10_000_000 }, 'too long twice'],
  ] as [Turn, string][])('ends cleanly after the second answer that does nothing (%o)', async (idle, reason) => {
    const w = world({ agent: 'scripted' });
    const server = await serve([turn(...solve(0.5)), idle, idle]);
    await play(w, modelOf(server));
    await w.environment.end('finished', 'over');
    const last = ofType(w, 'step').at(-1)?.data.observation;
    expect(last).toMatchObject({ action: 'finish', done: true });
    expect(last?.summary).toContain(reason);
    expect(foldAll(w.events)?.selected?.attempt).toBe(1);
  });

  it('says that an answer of 10 MB was too long, and goes on', async () => {
    const w = world({ agent: 'scripted' });
    const server = await serve([{ kind: 'flood', bytes: 10_000_000 }, turn(finish)]);
    await play(w, modelOf(server));
    expect(told(server, 1)).toContain('too long');
    expect(JSON.stringify(w.events).length).toBeLessThan(200_000);
  });

  const stuck: [string, Turn, Partial<ModelServerOptions>, string][] = [
    ['401', { text: 'never' }, { key: 'another' }, 'refuses the key'],
    ['an unknown model', { text: 'never' }, { models: ['other'] }, 'does not know the model'],
    ['lasting 429', { kind: 'error', status: 429 }, {}, 'limits the rate'],
    ['lasting 500', { kind: 'error', status: 500 }, {}, 'fails'],
    ['resets', { kind: 'reset' }, {}, 'No connection'],
    ['silence', { kind: 'silence' }, {}, 'sent nothing'],
  ];
  it.each(stuck)('waits for the person after %s, and goes on', async (_what, bad, options, words) => {
    const w = world({ agent: 'scripted' });
    const broken = await serve([bad, bad, bad, bad], options);
    const good = await serve([turn(...solve(0.5)), turn(finish)]);
    let model = modelOf(broken);
    const waits: ReturnType<typeof foldAll>[] = [];
    await play(w, { name: 'scripted', answer: (request, chat) => model.answer(request, chat) }, {
      onWait: () => {
        waits.push(foldAll(w.events));
        model = modelOf(good);
      },
    });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toMatchObject({ status: 'waiting' });
    expect(waits[0]?.statusText).toContain(words);
    expect(waits[0]?.nextStep).toBeTruthy();
    expect(steps(w).at(-1)).toBe('finish ok');
    expect(foldAll(w.events)?.status).toBe('running');
  });

  it('counts tokens itself where none are reported, and says so', async () => {
    const w = world({ agent: 'scripted', limits: { tokens: 50_000 } });
    await play(w, modelOf(await serve([{ ...turn(...solve(0.5)), usage: null }, { ...turn(finish), usage: null }])));
    const spend = foldAll(w.events)?.spend;
    expect(spend?.estimated).toBe(true);
    expect(spend?.inputTokens).toBeGreaterThan(1_000);
    expect(foldAll(w.events)?.budget.tokens?.used).toBe((spend?.inputTokens ?? 0) + (spend?.outputTokens ?? 0));
  });

  it('warns at 80 % and stops at 100 % of the tokens', async () => {
    const w = world({ agent: 'scripted', limits: { tokens: 40_000 } });
    const look: Turn = { calls: [{ name: 'list_files', args: {} }], usage: [8_000, 100] };
    const server = await serve(Array.from({ length: 10 }, () => look));
    await play(w, modelOf(server));
    expect(ofType(w, 'budget').map((event) => event.data.warning)).toEqual(["80 % of the run's tokens is used."]);
    expect(server.requests).toHaveLength(4);
    expect(server.requests.at(-1)?.body.max_tokens).toBeLessThan(16_000);
    expect(w.environment.state.spent.tokens).toBeLessThanOrEqual(40_000);
  });

  it('stops at 100 % of the money; an unknown price is unknown money, never 0', async () => {
    const look: Turn = { calls: [{ name: 'list_files', args: {} }], usage: [8_000, 1_000] };
    const w = world({ agent: 'scripted', limits: { usd: 0.1 } });
    const server = await serve(Array.from({ length: 10 }, () => look));
    await play(w, modelOf(server), { price: { input: 2, cached: 1, output: 8 } });
    // 4,000 plain, 4,000 cached, 1,000 out: 0.02 dollars each.
    expect(w.environment.state.spent.usd).toBeCloseTo(0.02 * server.requests.length, 6);
    expect(w.environment.state.spent.usd).toBeLessThanOrEqual(0.1);
    const unknown = world({ agent: 'scripted' });
    await play(unknown, modelOf(await serve([turn(finish)])), { price: null });
    expect(foldAll(unknown.events)?.spend?.usd).toBeNull();
  });

  it('stops at its steps', async () => {
    const w = world({ agent: 'scripted', limits: { steps: 6 } });
    const server = await serve(Array.from({ length: 10 }, () => turn({ name: 'list_files', args: {} }, { name: 'history', args: {} })));
    await play(w, modelOf(server));
    expect(steps(w)).toHaveLength(6);
    expect(server.requests).toHaveLength(3);
  });

  it('hears the person once, and what was rejected', async () => {
    const w = world({ agent: 'scripted' });
    const say = (text: string) => w.environment.append({ actor: 'human', type: 'instruction', data: { text, scope: 'run', attempt: null } });
    await w.environment.append({ actor: 'system', type: 'bench_edit', data: { id: 'e1', attempt: 1, path: 'train.py', base: null, next: 'x', mode: 'review' } });
    await w.environment.append({ actor: 'human', type: 'bench_decision', data: { id: 'e1', decision: 'rejected', words: 'keep my comments' } });
    await say('use only two features');
    const server = await serve([turn({ name: 'list_files', args: {} }), turn(finish)]);
    await play(w, modelOf(server));
    for (const at of [0, 1]) {
      expect(told(server, at).match(/use only two features/g)).toHaveLength(1);
      expect(told(server, at)).toContain('rejected your change to train.py: keep my comments');
    }
  });

  it('shortens a long conversation by rule: goal kept, old results cut, then facts in its place', async () => {
    const w = world({ agent: 'scripted', sandbox: new FakeSandbox() });
    const noisy = Array.from({ length: 60 }, (_, line) => `print line ${line} ${'x'.repeat(70)}`).join('\n');
    const talk = Array.from({ length: 24 }, () => turn({ name: 'run_script', args: {} }));
    const begin = turn({ name: 'reset', args: { plan: 'noise' } }, { name: 'write_file', args: { path: 'train.py', content: noisy } });
    const server = await serve([begin, ...talk, turn(finish)].map((one) => ({ ...one, usage: null }) as Turn));
    await play(w, modelOf(server), { contextWindow: 25_000 });
    const lengths = server.requests.map((request) => JSON.stringify(request.body.messages).length);
    // 60 % of the window at 3.5 characters a token, and the one result that is still to come.
    expect(Math.max(...lengths)).toBeLessThan(0.6 * 25_000 * 3.5 + 8_000);
    expect(server.requests.every((request) => request.body.messages?.[1]?.content?.includes('lower is better'))).toBe(true);
    expect(told(server, -1)).toContain('replaced by these facts');
    expect(told(server, -1)).toContain('noise');
    // Twice per attempt; the third time it begins anew.
    const replaced = steps(w).filter((step) => step.startsWith('history')).length;
    const begun = ofType(w, 'attempt_created').length;
    expect(replaced).toBeGreaterThan(0);
    expect(begun).toBe(1 + Math.floor((replaced - 1) / 2));
  });

  it('learns from a refusal that the window is smaller', async () => {
    const w = world({ agent: 'scripted' });
    const tooLong: Turn = { kind: 'error', status: 400, code: 'context_length_exceeded', message: 'maximum context length is 4096 tokens' };
    const server = await serve([turn(...solve(0.5)), tooLong, turn(finish)]);
    await play(w, modelOf(server));
    expect(steps(w).at(-1)).toBe('finish ok');
    expect(ofType(w, 'model_call').map((event) => event.data.finish)).toEqual(['tool_calls', null, 'tool_calls']);
  });

  it('ends when nothing is short enough', async () => {
    const w = world({ agent: 'scripted' });
    const tooLong: Turn = { kind: 'error', status: 400, message: 'prompt is too long' };
    await play(w, modelOf(await serve(Array.from({ length: 9 }, () => tooLong))));
    expect(ofType(w, 'step').at(-1)?.data.observation.summary).toContain('larger context window');
  });

  it.each(['stopped', 'budget'] as const)('is cut off in mid-thought when the run is over (%s)', async (why) => {
    const w = world({ agent: 'scripted' });
    const abort = new AbortController();
    const server = await serve([turn(...solve(0.5)), () => (setTimeout(() => abort.abort(new RunOver(why, 'over now')), 10), { kind: 'silence' })]);
    const work = play(w, modelOf(server), { abort });
    if (why === 'stopped') await expect(work).rejects.toThrow('over now');
    else await work;
    expect(ofType(w, 'model_call')).toHaveLength(1);
  });
});

describe('a recorded run', () => {
  const long = 'y'.repeat(20_000);
  const game: Turn[] = [
    turn({ name: 'competition_info', args: {} }),
    turn(...solve(0.5)),
    { text: 'Hm.' },
    turn({ name: 'note', args: { text: 'well' } }, { name: 'write_file', args: { path: 'big.py', content: long } }),
    turn(...solve(0.25)),
    turn(finish),
  ];

  it('replays without network, large answers too', async () => {
    const w = world({ agent: 'scripted' });
    await play(w, modelOf(await serve(game)));
    expect(ofType(w, 'model_call').some((event) => event.data.blob !== undefined)).toBe(true);
    const again = world({ from: w });
    await play(again, noModel);
    expect(again.events).toEqual(w.events);
  });

  it('goes on after a crash at any event, without asking again for what was answered', async () => {
    const whole = world({ agent: 'scripted' });
    await play(whole, modelOf(await serve(game)));
    const essence = (w: World) => steps(w);
    for (let at = 1; at < whole.events.length - 2; at += 3) {
      const server = await serve(game.flatMap((one) => [one]));
      const cut = world({ agent: 'scripted', killAfter: at });
      await expect(play(cut, modelOf(server))).rejects.toBeInstanceOf(Killed);
      const answered = ofType(cut, 'model_call').length;
      const rest = await serve(game.slice(answered));
      const on = world({ from: cut });
      await play(on, modelOf(rest));
      expect(essence(on)).toEqual(essence(whole));
      expect(rest.requests).toHaveLength(game.length - answered);
      await Promise.all([server.close(), rest.close()]);
    }
  });
});
