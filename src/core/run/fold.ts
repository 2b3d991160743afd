import { boardKindOf } from '../competition/boardPart';
import { approvalTitle } from '../environment/approval';
import { defaultVisibility } from '../environment/visibility';
import type { EventData, RunConfig, RunEvent } from './events';
import { added, copyOf, itself, patchAttempt, type Change, type Editable } from './foldLists';
import { graded } from './foldScores';
import { activityOf, addStep, endStep, lineOf, settled, startStep } from './foldSteps';
import { foldRefits, withProgress } from './refit';
import { testResultSchema } from './testResult';
import type { AttemptView, RunView } from './view';

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

function fold(view: RunView | undefined, event: RunEvent, editable: Editable): RunView {
  if (view === undefined) {
    if (event.type !== 'run_started') throw new Error(`A journal begins with run_started, not with ${event.type}.`);
    return begin(event.data.config, event);
  }
  if (event.seq <= view.seq) return view;
  const clock = { seq: event.seq, elapsed: event.elapsed, asOf: event.ts };
  return { ...view, ...clock, ...change(view, event, editable) };
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
        ...untested(view, event.data),
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

/** A run that was stopped, or failed, before its hidden test was made has no score that decides; what PODIUM_HOME has of a test goes over it. */
function untested({ competition, selected, attempts, test }: RunView, { status }: EventData<'run_finished'>): Change {
  const chosen = attempts.find(({ id }) => id === selected?.attempt);
  if (!competition.tested || status === 'finished' || test || chosen?.status !== 'valid') return {};
  return { test: { attempt: chosen.id, ok: false, seconds: 0, message: 'The hidden test was not made, so there is no score of it.', figures: {} } };
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
