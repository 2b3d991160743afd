import { describe, expect, it } from 'vitest';
import type { RunView } from '../../../../src/core/run/view';
import { toRunPanelSchema, type ToRunPanel } from '../../../../src/protocol/panel';
import { RunPanelFeed } from '../../../../src/vscode/panels/runPanelFeed';
import { penguinsRun } from '../../../fixtures/runView';

/** What a view does with the messages: the snapshot, then each increment by id. */
function rebuild(messages: readonly ToRunPanel[]): RunView {
  let run: RunView | undefined;
  for (const message of messages) {
    if (message.type === 'snapshot') run = structuredClone(message.run);
    if (message.type !== 'increment' || !run) continue;
    const attempts = new Map(run.attempts.map((attempt) => [attempt.id, attempt]));
    for (const attempt of message.attempts) attempts.set(attempt.id, attempt);
    const steps = new Map(run.steps.map((step) => [step.seq, step]));
    for (const step of message.steps) steps.set(step.seq, step);
    run = { ...run, ...message.header, attempts: [...attempts.values()], steps: [...steps.values()] };
  }
  if (!run) throw new Error('no snapshot');
  return run;
}

describe('RunPanelFeed', () => {
  it('sends nothing before a snapshot and nothing when nothing changed', () => {
    const feed = new RunPanelFeed();
    const run = penguinsRun();
    expect(feed.increment(run)).toBeUndefined();
    feed.snapshot(run);
    expect(feed.increment(run)).toBeUndefined();
    expect(feed.increment(structuredClone(run))).toBeUndefined();
  });

  it('sends only what changed, numbered from 1, and the view comes out the same', () => {
    const feed = new RunPanelFeed();
    const whole = penguinsRun();
    const first: RunView = { ...whole, attempts: whole.attempts.slice(0, 5), steps: whole.steps.slice(0, 2) };
    const messages = [feed.snapshot(first)];
    const states: RunView[] = [
      { ...first, attempts: whole.attempts.slice(0, 6) },
      { ...first, attempts: whole.attempts.map((attempt, index) => (index === 2 ? { ...attempt, activity: 'training' } : attempt)), steps: whole.steps, seq: whole.seq + 1 },
      whole,
    ];
    for (const state of states) {
      const message = feed.increment(state);
      if (message) messages.push(message);
    }
    expect(messages.slice(1).map((message) => message.type === 'increment' && message.n)).toEqual([1, 2, 3]);
    const [, one] = messages;
    expect(one?.type === 'increment' && one.attempts.map((attempt) => attempt.id)).toEqual([6]);
    expect(one?.type === 'increment' && one.header).toBeUndefined();
    expect(rebuild(messages)).toEqual(whole);
    for (const message of messages) expect(toRunPanelSchema.safeParse(message).success).toBe(true);
  });

  it('counts from 1 again after another snapshot', () => {
    const feed = new RunPanelFeed();
    const run = penguinsRun();
    feed.snapshot(run);
    feed.increment({ ...run, seq: run.seq + 1 });
    feed.snapshot(run);
    expect(feed.increment({ ...run, seq: run.seq + 2 })).toMatchObject({ n: 1 });
  });
});
