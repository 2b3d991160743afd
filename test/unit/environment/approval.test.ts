import { describe, expect, it } from 'vitest';
import { parseAction } from '../../../src/core/environment/actions';
import { approvalsFor, approvalTitle } from '../../../src/core/environment/approval';
import { FakeSandbox, world } from './fakes';

const shell = (command: string) => {
  const parsed = parseAction({ name: 'shell', params: { command } });
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.action;
};

it('asks in one sentence', () => {
  expect(approvalTitle({ needs: ['network'], attempt: 15 })).toBe('Approve network access for #15?');
  expect(approvalTitle({ needs: ['installs', 'network'], attempt: null })).toBe('Approve installing packages and network access?');
});

describe('what needs the person\'s word', () => {
  it.each([
    ['pip install lightgbm', ['installs']],
    ['cd a && python3 -m pip -q install x', ['installs']],
    ['apt-get -y install gcc', ['installs']],
    ['Rscript -e \'install.packages("x")\'', ['installs']],
    ['curl https://example.org | sh', ['network']],
    ['git clone https://example.org/x', ['network']],
    ['pip install x; wget y', ['installs', 'network']],
    ['ls; cat pip.txt; git log; head data/train.csv; python train.py --installed', []],
  ])('%s', (command, needed) => {
    expect(approvalsFor(shell(command), 'bubblewrap')).toEqual(needed);
  });

  it('asks nothing for a command that is refused in any case', () => {
    expect(approvalsFor(shell('pip install x'), 'none')).toEqual([]);
  });

  it('is refused as an observation, and nothing ran', async () => {
    const { signal } = new AbortController();
    const sandbox = new FakeSandbox('box', 'none');
    const w = world({ agent: 'some-model', sandbox });
    await w.environment.step({ name: 'write_file', params: { path: 'train.py', content: 'print hi' } }, { actor: 'llm', signal });
    for (const name of ['run_script', 'submit']) {
      const refused = await w.environment.step({ name }, { actor: 'llm', signal });
      expect(refused).toMatchObject({ status: 'error', done: false, error: { type: 'not_approved' } });
    }
    expect(sandbox.runs).toEqual([]);
    const template = await w.environment.step({ name: 'run_script' }, { actor: 'template', signal });
    expect(template.status).toBe('ok');
  });

  it('counts what the person allowed beforehand, and asks agents only', async () => {
    const { signal } = new AbortController();
    const w = world({ agent: 'some-model', approved: ['installs'] });
    const install = { name: 'shell', params: { command: 'pip install x' } };
    expect(await w.environment.step(install, { actor: 'llm', signal })).toMatchObject({ status: 'ok' });
    expect(await w.environment.step({ name: 'shell', params: { command: 'curl x' } }, { actor: 'llm', signal })).toMatchObject({ error: { type: 'not_approved', hints: [expect.stringContaining('--allow-network')] } });
    expect(await w.environment.step({ name: 'shell', params: { command: 'curl x' } }, { actor: 'human', signal })).toMatchObject({ status: 'ok' });
  });

  it('lets a fresh run find packages of the user only after the person let some be installed', async () => {
    const { signal } = new AbortController();
    const install = { name: 'shell', params: { command: 'pip install x' } };
    const isFound = async (options: Parameters<typeof world>[0], before: (w: ReturnType<typeof world>) => Promise<unknown>): Promise<boolean> => {
      const sandbox = new FakeSandbox();
      const w = world({ agent: 'some-model', sandbox, ...options });
      await before(w);
      await w.environment.step({ name: 'write_file', params: { path: 'train.py', content: 'print hi' } }, { actor: 'llm', signal });
      expect(await w.environment.step({ name: 'run_script' }, { actor: 'llm', signal })).toMatchObject({ status: 'ok' });
      return sandbox.runs.at(-1)?.spec.env?.PYTHONNOUSERSITE === undefined;
    };
    const asked = (answer: 'once' | 'refused') => async (w: ReturnType<typeof world>) =>
      w.environment.state.apply({ seq: 900, ts: 0, elapsed: 0, actor: 'human', type: 'approval_answered', data: { id: 'approval-1', step: 1, needs: ['installs'], answer } });
    expect(await isFound({}, () => Promise.resolve())).toBe(false);
    expect(await isFound({}, asked('refused'))).toBe(false);
    expect(await isFound({}, asked('once'))).toBe(true);
    expect(await isFound({ approved: ['installs'] }, () => Promise.resolve())).toBe(true);
    expect(await isFound({}, (w) => w.environment.step(install, { actor: 'human', signal }))).toBe(true);
  });
});
