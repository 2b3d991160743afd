import { describeError } from '../errors';
import { parseNotebook } from '../notebook/notebook';
import { codeCells } from '../notebook/script';
import { RuntimeError } from '../runtime/runtimeError';
import type { Action } from './actions';
import { approvalsFor, approvalWords, approvedIn, isAgent, type Approval, type ApprovalDecision, type ApprovalQuestion } from './approval';
import { ActionRefused, type Outcome, type StepContext } from './context';
import { failure } from './failure';
import { ownText } from './fileActions';
import { cutMiddle } from './outputText';
import { isNotebook } from './paths';

/** Asks the person and waits; undefined when nobody is there to ask. */
export type AskPerson = (question: ApprovalQuestion) => Promise<ApprovalDecision | undefined>;

/** Characters of the code that a question shows: nothing of a sensible command is left out. */
const maxCode = 20_000;

/**
 * Carries an action out once everything that it needs is approved: from the run's beginning, for
 * the run by an earlier answer, or by the person now. An answer to this very step, given before a
 * crash, counts. @throws ActionRefused
 */
export async function withApproval(ctx: StepContext, action: Action, ask: AskPerson | undefined, carryOut: () => Outcome | Promise<Outcome>): Promise<Outcome> {
  if (!isAgent(ctx.actor)) return await carryOut();
  const needed = approvalsFor(action, ctx.ports.isolation);
  const allowed = new Set([...approvedIn(ctx.config), ...ctx.state.approved]);
  const missing = needed.filter((one) => !allowed.has(one));
  if (missing.length > 0) {
    const decision = ctx.open.approval ?? (await ask?.(await questionOf(ctx, action, missing)));
    if (!decision) throw notApproved(missing);
    if (decision.answer === 'refused') throw refusedByPerson(missing, decision.words);
  }
  return needed.some((one) => one !== 'unisolated') ? await withNetwork(ctx, carryOut) : await carryOut();
}

function notApproved(missing: readonly Approval[]): ActionRefused {
  const what = missing.map((one) => approvalWords[one].what).join(' and ');
  const flags = missing.map((one) => approvalWords[one].flag).join(', ');
  return new ActionRefused(failure('not_approved', `${what} is not allowed in this run.`, [`Go on without it; only the person can allow it, and nobody is there to ask (${flags} allows it from the beginning).`]));
}

function refusedByPerson(missing: readonly Approval[], words: string | undefined): ActionRefused {
  const what = missing.map((one) => approvalWords[one].asked).join(' and ');
  return new ActionRefused(failure('refused', `The person refused ${what}${words ? `: ${words}` : '.'}`, ['Go on without it.']));
}

/** A command with a network: the sandbox gets one for as long as the command runs, where that can be done. */
async function withNetwork(ctx: StepContext, carryOut: () => Outcome | Promise<Outcome>): Promise<Outcome> {
  const { network } = ctx.ports.sandbox;
  if (network === 'open') return await carryOut();
  if (network === 'closed') {
    const outcome = await carryOut();
    return { ...outcome, summary: `${outcome.summary} It was approved, but this sandbox has no network and cannot be given one while it runs.` };
  }
  try {
    await network.connect();
  } catch (error) {
    if (RuntimeError.is(error, 'sandbox_lost')) throw error;
    // What was made of it so far is taken back.
    await network.disconnect();
    const message = `The command did not run: its sandbox could not be given a network (${describeError(error)})`;
    throw new ActionRefused(failure('no_network', message, ['Go on without it.']));
  }
  try {
    return await carryOut();
  } finally {
    // Never left open: when this fails, the run ends and its sandbox with it.
    await network.disconnect();
  }
}

async function questionOf(ctx: StepContext, action: Action, needs: Approval[]): Promise<ApprovalQuestion> {
  const given = action.name === 'shell' ? action.params.why : undefined;
  return {
    id: `approval-${ctx.open.step}`,
    step: ctx.open.step,
    attempt: ctx.state.working(ctx.lane)?.id ?? null,
    needs,
    action: action.name,
    code: cutMiddle(await codeOf(ctx, action), maxCode),
    reason: given?.trim() || ctx.state.words,
    effect: effectOf(ctx, needs),
  };
}

function effectOf(ctx: StepContext, needs: readonly Approval[]): string {
  const parts: string[] = [];
  if (needs.includes('unisolated')) parts.push('Nothing isolates the code: it can read your files and keys, and use the network.');
  if (needs.some((one) => one !== 'unisolated')) {
    const { network } = ctx.ports.sandbox;
    if (network === 'open') parts.push('The sandbox has a network.');
    else if (network === 'closed') parts.push('This sandbox cannot be given a network while it runs: the command runs, but reaches nothing.');
    else parts.push('The container gets a network while the command runs, and loses it afterwards.');
  }
  return parts.join(' ');
}

/** What would run, as exactly as it can be shown. */
async function codeOf(ctx: StepContext, action: Action): Promise<string> {
  const files = ctx.state.working(ctx.lane)?.files ?? new Map<string, string>();
  const textOf = async (path: string): Promise<string> => {
    if (!files.has(path)) return path;
    const text = await ownText(ctx, files, path);
    const code = isNotebook(path) ? codeCells(parseNotebook(text)).map((cell) => cell.code).join('\n\n') : text;
    return `# ${path}\n${code}`;
  };
  switch (action.name) {
    case 'shell':
      return action.params.command;
    case 'run_script':
    case 'run_all':
      return await textOf(action.params.path);
    case 'run_cell': {
      const { path, cell } = action.params;
      const found = files.has(path) ? codeCells(parseNotebook(await ownText(ctx, files, path))).find((one) => one.id === cell) : undefined;
      return found?.code ?? `${path}, cell ${cell}`;
    }
    default: {
      const texts = await Promise.all([...files.keys()].filter((path) => path.endsWith('.py') || isNotebook(path)).map(textOf));
      return texts.length === 0 ? action.name : texts.join('\n\n');
    }
  }
}
