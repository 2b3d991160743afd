import { boardKindOf, boardOver } from '../competition/boardPart';
import { approvalTitle } from '../environment/approval';
import { defaultVisibility } from '../environment/visibility';
import { withGraderWords } from '../grading/graderFailure';
import type { GraderFailure, Score } from '../grading/result';
import { isBetter } from '../grading/standings';
import type { EventData, RunConfig, RunEvent } from './events';
import { foldRefits, withProgress } from './refit';
import { testResultSchema, type TestResult } from './testResult';
import type { AttemptView, RunView, StepView } from './view';

/** The newest steps that a view keeps. */
export const maxSteps = 500;

/**
 * The view after one more event of the journal. The given view is not changed, and parts that the
 * event does not touch are the same objects, so that a panel can send what differs and no more.
 * @param view undefined before the first event
 * @throws Error when the first event is not `run_started`: without it there is nothing to show
 */
export function foldRun(view: RunView | undefined, event: RunEvent): RunView {
  return fold(view, event, copyOf);
}

/** The view of a whole journal; undefined for an empty one. */
export function foldAll(events: Iterable<RunEvent>): RunView | undefined {
  let view: RunView | undefined;
  for (const event of events) view = fold(view, event, itself);
  return view;
}

/**
 * A list of the view that may be changed: a copy, since somebody may hold the view; or, where
 * nobody sees the views in between, the list itself, so that a long journal folds in linear time.
 */
type Editable = <T>(list: readonly T[]) => T[];
const copyOf: Editable = (list) => list.slice();
const itself: Editable = <T>(list: readonly T[]) => list as T[];

function fold(view: RunView | undefined, event: RunEvent, editable: Editable): RunView {
  if (view === undefined) {
    if (event.type !== 'run_started') throw new Error(`A journal begins with run_started, not with ${event.type}.`);
    return begin(event.data.config, event);
  }
  if (event.seq <= view.seq) return view;
  const clock = { seq: event.seq, elapsed: event.elapsed, asOf: event.ts };
  return { ...view, ...clock, ...change(view, event, editable) };
}

/** The view of an ended run together with the private scores from PODIUM_HOME. */
export function withPrivate(view: RunView, grades: ReadonlyMap<number, Score | null>): RunView {
  return { ...view, attempts: view.attempts.map((attempt) => ({ ...attempt, private: grades.get(attempt.id) ?? null })) };
}

/** The view of an ended run together with the public scores that its policy kept back until now. */
export function withUntold(view: RunView, publics: ReadonlyMap<number, Score | null>): RunView {
  let shown = view;
  for (const { id, status, public: told } of view.attempts) {
    const score = publics.get(id) ?? null;
    if (status === 'valid' && told === null && score !== null) shown = { ...shown, ...scored(shown, id, score, copyOf) };
  }
  return shown;
}

/** The view of an ended run together with all that the competition's own grader said of attempts that it gave no score. */
export function withGraderFailures(view: RunView, failures: ReadonlyMap<number, GraderFailure>): RunView {
  if (failures.size === 0) return view;
  return { ...view, attempts: view.attempts.map((attempt) => ({ ...attempt, problems: withGraderWords(attempt.problems, failures.get(attempt.id)) })) };
}

/** The view of an ended run together with what came of its hidden test, from PODIUM_HOME. */
export function withTest(view: RunView, test: TestResult | undefined): RunView {
  return test && view.competition.tested ? { ...view, test } : view;
}

/** An unfinished run that no runner holds: it can be resumed from its journal. */
export function asInterrupted(view: RunView): RunView {
  if (hasEnded(view)) return view;
  if (view.status === 'waiting' && !view.approval) return { ...view, status: 'interrupted' };
  return { ...view, ...(view.approval ? { approval: null } : {}), status: 'interrupted', statusText: 'The runner ended before the run did.', nextStep: 'Resume the run.' };
}

export const hasEnded = (view: Pick<RunView, 'status'>): boolean => view.status === 'finished' || view.status === 'stopped' || view.status === 'failed';

