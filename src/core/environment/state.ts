import * as z from 'zod';
import type { Actor, AttemptStatus, EventData, RunConfig, RunEvent } from '../run/events';
import type { Operator } from './actions';
import type { Approval, ApprovalDecision } from './approval';
import type { Score } from '../grading/result';
import type { Claim, Failure } from './observation';
import { betterScore } from './visibility';

/** path → sha256 of its content. Never changed in place: a change makes a new map. */
export type FileMap = ReadonlyMap<string, string>;
/** A run has two lines of work that do not disturb each other: the agent's and the person's. */
export type Lane = 'agent' | 'human';
export const laneOf = (actor: Actor): Lane => (actor === 'human' ? 'human' : 'agent');

/** How many changes `undo` can take back. */
const maxPast = 20;

/** The last run of an attempt's entry in a fresh process. */
export interface LastRun {
  readonly entry: string;
  /** The working copy after the run; another map object means that something changed since. */
  readonly files: FileMap;
  readonly ok: boolean;
  /** sha256 of the submission that it wrote. */
  readonly submission: string | null;
}

export interface AttemptState {
  readonly id: number;
  readonly parents: readonly number[];
  readonly operator: Operator;
  readonly lane: Lane;
  readonly plan: string;
  files: FileMap;
  /** Earlier working copies, oldest first. */
  past: FileMap[];
  status: AttemptStatus;
  lastRun: LastRun | null;
  /** Outputs of the last run: name → sha256 (`oof.csv`, `test_pred.csv` …). */
  outputs: Readonly<Record<string, string>>;
  claim: Claim | null;
  credit: number;
  error: Failure | null;
  /** Seconds of its jobs. */
  seconds: number;
  public: number | null;
  /** What it would end as if it ended now. */
  outlook: Exclude<AttemptStatus, 'running'>;
}

/** A step that has begun and not ended: under way, or cut off by a crash. */
export interface OpenStep {
  readonly step: number;
  readonly actor: Actor;
  readonly action: string;
  readonly params: unknown;
  /** Attempt made within this step. */
  created: number | null;
  job: { readonly id: string; readonly sandbox: string | null } | null;
  /** Milestones journaled so far. */
  milestones: number;
  graded: EventData<'graded'> | null;
  noted: boolean;
  /** The person's answer to what this step needs. */
  approval: ApprovalDecision | null;
}

/**
 * What the environment knows of a run: a fold of the journal and nothing else, so that after a
 * crash it is exactly what it was.
 */
export class EnvironmentState {
  readonly attempts: AttemptState[] = [];
  readonly open = new Map<number, OpenStep>();
  readonly current: Record<Lane, number | null> = { agent: null, human: null };
  config: RunConfig | null = null;
  nextStep = 1;
  gradedCalls = 0;
  /** The best public score that was told. */
  bestTold: Score | null = null;
  /** Steps of the agent, ended or not. */
  agentSteps = 0;
  /** What the run's model has used. */
  spent: { calls: number; tokens: number; usd: number | null } = { calls: 0, tokens: 0, usd: 0 };
  sandboxId: string | null = null;
  selected: number | null = null;
  finished = false;
  /** The hidden test of the chosen attempt was made. */
  tested = false;
  /** The person stopped the hidden test once already. */
  testStopped = false;
  paused = false;
  /** What the person has allowed for the run since it began. */
  readonly approved = new Set<Approval>();
  /** Packages were installed with the person's word: runs find them. */
  installs = false;
  /** What the agent said with its newest message; null when it said nothing. */
  words: string | null = null;
  /** Warnings given, so that each is given once. */
  readonly warned = new Set<string>();
  /** sha256 of every submission that was graded → first attempt. */
  readonly submissions = new Map<string, number>();

  static of(events: Iterable<RunEvent>): EnvironmentState {
    const state = new EnvironmentState();
    for (const event of events) state.apply(event);
    return state;
  }

  attempt(id: number | null): AttemptState | undefined {
    return id === null ? undefined : this.attempts.find((attempt) => attempt.id === id);
  }

