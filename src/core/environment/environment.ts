import { CancelledError, describeError } from '../errors';
import { NotebookError } from '../notebook/notebookError';
import type { Actor, AttemptStatus, NewEvent, RunConfig } from '../run/events';
import { actionTable, isActionName, parseAction, type Action, type ActionName, type ActionParams, type RawAction } from './actions';
import { withApproval, type AskPerson } from './approve';
import { budgetOf, newWarnings, secondsLeft } from './budget';
import { ActionRefused, refuse, RunOver, type NewAttempt, type Outcome, type StepContext } from './context';
import { checkpoint, finish, note, reset, undo } from './controlActions';
import { failure } from './failure';
import { editFile, listFiles, readFile, searchFiles, writeFile } from './fileActions';
import { submit } from './gradeActions';
import type { HintFacts } from './hints';
import { competitionInfo, dataPreview, history } from './infoActions';
import { deleteCell, editCell, insertCell, readNotebook } from './notebookActions';
import type { Observation } from './observation';
import { observationSchema } from './observation';
import { checkPath } from './paths';
import type { EnvironmentPorts } from './ports';
import { restartKernel, runAll, runCell, runScript, shell, validate } from './runActions';
import { changesBetween, laneOf, type AttemptState, type EnvironmentState, type FileMap, type OpenStep } from './state';

type Handler<N extends ActionName> = (ctx: StepContext, params: ActionParams<N>) => Outcome | Promise<Outcome>;

const handlers: { readonly [N in ActionName]: Handler<N> } = {
  competition_info: competitionInfo,
  data_preview: dataPreview,
  list_files: listFiles,
  read_file: readFile,
  write_file: writeFile,
  edit_file: editFile,
  search_files: searchFiles,
  read_notebook: readNotebook,
  insert_cell: insertCell,
  edit_cell: editCell,
  delete_cell: deleteCell,
  run_cell: runCell,
  run_all: runAll,
  restart_kernel: restartKernel,
  run_script: runScript,
  shell,
  validate,
  submit,
  history,
  note,
  checkpoint,
  undo,
  reset,
  finish,
};

export interface StepOptions {
  readonly actor: Actor;
  readonly signal: AbortSignal;
  /** The person's bench files (path → sha256 in the run's blobs), which the action is about. */
  readonly bench?: FileMap | undefined;
  /** What the person says of a new attempt. */
  readonly plan?: string;
  /** A step that a crash cut off: it is taken up under its own number. */
  readonly resume?: OpenStep;
  /** It is not tried again: this step has ended its sandbox each time. */
  readonly givenUp?: boolean;
}

export interface EnvironmentOptions {
  readonly config: RunConfig;
  /** Fold of the journal so far. */
  readonly state: EnvironmentState;
  /** Seconds of run time without pauses. */
  readonly elapsed: () => number;
  readonly onOutput?: (attempt: number, text: string) => void;
  /** Asks the person for what an action needs; absent: nobody is there to ask. */
  readonly ask?: (question: Parameters<AskPerson>[0], signal: AbortSignal) => ReturnType<AskPerson>;
}

/**
 * The environment of one run: takes actions of the table, gives observations, and writes every
 * change to the journal before it counts. It never throws for what a player does.
 */
export class Environment {
  private ports: EnvironmentPorts;

  constructor(
    ports: EnvironmentPorts,
    private readonly options: EnvironmentOptions,
  ) {
    this.ports = ports;
  }

  get state(): EnvironmentState {
    return this.options.state;
  }

  /** After the sandbox was lost: the same environment goes on in a new one. */
  useSandbox(sandbox: EnvironmentPorts['sandbox']): void {
    this.ports = { ...this.ports, sandbox, isolation: sandbox.info.isolation };
  }

  /**
   * One action.
   * @throws CancelledError when the signal fired; RuntimeError `sandbox_lost`; errors of the
   *   storage. Never for a wrong action or for code that fails.
   */
  async step(raw: RawAction, options: StepOptions): Promise<Observation> {
    const lane = laneOf(options.actor);
    const bench = options.bench && (await this.wholeBench(options.bench));
    if (bench && !options.resume) await this.takeBench(bench, options);
    const begun = options.resume ?? (await this.open(raw, { ...options, bench }));
    const started = this.options.elapsed();
    const outcome = options.givenUp ? endedItsSandbox() : await this.outcomeOf(raw, begun, options);
    const seconds = toMilliseconds(Math.max(0, this.options.elapsed() - started));
    return await this.close(begun, outcome, seconds, lane, options.signal);
  }

