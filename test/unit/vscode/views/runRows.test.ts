import { describe, expect, it } from 'vitest';
import type { RunView } from '../../../../src/core/run/view';
import { escapeMarkdown, formatChange, formatScore, formatTime } from '../../../../src/vscode/views/format';
import { attemptRow, canResume, elapsedNow, isTie, modelRemedy, runRow, shownAttempts, statusRun, statusText, takesInstructions } from '../../../../src/vscode/views/runRows';
import { approvalOf15, fixtureNow, penguinsEnded, penguinsRun } from '../../../fixtures/runView';

const edit = { id: 'e', attempt: 15, path: 'train.py', base: null, next: 'n', mode: 'review' as const };
const still = (view: RunView): RunView => ({ ...view, asOf: fixtureNow, waitingEdits: [] });
const running = still(penguinsRun());

describe('numbers', () => {
  it('have four decimals, a true minus, and minutes or hours', () => {
    expect([formatScore(0.91273), formatScore(-2.5), formatChange(0.0082), formatChange(-0.0055)]).toEqual(['0.9127', '\u22122.5000', '+0.0082', '\u22120.0055']);
    expect([formatTime(0), formatTime(872.9), formatTime(3723), formatTime(-3)]).toEqual(['0:00', '14:32', '1:02:03', '0:00']);
  });

  it('text in a tooltip cannot become markup or a command link', () => {
    const escaped = escapeMarkdown('[x](command:evil) <img src=x> **b**\n# h');
    expect(escaped).not.toMatch(/(^|[^\\])[[\]*#<>]/);
    expect(escaped).not.toContain('\n');
  });
});

describe('rows of runs', () => {
  it('say score and time while running, with the clock going on', () => {
    const row = runRow({ ...running, elapsed: 870, asOf: fixtureNow - 2000 }, fixtureNow);
    expect(row).toMatchObject({ label: `Run ${running.number}`, icon: 'loading~spin', context: 'run.running.scored' });
    expect(row.description).toMatch(/^0\.9130, 14:32 of \d/);
  });

  it('say what they wait for', () => {
    expect(runRow({ ...running, waitingEdits: [edit] }, fixtureNow)).toMatchObject({ icon: 'bell', description: '0.9130, 1 edit to review' });
  });

  it('offer what helps when the model gives no answer', () => {
    const stuck: RunView = { ...running, status: 'waiting', statusText: 'The key is refused.', modelTrouble: 'unauthorized' };
    expect(runRow(stuck, fixtureNow)).toMatchObject({ icon: 'bell', description: '0.9130, key refused', context: expect.stringMatching(/^run\.waiting.*\.key\.stuck/) as string });
    expect(statusText(stuck, undefined, fixtureNow)).toMatchObject({ text: `$(bell) Run ${running.number}: key refused`, tone: 'needs', spoken: expect.stringContaining('The key is refused.') as string });
    expect([modelRemedy(stuck), canResume(stuck)]).toEqual(['giveKey', true]);
    const busy: RunView = { ...stuck, modelTrouble: 'rate_limited' };
    expect([modelRemedy(busy), canResume(busy), runRow(busy, fixtureNow).context.includes('.key')]).toEqual(['tryAgain', true, false]);
    expect(modelRemedy({ ...stuck, modelTrouble: 'no_window' })).toBe('none');
    expect([modelRemedy({ ...stuck, status: 'stopped' }), canResume({ ...running, status: 'waiting' })]).toEqual([undefined, false]);
  });

  it.each([
    ['stopped', 'debug-stop', /no valid submission, stopped/],
    ['interrupted', 'debug-disconnect', /interrupted, can be resumed/],
    ['finished', 'pass', /no valid submission, ended/],
  ] as const)('%s without a score', (status, icon, words) => {
    const row = runRow({ ...running, status, best: null }, fixtureNow);
    expect(row.icon).toBe(icon);
    expect(row.description).toMatch(words);
    expect(row.context).toBe(`run.${status}`);
  });

  it('offer instructions only where somebody reads them', () => {
    expect([runRow({ ...running, agent: 'offline' }, fixtureNow).context, runRow({ ...running, agent: 'human' }, fixtureNow).context]).toEqual(['run.running.scored', 'run.running.scored']);
    expect(runRow({ ...running, agent: 'some-model' }, fixtureNow).context).toBe('run.running.guided.scored');
    expect(takesInstructions({ agent: 'some-model', status: 'finished' })).toBe(false);
  });

  it('offer what Kaggle has to do with where the competition is Kaggle\'s', () => {
    expect(runRow({ ...running, status: 'finished', competition: { ...running.competition, kaggle: 'toy-cup' } }, fixtureNow).context).toBe('run.finished.scored.kaggle');
  });

  it('stand still and say so when the run does not answer', () => {
    const row = runRow({ ...running, elapsed: 870, asOf: fixtureNow - 60_000 }, fixtureNow, 'lost');
    expect(row).toMatchObject({ icon: 'plug', description: '0.9130, no answer since 14:30', context: 'run.running.scored.lost' });
  });

  it('do not count on when the run stands still', () => {
    expect(elapsedNow({ status: 'paused', elapsed: 10, asOf: 0 }, fixtureNow)).toBe(10);
  });
});

describe('rows of attempts', () => {
  const attempt = (id: number) => running.attempts.find((candidate) => candidate.id === id) ?? (() => { throw new Error(`no attempt ${id}`); })();

  it('mark the best, ties and failures by icon and word', () => {
    expect(attemptRow(running, attempt(11))).toMatchObject({ icon: 'star-full', description: '0.9130' });
    expect(attemptRow(running, attempt(12)).description).toBe('0.9121, tie');
    expect(attemptRow(running, attempt(13))).toMatchObject({ icon: 'error', description: 'ValueError' });
    const invalid = { ...attempt(13), status: 'invalid_submission' as const };
    expect(attemptRow(running, invalid).description).toBe('invalid submission');
  });

  it('are the best first, then running, ties, newest; bounded', () => {
    const ids = shownAttempts(running, 4).map((one) => one.id);
    expect(ids[0]).toBe(11);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
  });

  it('are no tie without a standard error', () => {
    expect(isTie(attempt(12), running.best && { ...running.best, public: { ...running.best.public, se: null } })).toBe(false);
  });
});

describe('status bar', () => {
  it('has four states', () => {
    expect(statusText(undefined, undefined, fixtureNow)).toMatchObject({ tone: 'normal', text: '$(graph-line) Podium' });
    expect(statusText(running, undefined, fixtureNow).text).toMatch(/^\$\(loading~spin\) 0\.9130 \d+:\d\d$/);
    expect(statusText({ ...running, waitingEdits: [edit] }, undefined, fixtureNow)).toMatchObject({ tone: 'needs', text: '$(bell) Review #15' });
    expect(statusText(running, 'Engine stopped', fixtureNow)).toMatchObject({ tone: 'blocked', text: '$(error) Engine stopped' });
  });

  it('speaks of the run that needs a person first, and of no ended one', () => {
    const needs = { ...running, runId: 'needs', startedAt: 1, waitingEdits: [edit] };
    expect(statusRun([running, needs])?.runId).toBe('needs');
    expect(statusRun([still(penguinsEnded())])).toBeUndefined();
  });

  it('asks for approval before all else, as does the row of the run', () => {
    const asking: RunView = { ...running, runId: 'asking', startedAt: 1, status: 'waiting', statusText: approvalOf15.title, approval: approvalOf15, waitingEdits: [edit] };
    expect(statusText(asking, undefined, fixtureNow)).toEqual({ tone: 'needs', text: '$(bell) Approve #15', spoken: 'Run 7 waits: Approve network access for #15?' });
    expect(statusRun([running, asking])?.runId).toBe('asking');
    expect(runRow(asking, fixtureNow)).toMatchObject({ icon: 'bell', description: '0.9130, waits for approval', context: expect.stringMatching(/^run\.waiting.*\.asks/) as string });
    // Paused meanwhile, it still needs the person.
    expect(statusRun([running, { ...asking, status: 'paused' }])?.runId).toBe('asking');
  });
});
