import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runEventSchema, type EventData, type EventType, type RunEvent } from '../../../../src/core/run/events';
import { toRunPanelSchema } from '../../../../src/protocol/panel';
import { readAttempt } from '../../../../src/vscode/panels/attemptFiles';
import { milestonesOf } from '../../../../src/vscode/panels/milestones';
import type { RunHandle } from '../../../../src/vscode/runs/runHandle';
import { penguinsRun } from '../../../fixtures/runView';

let seq = 0;
const event = <T extends EventType>(type: T, data: EventData<T>): RunEvent => runEventSchema.parse({ seq: ++seq, ts: seq, elapsed: seq, actor: 'system', type, data });
const reached = (attempt: number, step: number, name: 'parses' | 'imported' | 'trained', at: number): RunEvent => event('milestone', { attempt, step, milestone: { name, at } });
const closed = (attempt: number, step: number, names: ('parses' | 'submission_valid')[]): RunEvent =>
  event('step', {
    step,
    attempt,
    action: 'submit',
    seconds: 1,
    observation: {
      action: 'submit', attempt, status: 'ok', summary: 'done', seconds: 1, done: false, budget: { gradedCalls: { used: 1, limit: 50 } },
      milestones: names.map((name) => ({ name, at: 1 })),
    },
  });
const names = (events: readonly RunEvent[], attempt: number): string[] => milestonesOf(events, attempt).map(({ name }) => name);

describe('milestones of an attempt', () => {
  it('are those of its newest job, while it runs', () => {
    const events = [reached(1, 3, 'parses', 0.1), reached(1, 3, 'imported', 0.2), reached(2, 4, 'parses', 0.1), reached(1, 5, 'parses', 0.1)];
    expect(names(events, 1)).toEqual(['parses']);
    expect(names(events.slice(0, 3), 1)).toEqual(['parses', 'imported']);
    expect(names(events, 9)).toEqual([]);
  });

  it('are what the step reports once it has ended', () => {
    expect(names([reached(1, 3, 'parses', 0.1), closed(1, 3, ['parses', 'submission_valid'])], 1)).toEqual(['parses', 'submission_valid']);
    expect(names([reached(1, 3, 'parses', 0.1), closed(1, 4, [])], 1)).toEqual(['parses']);
  });
});

describe('files of an attempt', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-attempt-'));
    for (const [path, text] of Object.entries({
      'attempts/11/code/train.py': 'a = 1\n',
      'attempts/9/code/train.py': 'a = 0\n',
      'attempts/11/logs/step-9.log': 'first\n',
      'attempts/11/logs/step-12.log': 'second\n',
      'journal.jsonl': `${JSON.stringify(reached(11, 12, 'trained', 3))}\n`,
    })) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  });
  afterEach(() => rm(folder, { recursive: true }));
  const handle = (): RunHandle => ({ folder, view: penguinsRun() }) as RunHandle;

  it('come with the parent\'s text, the newest log and the milestones', async () => {
    const answer = await readAttempt(handle(), 11);
    expect(answer).toEqual({
      type: 'attempt',
      id: 11,
      files: [{ path: 'train.py', text: 'a = 1\n', before: 'a = 0\n' }],
      log: 'second\n',
      milestones: [{ name: 'trained', at: 3 }],
    });
    expect(toRunPanelSchema.parse(answer)).toEqual(answer);
  });

  it('are empty for an attempt that has written nothing yet', async () => {
    expect(await readAttempt(handle(), 14)).toMatchObject({ files: [], log: '', milestones: [] });
  });
});