  /** Ends what is still running, chooses the final attempt when nobody has, and ends the run. */
  async end(status: 'finished' | 'stopped' | 'failed', reason: string, error?: { message: string; nextStep?: string }): Promise<void> {
    if (this.state.finished) return;
    await this.settle(status);
    await this.append({ actor: 'system', type: 'run_finished', data: { status, reason, ...(error ? { error } : {}) } });
  }

  /** Ends what is still running and chooses the final attempt when nobody has; what is settled stays so. */
  async settle(status: 'finished' | 'stopped' | 'failed'): Promise<void> {
    for (const attempt of this.state.attempts) {
      if (attempt.status === 'running') await this.endAttempt(attempt, status === 'stopped' && attempt.outlook === 'ungraded' ? 'cancelled' : undefined);
    }
    if (this.state.selected === null) {
      const best = bestPublic(this.state.attempts, this.ports.competition.direction);
      if (best) await this.append({ actor: 'system', type: 'selected', data: { attempt: best.id, why: 'Best public score.' } });
    }
  }

  /** After a crash: writes what was decided and did not get into the journal any more. */
  async reconcile(): Promise<void> {
    const open = [...this.state.open.values()];
    for (const attempt of this.state.attempts) {
      const busy = this.state.current[attempt.lane] === attempt.id && open.some((step) => laneOf(step.actor) === attempt.lane);
      if (attempt.status === 'running' && attempt.outlook === 'valid' && !busy) await this.endAttempt(attempt);
      await this.mirror(attempt);
    }
    // A step that is taken up again warns at its own end.
    if (open.length === 0) await this.warn(this.budget(this.options.elapsed()));
  }

  async append(event: NewEvent): Promise<void> {
    this.state.apply(await this.ports.journal.append(event));
  }

  private async startFiles(): Promise<FileMap> {
    const files = new Map<string, string>();
    for (const [path, content] of this.ports.competition.evaluationFiles?.solution ?? []) files.set(path, await this.ports.blobs.put(content));
    return files;
  }

  /** With an own evaluation: files of the solution that no bench shows stay as given, and what judges is no part of it unless it was changed. */
  private async wholeBench(bench: FileMap): Promise<FileMap> {
    const { evaluationFiles } = this.ports.competition;
    if (!evaluationFiles) return bench;
    const own = [...bench].filter(([path, hash]) => evaluationFiles.fixed.get(path)?.sha256 !== hash);
    return new Map([...(await this.startFiles()), ...own]);
  }

  /** The bench as the person sees it becomes the working copy of the person's attempt. */
  private async takeBench(bench: FileMap, options: StepOptions): Promise<void> {
    const current = this.state.working('human');
    if (current?.status === 'running') return;
    if (current && !changesBetween(current.files, bench)) return;
    const parents = current ? [current.id] : [];
    await this.begin({ parents, operator: 'human', plan: options.plan ?? '', files: bench }, options.actor);
  }

  private async open(raw: RawAction, options: StepOptions): Promise<OpenStep> {
    const lane = laneOf(options.actor);
    const step = this.state.nextStep;
    const working = this.state.working(lane);
    const files = options.bench && working ? changesBetween(working.files, options.bench) : undefined;
    const data = { step, attempt: working?.id ?? null, action: String(raw.name).slice(0, 100), params: plainJson(raw.params), ...(files ? { files } : {}) };
    // Taken at once, so that two lanes never get the same number.
    this.state.nextStep = step + 1;
    await this.append({ actor: options.actor, type: 'step_started', data });
    const open = this.state.open.get(step);
    if (!open) throw new Error('unreachable: a started step is open');
    return open;
  }

  private async outcomeOf(raw: RawAction, open: OpenStep, options: StepOptions): Promise<Outcome> {
    const { config } = this.options;
    const parsed = parseAction(raw);
    if (!parsed.ok) return { status: 'error', summary: parsed.message, error: failure('bad_action', parsed.message, parsed.hints) };
    try {
      if (secondsLeft(config, this.options.elapsed()) <= 0) throw new ActionRefused(failure('budget', `The ${config.limits.seconds} s of this run are used up.`), true);
      const { steps } = config.limits;
      if (steps !== undefined && laneOf(options.actor) === 'agent' && this.state.agentSteps > steps) throw new ActionRefused(failure('budget', `The ${steps} steps of this run are used up.`), true);
      const { name, params } = parsed.action;
      refuseFixed(parsed.action, this.ports.competition);
      const context = this.context(open, options);
      const { ask } = this.options;
      return await withApproval(context, parsed.action, ask && ((question) => ask(question, options.signal)), () => call(name, context, params));
    } catch (error) {
      if (error instanceof ActionRefused) return { status: 'error', summary: error.failure.message, error: error.failure, done: error.done };
      if (NotebookError.is(error)) {
        return { status: 'error', summary: error.message, error: failure(error.reason, error.message, error.nextStep ? [error.nextStep] : []) };
      }
      if (options.signal.aborted && (CancelledError.is(error) || error === options.signal.reason)) return cancelled(options.signal);
      throw error;
    }
  }