function begin(config: RunConfig, event: RunEvent): RunView {
  const { limits, competition } = config;
  return {
    runId: config.runId,
    number: config.number,
    seq: event.seq,
    competition: {
      id: competition.id,
      title: competition.title,
      modality: competition.modality,
      metricLabel: competition.metricLabel,
      direction: competition.direction,
      board: competition.board,
      boardOf: boardKindOf(competition.location.startsWith('bundled:') ? 'bundled' : 'imported'),
      ...(competition.kaggle ? { kaggle: competition.kaggle } : {}),
      ...(competition.evaluation ? (competition.evaluation.selfScored ? { selfScored: true } : { tested: true }) : {}),
      ...(competition.reference ? { reference: competition.reference } : {}),
    },
    agent: config.agent,
    preset: config.preset,
    status: 'starting',
    statusText: 'Starting.',
    nextStep: null,
    isolation: null,
    runtime: config.runtime,
    edits: config.edits,
    visibility: config.visibility ?? defaultVisibility,
    budget: {
      gradedCalls: { used: 0, limit: limits.gradedCalls },
      ...(limits.seconds === undefined ? {} : { seconds: { used: 0, limit: limits.seconds } }),
      ...(limits.attempts === undefined ? {} : { attempts: { used: 0, limit: limits.attempts } }),
      ...(limits.usd === undefined ? {} : { usd: { used: 0, limit: limits.usd } }),
      ...(limits.tokens === undefined ? {} : { tokens: { used: 0, limit: limits.tokens } }),
      ...(limits.steps === undefined ? {} : { steps: { used: 0, limit: limits.steps } }),
    },
    elapsed: event.elapsed,
    asOf: event.ts,
    startedAt: event.ts,
    best: null,
    selected: null,
    attempts: [],
    steps: [],
    waitingEdits: [],
  };
}

type Change = Partial<RunView>;

// eslint-disable-next-line complexity -- one case per event type, each of one line
function change(view: RunView, event: RunEvent, editable: Editable): Change {
  switch (event.type) {
    case 'sandbox':
      return { runtime: event.data.runtime, isolation: event.data.isolation, status: 'running', statusText: '', nextStep: null };
    case 'progress':
      if (view.refits) return { refits: withProgress(view.refits, event.data.text) };
      return view.status === 'starting' || view.competition.tested ? { statusText: event.data.text } : {};
    case 'attempt_created':
      return { attempts: added(editable(view.attempts), newAttempt(event.data, event)) };
    case 'step_started':
      return startStep(view, event.data, event, editable);
    case 'step':
      return endStep(view, event.data, event, editable);
    case 'milestone':
      return { attempts: patchAttempt(editable(view.attempts), event.data.attempt, { activity: activityOf(event.data) }) };
    case 'graded':
      return graded(view, event.data, event, editable);
    case 'tested':
      // In journals of before; now it comes from PODIUM_HOME when the run has ended.
      return { test: testResultSchema.safeParse(event.data).data, statusText: '' };
    case 'attempt_finished': {
      const { id, status, claim, credit, error, seconds } = event.data;
      return { attempts: patchAttempt(editable(view.attempts), id, { status, claim, credit, error, seconds, activity: null, endedAt: event.elapsed }) };
    }
    case 'explanation':
      return event.data.attempt === null ? {} : { attempts: patchAttempt(editable(view.attempts), event.data.attempt, { explanation: event.data.text }) };
    case 'note':
    case 'instruction':
      return { steps: addStep(editable(view.steps), lineOf(event)) };
    case 'bench_edit': {
      const edit = event.data;
      // A newer change of the same file takes the older one's place.
      return { waitingEdits: [...view.waitingEdits.filter((waiting) => waiting.path !== edit.path), edit] };
    }
    case 'bench_decision':
      return { waitingEdits: afterDecision(view.waitingEdits, event.data) };
    case 'budget':
      return { budget: event.data.budget, ...(event.data.warning === undefined ? {} : { statusText: event.data.warning }) };
    case 'model_call':
      return spent(view, event.data);
    case 'waiting':
      return { status: 'waiting', statusText: event.data.why, nextStep: event.data.nextStep, modelTrouble: event.data.model };
    case 'approval_asked': {
      const title = approvalTitle(event.data);
      return { approval: { ...event.data, title }, ...(view.status === 'paused' ? {} : { status: 'waiting', statusText: title, nextStep: null }) };
    }
    case 'approval_answered':
      return settled(view, event.data.step);
    case 'paused':
      return { status: 'paused', statusText: event.data.why };
    case 'resumed':
      // After a restart the question is asked again; the person who goes on with a paused run has it before them still.
      return view.approval && event.actor === 'human' ? { status: 'waiting', statusText: view.approval.title, nextStep: null } : { status: 'running', statusText: '', nextStep: null, modelTrouble: undefined, ...(view.approval ? { approval: null } : {}) };
    case 'selected':
      return { selected: { attempt: event.data.attempt, why: event.data.why } };
    case 'run_finished':
      return {
        status: event.data.status,
        modelTrouble: undefined,
        statusText: event.data.error?.message ?? event.data.reason,
        nextStep: event.data.error?.nextStep ?? null,
        ...(event.data.error?.reason ? { failedFor: event.data.error.reason } : {}),
        ...(view.approval ? { approval: null } : {}),
      };
    case 'refit_asked':
    case 'refit_resumed':
    case 'refit_finished':
    case 'kaggle_sending':
    case 'kaggle_submitted':
    case 'kaggle_scored':
    case 'refit_ended':
      return { refits: foldRefits(view.refits ?? [], event) };
    case 'run_started':
    case 'job_started':
    case 'private_revealed':
      return {};
  }
}

