import type { ActionParams } from './actions';
import { refuse, type Outcome, type StepContext } from './context';
import { counted } from './outputText';
import { type FileMap, changesBetween } from './state';

export async function reset(ctx: StepContext, params: ActionParams<'reset'>): Promise<Outcome> {
  const { state, open } = ctx;
  // Taken up after a crash: the attempt of this step may be there already.
  const made = state.attempt(open.created);
  if (made) return begun(made.id, made.files, params);
  const from = params.from === null ? undefined : state.attempt(params.from);
  const known = state.attempts.map((attempt) => attempt.id);
  if (params.from !== null && !from) refuse('not_found', `There is no attempt ${params.from}.`, `Attempts: ${known.join(', ') || 'none yet'}.`);
  const missing = (params.parents ?? []).filter((id) => !known.includes(id));
  if (missing.length > 0) refuse('not_found', `There is no attempt ${missing.join(', ')}.`, `Attempts: ${known.join(', ') || 'none yet'}.`);
  const parents = [...new Set(params.parents ?? (from ? [from.id] : []))];
  const files = from?.files ?? (await ctx.startFiles());
  const attempt = await ctx.begin({ parents, operator: ctx.lane === 'human' ? 'human' : params.operator, plan: params.plan, files });
  return begun(attempt.id, attempt.files, params);
}

function begun(id: number, files: FileMap, params: ActionParams<'reset'>): Outcome {
  return {
    status: 'ok',
    attempt: id,
    summary: `Attempt ${id} begins ${params.from === null ? (files.size === 0 ? 'empty' : 'from the solution as it was given') : `from the files of attempt ${params.from}`}.`,
    data: { attempt: id, files: [...files.keys()].sort() },
  };
}

export async function note(ctx: StepContext, params: ActionParams<'note'>): Promise<Outcome> {
  const attempt = ctx.state.current[ctx.lane];
  if (!ctx.open.noted) await ctx.append({ actor: ctx.actor, type: 'note', data: { attempt, text: params.text } });
  return { status: 'ok', attempt, summary: 'Noted.' };
}

export function checkpoint(ctx: StepContext, params: ActionParams<'checkpoint'>): Outcome {
  const attempt = ctx.attempt();
  return {
    status: 'ok',
    attempt: attempt.id,
    summary: `Remembered ${counted(attempt.files.size, 'file')}${params.label ? ` as "${params.label}"` : ''}.`,
    data: { label: params.label, files: Object.fromEntries(attempt.files) },
  };
}

export function undo(ctx: StepContext, params: ActionParams<'undo'>): Outcome {
  const attempt = ctx.attempt();
  if (attempt.status !== 'running') refuse('immutable', `Attempt ${attempt.id} is graded and does not change any more.`, 'Begin a new attempt with reset.');
  if (attempt.past.length === 0) refuse('nothing_to_undo', `Attempt ${attempt.id} has no change to take back.`);
  const undone = Math.min(params.steps, attempt.past.length);
  const files = attempt.past[attempt.past.length - undone] ?? attempt.files;
  const changed = Object.keys(changesBetween(attempt.files, files) ?? {});
  return {
    status: 'ok',
    attempt: attempt.id,
    summary: `Took back ${counted(undone, 'change')}: ${changed.join(', ') || 'no file differs'}.`,
    data: { undone, changed },
    files,
  };
}

export function finish(_ctx: StepContext, params: ActionParams<'finish'>): Outcome {
  return { status: 'ok', summary: params.reason ? `The run ends: ${params.reason}` : 'The run ends.', done: true };
}