  private context(open: OpenStep, options: StepOptions): StepContext {
    const { config } = this.options;
    const { ports, state } = this;
    const lane = laneOf(options.actor);
    const attempt = (): AttemptState =>
      state.working(lane) ?? refuse('no_attempt', 'There is no attempt yet.', 'Write a file or use reset to begin one.');
    const begin = (made: NewAttempt): Promise<AttemptState> => this.begin(made, options.actor);
    return {
      ports,
      state,
      config,
      open,
      actor: options.actor,
      lane,
      signal: options.signal,
      hintFacts: this.hintFacts(),
      append: (event) => this.append(event),
      output: (id, text) => this.options.onOutput?.(id, text),
      attempt,
      begin,
      startFiles: () => this.startFiles(),
      editable: async () => {
        const working = state.working(lane);
        if (working?.status === 'running') return working;
        const operator = lane === 'human' ? 'human' : options.actor === 'external' ? 'external' : working ? 'improve' : 'draft';
        const plan = options.plan ?? '';
        if (!working) return await begin({ parents: [], operator, plan, files: await this.startFiles() });
        return await begin({ parents: [working.id], operator, plan, files: working.files });
      },
      seconds: (requested) => {
        const limit = Math.min(requested ?? Infinity, config.limits.stepSeconds, secondsLeft(config, this.options.elapsed()));
        return Math.max(0.5, limit);
      },
      text: async (hash) => new TextDecoder().decode(await ports.blobs.get(hash)),
      bytes: async (files) => {
        const contents = new Map<string, Uint8Array>();
        for (const [path, hash] of files) contents.set(path, await ports.blobs.get(hash));
        return contents;
      },
    };
  }

  private async begin(made: NewAttempt, actor: Actor): Promise<AttemptState> {
    const lane = laneOf(actor);
    const { attempts: limit } = this.options.config.limits;
    const used = this.state.attempts.filter((attempt) => this.counts(attempt)).length;
    if (limit !== undefined && used >= limit && (lane === 'agent' || this.options.config.agent === 'human')) {
      throw new ActionRefused(failure('budget', `All ${limit} attempts of this run are used up.`), true);
    }
    const before = this.state.working(lane);
    if (before?.status === 'running') await this.endAttempt(before);
    const id = this.state.attempts.length + 1;
    const { parents, operator, plan, files } = made;
    await this.append({ actor, type: 'attempt_created', data: { id, parents: [...parents], operator, source: actor, plan, files: Object.fromEntries(files) } });
    const attempt = this.state.attempt(id);
    if (!attempt) throw new Error('unreachable: a created attempt is in the state');
    await this.mirror(attempt);
    return attempt;
  }

  /** Attempts that count against the limit: the agent's; the person's when nobody else plays. */
  private counts(attempt: AttemptState): boolean {
    return attempt.lane === 'agent' || this.options.config.agent === 'human';
  }

  private async endAttempt(attempt: AttemptState, status: AttemptStatus = attempt.outlook): Promise<void> {
    const { id, claim, credit, error, seconds } = attempt;
    const summary = status === 'valid' ? 'Graded.' : status === 'ungraded' ? 'Never submitted.' : (error?.message ?? '');
    await this.append({
      actor: 'system',
      type: 'attempt_finished',
      data: { id, status, claim, credit, error: status === 'valid' ? null : error, seconds, summary: summary.slice(0, 300) },
    });
  }

  private async mirror(attempt: AttemptState): Promise<void> {
    const files = new Map<string, Uint8Array>();
    for (const [path, hash] of attempt.files) files.set(path, await this.ports.blobs.get(hash));
    await this.ports.folder.writeCode(attempt.id, files);
  }