function afterDecision(edits: RunView['waitingEdits'], { id, decision, hunks, left }: EventData<'bench_decision'>): RunView['waitingEdits'] {
  return edits.flatMap((edit) => {
    if (edit.id !== id) return [edit];
    if (decision === 'conflict') return [{ ...edit, held: true }];
    return (left ?? 0) > 0 ? [{ ...edit, verdicts: [...(edit.verdicts ?? []), ...(hunks ?? [])] }] : [];
  });
}

/** The question of a step is answered, or ended with it. */
function settled(view: RunView, step: number): Change {
  if (view.approval?.step !== step) return {};
  return { approval: null, ...(view.status === 'waiting' ? { status: 'running', statusText: '' } : {}) };
}

function spent(view: RunView, { attempt, usage, usd, context }: EventData<'model_call'>): Change {
  const before = view.spend ?? { calls: 0, inputTokens: 0, outputTokens: 0, estimated: false, usd: 0 };
  const spend = {
    calls: before.calls + 1,
    inputTokens: before.inputTokens + usage.input,
    outputTokens: before.outputTokens + usage.output,
    estimated: before.estimated || usage.estimated,
    usd: before.usd === null || usd === null ? null : before.usd + usd,
    context: { used: usage.input, window: context },
  };
  const { budget } = view;
  const { usd: cost = 0 } = view.attempts.find((one) => one.id === attempt) ?? {};
  return {
    ...(attempt === null ? {} : { attempts: patchAttempt(view.attempts, attempt, { usd: cost === null || usd === null ? null : cost + usd }) }),
    spend,
    budget: {
      ...budget,
      ...(budget.tokens ? { tokens: { ...budget.tokens, used: spend.inputTokens + spend.outputTokens } } : {}),
      ...(budget.usd ? { usd: { ...budget.usd, used: spend.usd } } : {}),
    },
  };
}

function newAttempt(data: EventData<'attempt_created'>, event: RunEvent): AttemptView {
  return {
    id: data.id,
    parents: data.parents,
    operator: data.operator,
    source: data.source,
    plan: data.plan,
    status: 'running',
    activity: null,
    claim: null,
    public: null,
    private: null,
    change: null,
    error: null,
    problems: [],
    credit: 0,
    startedAt: event.elapsed,
    endedAt: null,
    seconds: 0,
    explanation: null,
  };
}