  /** The attempt that a lane works on. */
  working(lane: Lane): AttemptState | undefined {
    return this.attempt(this.current[lane]);
  }

  /** The step of a lane that is under way. */
  openIn(lane: Lane): OpenStep | undefined {
    return [...this.open.values()].find((step) => laneOf(step.actor) === lane);
  }

  // eslint-disable-next-line complexity -- one case per event type
  apply(event: RunEvent): void {
    switch (event.type) {
      case 'run_started':
        this.config = event.data.config;
        return;
      case 'sandbox':
        this.sandboxId = event.data.id;
        return;
      case 'attempt_created':
        this.createAttempt(event.data, event.actor);
        return;
      case 'step_started':
        this.startStep(event.data, event.actor);
        return;
      case 'job_started': {
        const open = this.open.get(event.data.step);
        if (open) open.job = { id: event.data.job, sandbox: this.sandboxId };
        if (event.data.installs) this.installs = true;
        return;
      }
      case 'milestone': {
        const open = this.open.get(event.data.step);
        if (open) open.milestones += 1;
        return;
      }
      case 'graded':
        this.grade(event.data);
        return;
      case 'step':
        this.endStep(event.data);
        return;
      case 'attempt_finished': {
        const attempt = this.attempt(event.data.id);
        if (attempt) attempt.status = event.data.status;
        return;
      }
      case 'note': {
        const open = this.openIn(laneOf(event.actor));
        if (open) open.noted = true;
        return;
      }
      case 'budget':
        if (event.data.warning !== undefined) this.warned.add(event.data.warning);
        return;
      case 'model_call': {
        const { usage, usd } = event.data;
        const { calls, tokens, usd: before } = this.spent;
        this.spent = { calls: calls + 1, tokens: tokens + usage.input + usage.output, usd: before === null || usd === null ? null : before + usd };
        this.words = null;
        return;
      }
      case 'explanation':
        this.words = event.data.text;
        return;
      case 'approval_answered': {
        const { step, needs, answer, words } = event.data;
        const open = this.open.get(step);
        if (open) open.approval = { answer, ...(words === undefined ? {} : { words }) };
        if (answer !== 'refused' && needs.includes('installs')) this.installs = true;
        if (answer === 'run' || answer === 'always') for (const one of needs) this.approved.add(one);
        return;
      }
      case 'paused':
      case 'resumed':
        this.paused = event.type === 'paused';
        return;
      case 'selected':
        this.selected = event.data.attempt;
        return;
      case 'tested':
        this.tested = true;
        return;
      case 'waiting':
        this.testStopped ||= event.data.testStopped ?? false;
        return;
      case 'run_finished':
        this.finished = true;
        return;
      default:
        return;
    }
  }

  private createAttempt(data: EventData<'attempt_created'>, actor: Actor): void {
    const lane = laneOf(actor);
    this.attempts.push({
      id: data.id,
      parents: data.parents,
      operator: data.operator,
      lane,
      plan: data.plan,
      files: applyChanges(new Map(), data.files),
      past: [],
      status: 'running',
      lastRun: null,
      outputs: {},
      claim: null,
      credit: 0,
      error: null,
      seconds: 0,
      public: null,
      outlook: 'ungraded',
    });
    this.current[lane] = data.id;
    const open = this.openIn(lane);
    if (open) open.created = data.id;
  }

  private startStep(data: EventData<'step_started'>, actor: Actor): void {
    this.nextStep = Math.max(this.nextStep, data.step + 1);
    if (laneOf(actor) === 'agent' && !this.open.has(data.step)) this.agentSteps += 1;
    this.open.set(data.step, {
      step: data.step,
      actor,
      action: data.action,
      params: data.params,
      created: null,
      job: null,
      milestones: 0,
      graded: null,
      noted: false,
      approval: null,
    });
    const attempt = this.attempt(data.attempt);
    if (attempt && data.files) changeFiles(attempt, applyChanges(attempt.files, data.files));
  }

