import { panelProtocolVersion } from '../../src/protocol/panel';
import type { AttemptCost, AttemptView, Milestone, RunView, StepView, ToRunPanel } from '../../src/protocol/panel';
import type { RunStats } from '../../src/protocol/stats';
import { formatScore } from '../shared/format';

/** What the host sent of one attempt's files. */
export interface AttemptDetail {
  readonly files: readonly { readonly path: string; readonly text: string; readonly before: string | null }[];
  readonly log: string;
  readonly milestones: readonly Milestone[];
  /** Absent when no model was asked. */
  readonly cost?: AttemptCost;
}

export interface PanelState {
  readonly run: RunView | null;
  /** Number of the last message that was folded in. */
  readonly n: number;
  /** An increment is missing; everything until the next snapshot is dropped. */
  readonly waitsForSnapshot: boolean;
  /** The host speaks another version of the protocol. */
  readonly foreign: boolean;
  readonly connection: { readonly state: 'attached' | 'lost' | 'ended'; readonly since: number };
  /** The window was away meanwhile; null when it was not, or the person has seen it. */
  readonly away: Omit<Extract<ToRunPanel, { type: 'away' }>, 'type'> | null;
  readonly stats: RunStats | null;
  readonly details: ReadonlyMap<number, AttemptDetail>;
  /** Newest output of each attempt's jobs, bounded. */
  readonly output: ReadonlyMap<number, string>;
  /** For screen readers: the last thing worth saying. */
  readonly announcement: string;
}

export const emptyState: PanelState = {
  run: null,
  n: 0,
  waitsForSnapshot: false,
  foreign: false,
  connection: { state: 'attached', since: 0 },
  away: null,
  stats: null,
  details: new Map(),
  output: new Map(),
  announcement: '',
};

const maxSteps = 500;
const maxOutput = 64 * 1024;
const maxDetails = 12;

/** Statuses after which nothing more comes. */
export function hasEnded(run: Pick<RunView, 'status'>): boolean {
  return run.status === 'finished' || run.status === 'stopped' || run.status === 'failed';
}

function upsert<T, K>(list: readonly T[], changed: readonly T[], key: (item: T) => K): T[] {
  if (changed.length === 0) return [...list];
  const byKey = new Map(changed.map((item) => [key(item), item]));
  const result = list.map((item) => {
    const next = byKey.get(key(item));
    byKey.delete(key(item));
    return next ?? item;
  });
  return [...result, ...byKey.values()];
}

function announce(before: RunView | null, after: RunView, old: string): string {
  if (!before) return old;
  if (after.approval && after.approval.id !== before.approval?.id) return `The run waits. ${after.approval.title}`;
  if (before.status !== after.status) {
    if (after.status === 'paused') return 'The run is paused.';
    if (hasEnded(after)) return `The run has ended. ${after.statusText}`;
  }
  if (after.best && after.best.attempt !== before.best?.attempt) {
    return `New best: #${after.best.attempt}, public score ${formatScore(after.best.public.score)}.`;
  }
  return old;
}

function increment(state: PanelState, message: Extract<ToRunPanel, { type: 'increment' }>): Reduced {
  if (!state.run || state.waitsForSnapshot || message.n <= state.n) return { state, resync: false };
  if (message.n !== state.n + 1) return { state: { ...state, waitsForSnapshot: true }, resync: true };
  const attempts = upsert<AttemptView, number>(state.run.attempts, message.attempts, (attempt) => attempt.id);
  const steps = upsert<StepView, number>(state.run.steps, message.steps, (step) => step.seq).slice(-maxSteps);
  // A header is whole: what it lacks is no longer so.
  const run: RunView = { ...(message.header ?? state.run), attempts, steps };
  return {
    state: { ...state, run, n: message.n, announcement: announce(state.run, run, state.announcement) },
    resync: false,
  };
}

export interface Reduced {
  readonly state: PanelState;
  /** Ask the host for a snapshot. */
  readonly resync: boolean;
}

/** Folds one message of the host into the state. Pure. */
export function receive(state: PanelState, message: ToRunPanel): Reduced {
  const keep = (next: PanelState): Reduced => ({ state: next, resync: false });
  switch (message.type) {
    case 'snapshot':
      return keep({
        ...state,
        run: message.run,
        n: message.n,
        waitsForSnapshot: false,
        foreign: message.version !== panelProtocolVersion,
        // Files may have changed while this view was hidden.
        details: state.run?.runId === message.run.runId ? state.details : new Map(),
        announcement: announce(state.run, message.run, state.announcement),
      });
    case 'increment':
      return increment(state, message);
    case 'connection':
      return keep({ ...state, connection: { state: message.state, since: message.since } });
    case 'away':
      return keep({ ...state, away: message });
    case 'stats':
      return keep({ ...state, stats: message });
    case 'output': {
      if (message.attempt === null) return keep(state);
      const output = new Map(state.output);
      output.set(message.attempt, ((output.get(message.attempt) ?? '') + message.text).slice(-maxOutput));
      return keep({ ...state, output });
    }
    case 'attempt': {
      const details = new Map(state.details);
      details.delete(message.id);
      details.set(message.id, { files: message.files, log: message.log, milestones: message.milestones ?? [], ...(message.cost ? { cost: message.cost } : {}) });
      for (const id of details.keys()) if (details.size > maxDetails) details.delete(id);
      return keep({ ...state, details });
    }
  }
}

/** Something happens now: rings turn. */
export function isWorking(run: Pick<RunView, 'status'>, connection: PanelState['connection']): boolean {
  return (run.status === 'running' || run.status === 'starting') && connection.state === 'attached';
}

/** Run time in seconds now: counted on from `asOf` while the run works and answers. */
export function elapsedNow(run: RunView, connection: PanelState['connection'], now: number): number {
  if (run.status !== 'running' || connection.state !== 'attached') return run.elapsed;
  return run.elapsed + Math.max(0, (now - run.asOf) / 1000);
}