  private async close(open: OpenStep, outcome: Outcome, seconds: number, lane: 'agent' | 'human', signal: AbortSignal): Promise<Observation> {
    const { config } = this.options;
    const attempt = outcome.attempt === undefined ? this.state.current[lane] : outcome.attempt;
    const before = this.state.attempt(attempt);
    const files = before && outcome.files ? changesBetween(before.files, outcome.files) : undefined;
    const elapsed = toMilliseconds(this.options.elapsed());
    const { attempt: _attempt, files: _files, done, ...rest } = outcome;
    const observation = observationSchema.parse({
      ...rest,
      action: open.action,
      attempt,
      seconds,
      budget: this.budget(elapsed),
      done: (done ?? false) || secondsLeft(config, elapsed) <= 0 || overBudget(signal),
    });
    await this.append({ actor: open.actor, type: 'step', data: { step: open.step, attempt, action: open.action, observation, ...(files ? { files } : {}), seconds } });
    const after = this.state.attempt(attempt);
    if (after && files) await this.mirror(after);
    if (after?.status === 'running' && after.outlook === 'valid') await this.endAttempt(after);
    await this.warn(observation.budget);
    return observation;
  }

  private async warn(budget: Observation['budget']): Promise<void> {
    for (const warning of newWarnings(budget, this.state.warned)) {
      await this.append({ actor: 'system', type: 'budget', data: { budget, warning } });
    }
  }

  private budget(elapsed: number): Observation['budget'] {
    const attempts = this.state.attempts.filter((attempt) => this.counts(attempt)).length;
    const { gradedCalls, agentSteps, spent } = this.state;
    return budgetOf(this.options.config, { elapsed, attempts, gradedCalls, steps: agentSteps, tokens: spent.tokens, usd: spent.usd });
  }

  private hintFacts(): HintFacts {
    const { manifest, profiles } = this.ports.competition;
    return {
      columns: profiles.flatMap((profile) => profile.columns.map((column) => column.name)),
      files: manifest.files.map((file) => file.path),
      libraries: Object.keys(this.ports.sandbox.info.libraries),
    };
  }
}

function call<N extends ActionName>(name: N, ctx: StepContext, params: ActionParams<N>): Outcome | Promise<Outcome> {
  const handler: Handler<N> = handlers[name];
  return handler(ctx, params);
}

/** Players improve the solution, not what judges it. @throws ActionRefused */
function refuseFixed({ name, params }: Action, { evaluationFiles }: EnvironmentPorts['competition']): void {
  if (!evaluationFiles || actionTable[name].effect !== 'write' || !('path' in params) || params.path === undefined) return;
  const checked = checkPath(params.path);
  if (!checked.ok || !evaluationFiles.fixed.has(checked.path)) return;
  refuse('read_only', `"${checked.path}" is part of the evaluation and cannot be changed.`, `Files of the solution: ${[...evaluationFiles.solution.keys()].join(', ') || 'none yet'}.`);
}

function endedItsSandbox(): Outcome {
  const message = 'The sandbox ended each time this step ran, so it is not tried again. A new sandbox is there.';
  return { status: 'error', summary: message, error: failure('lost', message, ['Look for code that kills other processes, or uses up memory or processes.']) };
}

function cancelled(signal: AbortSignal): Outcome {
  const over = overBudget(signal);
  const message = over ? describeError(signal.reason) : 'Stopped by the person.';
  return { status: over ? 'timeout' : 'cancelled', summary: message, error: failure(over ? 'budget' : 'cancelled', message), done: true };
}

const overBudget = (signal: AbortSignal): boolean => signal.aborted && signal.reason instanceof RunOver && signal.reason.why === 'budget';

function bestPublic(attempts: readonly AttemptState[], direction: 'maximize' | 'minimize'): AttemptState | undefined {
  let best: AttemptState | undefined;
  for (const attempt of attempts) {
    if (attempt.status !== 'valid' || attempt.public === null) continue;
    const score = best?.public ?? null;
    if (score === null || (direction === 'maximize' ? attempt.public > score : attempt.public < score)) best = attempt;
  }
  return best;
}

/** Seconds to three decimals: what a difference of clocks adds behind them is noise. */
const toMilliseconds = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** What may stand in the journal of parameters that a player sent: anything that JSON can say. */
function plainJson(value: unknown): NewEventParams {
  try {
    return JSON.parse(JSON.stringify(value ?? {})) as NewEventParams;
  } catch {
    return String(value).slice(0, 1_000);
  }
}
type NewEventParams = Extract<NewEvent, { type: 'step_started' }>['data']['params'];

/** Whether an action changes the working copy or runs code: such a step shows on the bench. */
export const changesFiles = (action: string): boolean => isActionName(action) && ['write', 'execute', 'grade'].includes(actionTable[action].effect);