  private grade(data: EventData<'graded'>): void {
    const open = this.open.get(data.step);
    if (open) open.graded = data;
    if (data.call !== null) this.gradedCalls = Math.max(this.gradedCalls, data.call);
    if (this.config) this.bestTold = betterScore(this.bestTold, data.public, this.config.competition.direction);
    const attempt = this.attempt(data.attempt);
    if (!attempt) return;
    attempt.public = data.public?.score ?? null;
    attempt.outlook = data.valid ? 'valid' : 'invalid_submission';
  }

  private endStep(data: EventData<'step'>): void {
    this.open.delete(data.step);
    const attempt = this.attempt(data.attempt);
    if (!attempt) return;
    const { observation } = data;
    if (data.files) {
      const files = applyChanges(attempt.files, data.files);
      if (data.action === 'undo') {
        attempt.past = attempt.past.slice(0, -Math.max(1, numberOf(observation.data, 'undone')));
        attempt.files = files;
      } else {
        changeFiles(attempt, files);
      }
      if (attempt.outlook !== 'valid') attempt.outlook = 'ungraded';
    }
    const run = runOf(observation.data);
    if (run) this.noteRun(attempt, run, data);
    else if (attempt.outlook === 'ungraded' && (observation.status === 'timeout' || observation.status === 'cancelled')) attempt.outlook = observation.status;
  }

  private noteRun(attempt: AttemptState, run: RunFacts, data: EventData<'step'>): void {
    const { observation } = data;
    attempt.seconds += run.seconds;
    if (observation.credit !== undefined) attempt.credit = Math.max(attempt.credit, observation.credit);
    if (run.submission !== null) this.submissions.set(run.submission, this.submissions.get(run.submission) ?? attempt.id);
    if (run.entry === null) return;
    attempt.lastRun = { entry: run.entry, files: attempt.files, ok: run.ok, submission: run.outputs[run.submissionName] ?? null };
    attempt.outputs = run.outputs;
    attempt.claim = observation.claim ?? (run.ok ? null : attempt.claim);
    attempt.error = observation.error ?? null;
    if (attempt.outlook === 'valid' || attempt.outlook === 'invalid_submission') return;
    attempt.outlook = run.ok ? 'ungraded' : observation.status === 'timeout' ? 'timeout' : observation.status === 'cancelled' ? 'cancelled' : 'buggy';
  }
}

/** What a step that ran code leaves in its observation's data for the fold. */
export const runFactsSchema = z.object({
  /** Script or notebook that was run from top to bottom in a fresh process; null for a cell or a command. */
  entry: z.string().nullable(),
  ok: z.boolean(),
  /** Seconds of the job. */
  seconds: z.number(),
  /** Outputs: name → sha256. */
  outputs: z.record(z.string(), z.string()),
  submissionName: z.string(),
  /** sha256 of the submission that was graded in this step. */
  submission: z.string().nullable(),
});
export type RunFacts = z.output<typeof runFactsSchema>;

const withRun = z.object({ run: runFactsSchema });
function runOf(data: unknown): RunFacts | undefined {
  return withRun.safeParse(data).data?.run;
}

function numberOf(data: unknown, key: string): number {
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined;
  return typeof value === 'number' ? value : 0;
}

function changeFiles(attempt: AttemptState, files: FileMap): void {
  attempt.past = [...attempt.past, attempt.files].slice(-maxPast);
  attempt.files = files;
}

export function applyChanges(files: FileMap, changes: Readonly<Record<string, string | null>>): FileMap {
  const next = new Map(files);
  for (const [path, hash] of Object.entries(changes)) {
    if (hash === null) next.delete(path);
    else next.set(path, hash);
  }
  return next;
}

/** What turns `before` into `after`; undefined when they are equal. */
export function changesBetween(before: FileMap, after: FileMap): Record<string, string | null> | undefined {
  const changes: Record<string, string | null> = {};
  for (const [path, hash] of after) if (before.get(path) !== hash) changes[path] = hash;
  for (const path of before.keys()) if (!after.has(path)) changes[path] = null;
  return Object.keys(changes).length > 0 ? changes : undefined;
}
