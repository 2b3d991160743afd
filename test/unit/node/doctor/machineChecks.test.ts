import { describe, expect, it } from 'vitest';
import type { GpuOffer } from '../../../../src/core/runtime/gpu';
import type { RuntimeStatus } from '../../../../src/core/runtime/runtime';
import type { CompetitionEntry } from '../../../../src/node/competitions/library';
import { checkMachine, checkNode, type MachinePlaces } from '../../../../src/node/doctor/machineChecks';

const noEngine: RuntimeStatus = { available: false, isolation: 'none', detail: 'Nothing listens.', reason: 'no_engine', nextStep: 'Install one.' };
const python: RuntimeStatus = { available: true, isolation: 'bubblewrap', detail: 'Python 3.11' };
const noCard: GpuOffer = { usable: 'no', why: 'there is no nvidia-smi' };
const entry: CompetitionEntry = { id: 'penguins', title: 'Penguins', summary: '', location: 'bundled:penguins', folder: '/none', group: 'bundled' };

/** The parts of both runtimes that the checks ask. */
function places(local: RuntimeStatus, more: Partial<MachinePlaces> = {}): MachinePlaces {
  const runtimes = { docker: { probe: () => Promise.resolve(noEngine) }, local: { probe: () => Promise.resolve(local), isolationDetail: () => Promise.resolve('bubblewrap 0.8'), gpus: () => Promise.resolve(noCard) } };
  return { runtimes: runtimes as never, image: 'cpu', home: '/', competitions: () => Promise.resolve([entry]), ...more };
}
const stateOf = async (id: string, where: MachinePlaces): Promise<string | undefined> => (await checkMachine(where)).find((check) => check.id === id)?.state;

describe('the doctor', () => {
  it('has one list of checks, each with an id', async () => {
    const checks = await checkMachine(places(python));
    expect(checks.map((check) => check.id)).toEqual(['runtime', 'engine', 'bubblewrap', 'python', 'gpu', 'disk', 'competitions', 'node']);
  });

  it('fails when the runtime that is chosen cannot be used, whatever the other one can', async () => {
    expect(await stateOf('runtime', places(python))).toBe('ok');
    expect(await stateOf('runtime', places(python, { wanted: 'docker' }))).toBe('fail');
    expect(await stateOf('runtime', places(python, { wanted: 'local' }))).toBe('ok');
    expect(await stateOf('runtime', places({ ...noEngine, reason: 'no_python' }))).toBe('fail');
  });

  it('tells a broken competition, and fails only when none can be played', async () => {
    const broken = { ...entry, id: 'broken', problem: 'No manifest.' };
    expect(await stateOf('competitions', places(python, { competitions: () => Promise.resolve([entry, broken]) }))).toBe('warn');
    expect(await stateOf('competitions', places(python, { competitions: () => Promise.resolve([broken]) }))).toBe('fail');
    expect(await stateOf('competitions', places(python, { competitions: () => Promise.reject(new Error('gone')) }))).toBe('fail');
  });

  it('wants Node 20', () => {
    expect(checkNode('18.19.0')).toMatchObject({ state: 'fail', nextStep: expect.stringContaining('20') as string });
    expect(checkNode('24.1.0').state).toBe('ok');
  });
});
