import type { AttemptView, RunView } from '../../core/run/view';
import type { Operator } from '../../core/environment/actions';
import { hasEnded } from '../../core/run/fold';
import { remedyOf, type Remedy } from '../../core/run/modelTrouble';
import type { Connection } from '../runs/runHandle';
import { count, formatScore, formatTime } from './format';

/**
 * What the Runs tree and the status bar say of a run: pure, so that the words are tested without
 * VS Code. Label = name, description = score or what it waits for, icon = state when not normal.
 */
export interface Row {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Codicon and theme colour. */
  readonly icon: string;
  readonly colour?: string;
  /** Matched by regular expressions in package.json's menus. */
  readonly context: string;
  /** Spoken instead of label and description. */
  readonly spoken: string;
}

/** A run whose process works or waits; everything else has ended or can be resumed. */
export function isActive(view: Pick<RunView, 'status'>): boolean {
  return view.status === 'starting' || view.status === 'running' || view.status === 'paused' || view.status === 'waiting';
}

/** Run time in seconds now: a running view counts on from when it was true. */
export function elapsedNow(view: Pick<RunView, 'status' | 'elapsed' | 'asOf'>, now: number): number {
  return view.status === 'running' ? view.elapsed + Math.max(0, (now - view.asOf) / 1000) : view.elapsed;
}

const runIcons: Record<RunView['status'], { icon: string; colour?: string }> = {
  starting: { icon: 'loading~spin' },
  running: { icon: 'loading~spin' },
  paused: { icon: 'debug-pause' },
  waiting: { icon: 'bell', colour: 'list.warningForeground' },
  finished: { icon: 'pass', colour: 'testing.iconPassed' },
  stopped: { icon: 'debug-stop' },
  failed: { icon: 'error', colour: 'list.errorForeground' },
  interrupted: { icon: 'debug-disconnect', colour: 'list.warningForeground' },
};

/** Whether anyone reads instructions: a person who plays alone does not, nor do templates. */
export function takesInstructions(view: Pick<RunView, 'agent' | 'status'>): boolean {
  return isActive(view) && view.agent !== 'offline' && view.agent !== 'human';
}

/** Two words for the status bar: the whole sentence is in its tooltip. */
const troubleWords: Readonly<Record<NonNullable<RunView['modelTrouble']>, string>> = {
  no_key: 'key missing',
  unauthorized: 'key refused',
  no_credit: 'no credit',
  no_consent: 'model not allowed',
  no_window: 'waits for a window',
  unknown_model: 'model unknown',
  no_tools: 'model without tools',
  context_overflow: 'conversation too long',
  bad_request: 'request refused',
  rate_limited: 'rate limited',
  server_error: 'endpoint fails',
  unreachable: 'no connection',
  silent: 'no answer',
};

/** What helps a run whose model gives no answer; undefined when that is not what it waits for. */
export function modelRemedy({ modelTrouble, status }: Pick<RunView, 'modelTrouble' | 'status'>): Remedy | undefined {
  return modelTrouble === undefined || hasEnded({ status }) ? undefined : remedyOf(modelTrouble);
}

/** Whether the person can let the run go on: it is paused, or waits for its model. */
export function canResume(view: Pick<RunView, 'modelTrouble' | 'status'>): boolean {
  return view.status === 'paused' || (view.status === 'waiting' && view.modelTrouble !== undefined);
}

/** What a run's row offers, beside its state: `guided`, `key`, `stuck`, `scored`, `asks`, `lost`, `kaggle`; parts of `contextValue` after `run.<status>`. */
function offers(view: RunView, lost: boolean): string {
  const remedy = modelRemedy(view);
  return [takesInstructions(view) ? '.guided' : '', remedy === 'giveKey' ? '.key' : '', remedy !== undefined ? '.stuck' : '', view.best ? '.scored' : '', view.approval ? '.asks' : '', lost ? '.lost' : '', view.competition.kaggle === undefined ? '' : '.kaggle'].join('');
}

function rowIcon(view: RunView, lost: boolean, asks: boolean): { icon: string; colour?: string } {
  if (lost) return { icon: 'plug', colour: 'list.warningForeground' };
  return asks ? { icon: 'bell', colour: 'list.warningForeground' } : runIcons[view.status];
}

const bestText = ({ best, competition }: RunView): string => (best ? `${formatScore(best.public.score)}${competition.selfScored ? ', self-scored' : competition.tested ? ' in the dev phase' : ''}` : '');

export function runRow(view: RunView, now: number, connection: Connection = 'attached'): Row {
  const lost = connection === 'lost' && isActive(view);
  const best = bestText(view);
  const elapsed = formatTime(lost ? view.elapsed : elapsedNow(view, now));
  const limit = view.budget.seconds ? ` of ${formatTime(view.budget.seconds.limit)}` : '';
  const words: Record<RunView['status'], string> = {
    starting: view.statusText || 'starting',
    running: `${elapsed}${limit}`,
    paused: `paused at ${elapsed}`,
    waiting: view.modelTrouble ? troubleWords[view.modelTrouble] : view.statusText || 'waits for you',
    finished: 'ended',
    stopped: 'stopped',
    failed: view.statusText || 'failed',
    interrupted: 'interrupted, can be resumed',
  };
  const needs = view.approval ? 'waits for approval' : view.waitingEdits.length > 0 ? `${count(view.waitingEdits.length, 'edit')} to review` : '';
  const asks = needs !== '' && isActive(view);
  const noScore = view.best || isActive(view) || view.status === 'interrupted' || view.status === 'failed' ? '' : 'no valid submission';
  const state = lost ? `no answer since ${elapsed}` : asks ? needs : words[view.status];
  const description = [best || noScore, state].filter(Boolean).join(', ');
  const { icon, colour } = rowIcon(view, lost, asks);
  return {
    id: `run:${view.runId}`,
    label: `Run ${view.number}`,
    description,
    icon,
    colour,
    context: `run.${view.status}${offers(view, lost)}`,
    spoken: `Run ${view.number} on ${view.competition.title}: ${description}`,
  };
}

