import { describe, expect, it } from 'vitest';
import { parseAction } from '../../../src/core/environment/actions';
import { approvalsFor, missingApproval } from '../../../src/core/environment/approval';
import { FakeSandbox, world } from './fakes';

const shell = (command: string) => {
  const parsed = parseAction({ name: 'shell', params: { command } });
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.action;
};

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

  it('asks for agents only, and counts what the person allowed', () => {
    const settings = { allowUnisolated: false };
    expect(missingApproval(shell('ls'), 'llm', 'none', settings)).toBe('unisolated');
    expect(missingApproval(shell('ls'), 'llm', 'none', { allowUnisolated: true })).toBeUndefined();
    expect(missingApproval(shell('pip install x'), 'llm', 'container', settings)).toBe('installs');
    expect(missingApproval(shell('pip install x'), 'llm', 'container', { ...settings, approved: ['installs'] })).toBeUndefined();
    expect(missingApproval(shell('pip install x'), 'human', 'container', settings)).toBeUndefined();
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
});
