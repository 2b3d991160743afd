import type { EventData, RunEvent } from './events';
import { added, patchAttempt, placeOf, type Change, type Editable } from './foldLists';
import type { AttemptView, RunView, StepView } from './view';

/** The newest steps that a view keeps. */
export const maxSteps = 500;

/** A step of an attempt, or of none, begins. */
export function startStep(view: RunView, data: EventData<'step_started'>, event: RunEvent, editable: Editable): Change {
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

/** What a step came to, for its line of the feed and its attempt. */
export function endStep(before: RunView, data: EventData<'step'>, event: RunEvent, editable: Editable): Change {
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
export function lineOf(event: Extract<RunEvent, { type: 'note' | 'instruction' }>): StepView {
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

/** The question of a step is answered, or ended with it. */
export function settled(view: RunView, step: number): Change {
  if (view.approval?.step !== step) return {};
  return { approval: null, ...(view.status === 'waiting' ? { status: 'running', statusText: '' } : {}) };
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

/** What an attempt is doing, in a few words. */
export function activityOf({ milestone }: EventData<'milestone'>): string {
  const words = milestoneWords[milestone.name];
  if (milestone.name !== 'fold_done' || milestone.done === undefined) return words;
  return `${words}, fold ${milestone.done}${milestone.of === undefined ? '' : ` of ${milestone.of}`}`;
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

/** The list with one more step, and without the oldest above `maxSteps`. */
export function addStep(steps: StepView[], step: StepView): StepView[] {
  if (steps.length >= maxSteps) steps.splice(0, steps.length - maxSteps + 1);
  return added(steps, step);
}