function startStep(view: RunView, data: EventData<'step_started'>, event: RunEvent, editable: Editable): Change {
  if (openStepAt(view.steps, data.step) >= 0) return {}; // the same step, taken up again after an interruption
  const step: StepView = {
    seq: event.seq,
    step: data.step,
    attempt: data.attempt,
    at: event.elapsed,
    action: data.action,
    actor: event.actor,
    status: null,
    summary: '',
    error: null,
    seconds: null,
  };
  const again = event.actor === 'human' && hasFailed(view, data.attempt) ? { status: 'running', endedAt: null } as const : {};
  const attempts = data.attempt === null ? view.attempts : patchAttempt(editable(view.attempts), data.attempt, { activity: activityWords[data.action] ?? null, ...again });
  return { steps: addStep(editable(view.steps), step), attempts };
}

const hasFailed = (view: RunView, id: number | null): boolean => id !== null && failedStatuses.has(view.attempts[placeOf(view.attempts, id)]?.status ?? 'running');
const failedStatuses: ReadonlySet<AttemptView['status']> = new Set(['buggy', 'timeout', 'cancelled', 'invalid_submission']);

/**
 * A person's attempt stays open after a submission that failed, so that the next one mends it. Until
 * then nothing runs, and it is shown as what it came to.
 */
function failedByHand(attempt: AttemptView | undefined, started: StepView | undefined, data: EventData<'step'>, at: number): Partial<AttemptView> {
  const { status } = data.observation;
  if (!attempt || attempt.status !== 'running' || started?.actor !== 'human' || data.action !== 'submit' || status === 'ok') return {};
  const invalid = data.observation.grade?.valid === false;
  return { status: invalid ? 'invalid_submission' : status === 'error' ? 'buggy' : status, endedAt: at, seconds: attempt.seconds + data.seconds };
}

function endStep(before: RunView, data: EventData<'step'>, event: RunEvent, editable: Editable): Change {
  const answered = settled(before, data.step);
  const view = { ...before, ...answered };
  const { observation } = data;
  const at = openStepAt(view.steps, data.step);
  const started = view.steps[at];
  const budget = observation.budget;
  let attempts = view.attempts;
  if (data.attempt !== null) {
    const patch: Partial<AttemptView> = { activity: null };
    if (observation.claim) patch.claim = observation.claim;
    if (observation.credit !== undefined) patch.credit = observation.credit;
    if (runs.has(data.action)) patch.error = observation.error ?? null;
    Object.assign(patch, failedByHand(attempts[placeOf(attempts, data.attempt)], started, data, event.elapsed));
    attempts = patchAttempt(editable(attempts), data.attempt, patch);
  }
  if (started === undefined) return { ...answered, budget, attempts };
  const steps = editable(view.steps);
  steps[at] = {
    ...started,
    attempt: data.attempt,
    status: observation.status,
    summary: observation.summary,
    error: observation.error ?? null,
    seconds: data.seconds,
  };
  return { ...answered, budget, attempts, steps };
}

const runs: ReadonlySet<string> = new Set(['run_script', 'run_all', 'run_cell', 'submit']);

/** A note or an instruction as a line of the feed. */
function lineOf(event: Extract<RunEvent, { type: 'note' | 'instruction' }>): StepView {
  return {
    seq: event.seq,
    step: 0,
    attempt: event.data.attempt,
    at: event.elapsed,
    action: event.type,
    actor: event.actor,
    status: 'ok',
    summary: event.data.text,
    error: null,
    seconds: 0,
  };
}

function graded(view: RunView, data: EventData<'graded'>, event: RunEvent, editable: Editable): Change {
  const attempts = patchAttempt(editable(view.attempts), data.attempt, { problems: [...data.errors, ...data.warnings], ...(data.figures ? { figures: data.figures } : {}), endedAt: event.elapsed });
  const calls = data.call === null ? {} : { budget: { ...view.budget, gradedCalls: { ...view.budget.gradedCalls, used: data.call } } };
  return { attempts, ...calls, ...(data.valid && data.public ? scored({ ...view, attempts }, data.attempt, data.public, editable) : {}) };
}

