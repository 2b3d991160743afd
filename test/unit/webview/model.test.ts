import { describe, expect, it } from 'vitest';
import { panelProtocolVersion, runViewSchema, toCompetitionPageSchema, toRunPanelSchema } from '../../../src/protocol/panel';
import type { ToRunPanel } from '../../../src/protocol/panel';
import { elapsedNow, emptyState, receive } from '../../../webview/runPanel/model';
import type { PanelState } from '../../../webview/runPanel/model';
import { attemptFiles, fixtureNow, penguinsEnded, penguinsPage, penguinsRun, penguinsStarting } from '../../fixtures/runView';

const snapshot = (n = 0): ToRunPanel => ({ type: 'snapshot', version: panelProtocolVersion, n, run: penguinsRun() });
const fold = (state: PanelState, ...messages: ToRunPanel[]): PanelState => messages.reduce((old, message) => receive(old, message).state, state);
const nothing = { attempts: [], steps: [] };

describe('fixtures', () => {
  it('are what the protocol says', () => {
    for (const run of [penguinsRun(), penguinsEnded(), penguinsStarting()]) expect(runViewSchema.safeParse(run).error).toBeUndefined();
    expect(toCompetitionPageSchema.safeParse({ type: 'page', version: 1, page: penguinsPage() }).error).toBeUndefined();
    expect(toRunPanelSchema.safeParse(attemptFiles()).error).toBeUndefined();
  });
});

describe('messages of the host', () => {
  it('folds numbered increments: a changed attempt in its place, a new one at the end', () => {
    const [first] = penguinsRun().attempts;
    if (!first) throw new Error('no attempt');
    const state = fold(
      emptyState,
      snapshot(),
      { type: 'increment', n: 1, attempts: [{ ...first, plan: 'changed' }], steps: [] },
      { type: 'increment', n: 2, attempts: [{ ...first, id: 15 }], steps: [] },
    );
    expect(state.n).toBe(2);
    expect(state.run?.attempts[0]?.plan).toBe('changed');
    expect(state.run?.attempts.map((attempt) => attempt.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it('forgets what a new header no longer says', () => {
    const { attempts: _attempts, steps: _steps, ...header } = penguinsRun();
    const troubled = fold(emptyState, snapshot(0), { type: 'increment', n: 1, header: { ...header, modelTrouble: 'unauthorized' }, ...nothing });
    expect(troubled.run?.modelTrouble).toBe('unauthorized');
    expect(fold(troubled, { type: 'increment', n: 2, header, ...nothing }).run).not.toHaveProperty('modelTrouble');
  });

  it('asks once for a snapshot when a number is missing, and drops increments until it comes', () => {
    const before = fold(emptyState, snapshot(4));
    const gap = receive(before, { type: 'increment', n: 6, ...nothing });
    expect(gap.resync).toBe(true);
    const later = receive(gap.state, { type: 'increment', n: 7, ...nothing });
    expect(later.resync).toBe(false);
    expect(later.state.n).toBe(4);
    const healed = fold(later.state, snapshot(7), { type: 'increment', n: 8, ...nothing });
    expect(healed.n).toBe(8);
    expect(healed.waitsForSnapshot).toBe(false);
  });

  it('ignores an increment that it has seen or that comes before any snapshot', () => {
    expect(receive(emptyState, { type: 'increment', n: 1, ...nothing })).toEqual({ state: emptyState, resync: false });
    const state = fold(emptyState, snapshot(5));
    expect(receive(state, { type: 'increment', n: 5, ...nothing })).toEqual({ state, resync: false });
  });

  it('keeps the newest steps and the end of a long output only', () => {
    const [step] = penguinsRun().steps;
    if (!step) throw new Error('no step');
    const many = Array.from({ length: 900 }, (_, n) => ({ ...step, seq: 1000 + n }));
    const state = fold(
      emptyState,
      snapshot(),
      { type: 'increment', n: 1, attempts: [], steps: many },
      { type: 'output', attempt: 14, text: 'x'.repeat(100_000) },
      { type: 'output', attempt: 14, text: 'end' },
    );
    expect(state.run?.steps).toHaveLength(500);
    expect(state.run?.steps.at(-1)?.seq).toBe(1899);
    expect(state.output.get(14)).toHaveLength(64 * 1024);
    expect(state.output.get(14)?.endsWith('xend')).toBe(true);
  });

  it('says aloud only a new best, a pause and the end', () => {
    const { attempts: _attempts, steps: _steps, ...header } = penguinsRun();
    const started = fold(emptyState, snapshot());
    expect(started.announcement).toBe('');
    const best = fold(started, { type: 'increment', n: 1, header: { ...header, best: { attempt: 14, public: { score: 0.92, se: null }, place: 3 } }, ...nothing });
    expect(best.announcement).toBe('New best: #14, public score 0.9200.');
    const paused = fold(started, { type: 'increment', n: 1, header: { ...header, status: 'paused' }, ...nothing });
    expect(paused.announcement).toBe('The run is paused.');
    const ended = fold(started, { type: 'increment', n: 1, header: { ...header, status: 'finished', statusText: 'Time is up.' }, ...nothing });
    expect(ended.announcement).toBe('The run has ended. Time is up.');
    const quiet = fold(started, { type: 'increment', n: 1, header: { ...header, statusText: 'Working' }, ...nothing });
    expect(quiet.announcement).toBe('');
  });

  it('notices another protocol version', () => {
    expect(fold(emptyState, { type: 'snapshot', version: panelProtocolVersion + 1, n: 0, run: penguinsRun() }).foreign).toBe(true);
  });
});

describe('the clock', () => {
  const attached = { state: 'attached', since: 0 } as const;
  it('counts on while the run works and answers', () => {
    expect(elapsedNow(penguinsRun(), attached, fixtureNow + 5500)).toBeCloseTo(877.5);
    expect(elapsedNow(penguinsRun(), attached, fixtureNow - 5500)).toBe(872);
  });
  it('stands while it is paused, ended or silent', () => {
    expect(elapsedNow({ ...penguinsRun(), status: 'paused' }, attached, fixtureNow + 5500)).toBe(872);
    expect(elapsedNow(penguinsRun(), { state: 'lost', since: 872 }, fixtureNow + 5500)).toBe(872);
    expect(elapsedNow(penguinsEnded(), attached, fixtureNow + 5500)).toBe(1781);
  });
});