const operatorIcons: Record<Operator, string> = {
  baseline: 'dash',
  draft: 'edit',
  debug: 'bug',
  improve: 'graph-line',
  ablate: 'beaker',
  refine: 'graph-line',
  tune: 'settings',
  crossover: 'git-merge',
  blend: 'git-merge',
  verify: 'shield',
  backtrack: 'discard',
  human: 'person',
  external: 'plug',
};

const attemptWords: Record<AttemptView['status'], string> = {
  running: 'running',
  valid: '',
  invalid_submission: 'invalid submission',
  buggy: 'failed',
  timeout: 'out of time',
  cancelled: 'cancelled',
  ungraded: 'not graded',
};

/** `tie` when an attempt is within one standard error of the best one. */
export function isTie(attempt: AttemptView, best: RunView['best']): boolean {
  if (!best || !attempt.public || attempt.id === best.attempt || best.public.se === null) return false;
  return Math.abs(attempt.public.score - best.public.score) < best.public.se;
}

export function attemptRow(view: RunView, attempt: AttemptView): Row {
  const isBest = view.best?.attempt === attempt.id;
  const tie = isTie(attempt, view.best);
  const failed = attempt.status === 'buggy' || attempt.status === 'invalid_submission' || attempt.status === 'timeout';
  const score = attempt.public ? formatScore(attempt.public.score) : '';
  const word = attempt.status === 'running' ? (attempt.activity ?? 'running') : failed && attempt.error && attempt.status !== 'invalid_submission' ? attempt.error.type : attemptWords[attempt.status];
  const description = [score, tie ? 'tie' : '', word].filter(Boolean).join(', ');
  const state = isBest ? { icon: 'star-full', colour: 'charts.yellow' } : failed ? { icon: 'error', colour: 'list.errorForeground' } : { icon: operatorIcons[attempt.operator] };
  return {
    id: `attempt:${view.runId}:${attempt.id}`,
    label: `#${attempt.id} ${attempt.operator}`,
    description,
    context: `attempt.${attempt.status}`,
    spoken: `Attempt ${attempt.id}, ${attempt.operator}${isBest ? ', best' : ''}: ${description || attempt.status}`,
    ...state,
  };
}

/**
 * The attempts that a run's row unfolds to: the best first, then ties and the running ones, then
 * the newest, at most `limit`.
 */
export function shownAttempts(view: RunView, limit: number): AttemptView[] {
  const rank = (attempt: AttemptView) => (attempt.id === view.best?.attempt ? 0 : attempt.status === 'running' ? 1 : isTie(attempt, view.best) ? 2 : 3);
  return [...view.attempts].sort((a, b) => rank(a) - rank(b) || b.id - a.id).slice(0, limit);
}

/** Status bar: icon and at most two values; the tone colours its ground. */
export interface StatusText {
  readonly text: string;
  readonly tone: 'normal' | 'needs' | 'blocked';
  readonly spoken: string;
}

/** The run that the status bar speaks of: one that needs the person, else the newest active one. */
export function statusRun(views: readonly RunView[]): RunView | undefined {
  const rank = (view: RunView) =>
    isActive(view) && (view.approval || view.waitingEdits.length > 0 || view.status === 'waiting') ? 0 : isActive(view) ? 1 : view.status === 'interrupted' ? 2 : 3;
  const [first] = [...views].sort((a, b) => rank(a) - rank(b) || b.startedAt - a.startedAt);
  return first && rank(first) < 3 ? first : undefined;
}

export function statusText(view: RunView | undefined, blocked: string | undefined, now: number): StatusText {
  if (blocked) return { text: `$(error) ${blocked}`, tone: 'blocked', spoken: `Podium: ${blocked}` };
  if (!view) return { text: '$(graph-line) Podium', tone: 'normal', spoken: 'Podium: no run' };
  const name = `Run ${view.number}`;
  if (view.approval) {
    const { attempt, title } = view.approval;
    return { text: `$(bell) Approve${attempt === null ? '' : ` #${attempt}`}`, tone: 'needs', spoken: `${name} waits: ${title}` };
  }
  if (view.waitingEdits.length > 0) {
    const [edit] = view.waitingEdits;
    return { text: `$(bell) Review #${edit?.attempt ?? ''}`, tone: 'needs', spoken: `${name}: ${count(view.waitingEdits.length, 'edit')} to review` };
  }
  if (view.status === 'waiting') return { text: `$(bell) ${view.modelTrouble ? `${name}: ${troubleWords[view.modelTrouble]}` : view.statusText || 'Needs you'}`, tone: 'needs', spoken: `${name}: ${view.statusText}` };
  if (view.status === 'interrupted') return { text: `$(debug-disconnect) Resume ${name}`, tone: 'needs', spoken: `${name} was interrupted and can be resumed` };
  const score = view.best ? formatScore(view.best.public.score) : '';
  const time = formatTime(elapsedNow(view, now));
  const icon = view.status === 'paused' ? '$(debug-pause)' : '$(loading~spin)';
  return { text: [icon, score, time].filter(Boolean).join(' '), tone: 'normal', spoken: `${name} ${view.status}, ${score || 'no score yet'}, ${time}` };
}