/** A public score becomes known. */
function scored(view: RunView, id: number, score: Score, editable: Editable): Change {
  const { direction } = view.competition;
  const parents = view.attempts[placeOf(view.attempts, id)]?.parents ?? [];
  const attempts = patchAttempt(editable(view.attempts), id, { public: score, change: changeAgainst(score, parents, view) });
  if (view.best && !isBetter(score.score, view.best.public.score, direction)) return { attempts };
  const board = boardOver(view.competition.board, 'public');
  const place = board.length === 0 ? null : 1 + board.filter((entry) => isBetter(entry.score, score.score, direction)).length;
  return { attempts, best: { attempt: id, public: score, place } };
}

/**
 * Gain over the best parent, positive = better. Its standard error takes both scores as
 * independent, which overstates it for scores on the same rows: a gain shown as real is real.
 */
function changeAgainst(score: Score, parents: readonly number[], view: RunView): AttemptView['change'] {
  const { direction } = view.competition;
  let best: Score | null = null;
  for (const id of parents) {
    const parent = view.attempts[placeOf(view.attempts, id)]?.public;
    if (parent && (!best || isBetter(parent.score, best.score, direction))) best = parent;
  }
  if (!best) return null;
  const difference = score.score - best.score;
  const se = score.se === null || best.se === null ? null : Math.hypot(score.se, best.se);
  return { value: direction === 'maximize' ? difference : -difference, se };
}

const activityWords: Readonly<Record<string, string>> = {
  run_script: 'running a script',
  run_all: 'running a notebook',
  run_cell: 'running a cell',
  shell: 'running a command',
  validate: 'checking',
  submit: 'grading',
  write_file: 'writing',
  edit_file: 'editing',
  insert_cell: 'editing the notebook',
  edit_cell: 'editing the notebook',
  delete_cell: 'editing the notebook',
};

const milestoneWords: Readonly<Record<EventData<'milestone'>['milestone']['name'], string>> = {
  parses: 'starting',
  imported: 'libraries imported',
  data_loaded: 'data loaded',
  features_built: 'features built',
  model_defined: 'model defined',
  training_started: 'training',
  fold_done: 'training',
  trained: 'trained',
  validation_reported: 'validated',
  predicted: 'predicted',
  submission_written: 'submission written',
  submission_valid: 'submission valid',
};

function activityOf({ milestone }: EventData<'milestone'>): string {
  const words = milestoneWords[milestone.name];
  if (milestone.name !== 'fold_done' || milestone.done === undefined) return words;
  return `${words}, fold ${milestone.done}${milestone.of === undefined ? '' : ` of ${milestone.of}`}`;
}

/** Attempts are numbered from 1 in order, so the one wanted lies at its own place. */
const placeOf = (attempts: readonly AttemptView[], id: number): number => (attempts[id - 1]?.id === id ? id - 1 : attempts.findIndex((attempt) => attempt.id === id));

function patchAttempt(attempts: AttemptView[], id: number, patch: Partial<AttemptView>): AttemptView[] {
  const at = placeOf(attempts, id);
  const before = attempts[at];
  if (before) attempts[at] = { ...before, ...patch };
  return attempts;
}

/** Place of a step that has begun and not ended, -1 without one. Steps begin in the order of their numbers; notes have none. */
function openStepAt(steps: readonly StepView[], number: number): number {
  for (let at = steps.length - 1; at >= 0; at--) {
    const step = steps[at];
    if (!step || (step.step > 0 && step.step < number)) return -1;
    if (step.step === number && step.status === null) return at;
  }
  return -1;
}

function added<T>(list: T[], item: T): T[] {
  list.push(item);
  return list;
}

function addStep(steps: StepView[], step: StepView): StepView[] {
  if (steps.length >= maxSteps) steps.splice(0, steps.length - maxSteps + 1);
  return added(steps, step);
}
