import { approvedIn, installsPackages, isAgent } from './approval';
import { claimOf, parseScores, ScoreLineReader } from './claim';
import { folderOf, type Outcome, type StepContext } from './context';
import { failure, failureOfJob } from './failure';
import { hintsFor } from './hints';
import { creditOf, type Milestone } from './milestones';
import type { Claim, Failure, Observation, Output } from './observation';
import { HeadAndTail, maxLogChars } from './outputText';
import type { AttemptState, FileMap, RunFacts } from './state';
import { OutputCollector, toNbformat } from '../notebook/outputs';
import { outputText } from '../notebook/textView';
import type { JobEvent, JobResult, JobSpec } from '../runtime/runtime';

/** Outputs of an attempt that are kept on disk and, when not too large, for later attempts. */
const maxOutputBytes = 64_000_000;
const maxKeptBytes = 16_000_000;
/** Room for the last line of an evaluation. */
const maxStdoutChars = 16_000;
const keptForChildren: readonly string[] = ['oof.csv', 'test_pred.csv'];

export interface JobReport {
  readonly result: JobResult;
  readonly seconds: number;
  readonly output: Output;
  /** The end of what it printed to standard output. */
  readonly stdout: string;
  readonly milestones: Milestone[];
  readonly cells: OutputCollector;
  readonly scoreLine: ReturnType<ScoreLineReader['end']>;
  readonly failure: Failure | undefined;
  readonly status: Observation['status'];
}

/**
 * Runs one job of the step, or takes up the one that was running when the runner was killed: its
 * id depends on attempt and step alone, so a sandbox never runs it twice. A job that went down
 * with its sandbox is run again, from the files as they were.
 * @param fresh removes everything that is not part of the working copy first, so that no stale
 *   file of an earlier run is ever taken for a result of this one
 */
export async function runJob(
  ctx: StepContext,
  attempt: AttemptState,
  task: JobSpec['task'],
  options: { readonly seconds: number; readonly fresh: boolean; readonly folder?: string },
): Promise<JobReport> {
  const folder = options.folder ?? folderOf(attempt.id);
  const id = `${folder}-s${ctx.open.step}`;
  const begin = async (job: string): Promise<void> => {
    await prepare(ctx, attempt, folder, options.fresh);
    await ctx.append({ actor: ctx.actor, type: 'job_started', data: { step: ctx.open.step, job, ...(personInstalls(ctx, task) ? { installs: true as const } : {}) } });
  };
  const play = async (job: string): Promise<{ result: JobResult; listener: JobListener; output: Output }> => {
    const listener = new JobListener(ctx, attempt.id);
    await listener.begin();
    const env = options.fresh ? freshEnvironment(ctx) : {};
    const result = await ctx.ports.sandbox.run({ id: job, folder, task, seconds: options.seconds, env }, (event) => listener.take(event), ctx.signal);
    return { result, listener, output: await listener.end() };
  };
  const before = ctx.open.job;
  const name = before?.id ?? id;
  if (before === null || before.sandbox !== ctx.state.sandboxId || !(await hasFiles(ctx, attempt, folder))) await begin(name);
  let { result, listener, output } = await play(name);
  if (result.status === 'lost' && !ctx.signal.aborted) {
    // A sandbox that is gone is replaced, which this call finds out; one that was started anew goes on with the step here.
    await ctx.ports.sandbox.stats();
    if (name === id) {
      await begin(`${id}-again`);
      ({ result, listener, output } = await play(`${id}-again`));
    }
  }
  // Stopped from outside: what the job did before says nothing about the attempt.
  ctx.signal.throwIfAborted();
  const own = new Set(attempt.files.keys());
  const failed = failureOfJob(result, options.seconds, folder, own, ctx.hintFacts);
  return {
    result,
    seconds: result.seconds,
    output,
    stdout: listener.stdout,
    milestones: listener.milestones,
    cells: listener.cells,
    scoreLine: listener.score.end(),
    failure: failed,
    status: result.status === 'done' ? 'ok' : result.status === 'timeout' || result.status === 'cancelled' ? result.status : 'error',
  };
}

/**
 * What an earlier attempt has put where Python looks for the user's own packages (usercustomize.py, a changed
 * scikit-learn) is no part of this one; what the person let be installed there is.
 */
function freshEnvironment({ config, state }: StepContext): Record<string, string> {
  return state.installs || approvedIn(config).includes('installs') ? {} : { PYTHONNOUSERSITE: '1' };
}

function personInstalls({ actor }: StepContext, task: JobSpec['task']): boolean {
  if (isAgent(actor)) return false; // that is asked for, and the answer is an event
  return (task.kind === 'shell' && installsPackages(task.command)) || (task.kind === 'cell' && installsPackages(task.code));
}

async function prepare(ctx: StepContext, attempt: AttemptState, folder: string, fresh: boolean): Promise<void> {
  const { sandbox } = ctx.ports;
  const files = await ctx.bytes(attempt.files);
  await ctx.ports.folder.writeCode(attempt.id, files);
  const inputs = await parentOutputs(ctx, attempt);
  // What judges lies over whatever the attempt has under the same names.
  const all = new Map([...inputs, ...files, ...fixedFiles(ctx)]);
  if (fresh) await sandbox.clear(folder, [...all.keys()]);
  await sandbox.put(folder, [...all].map(([path, content]) => ({ path, content })));
  if (fresh) return;
  const stale = (await sandbox.list(folder)).map((file) => file.path).filter((path) => !all.has(path) && attemptLost(path, attempt));
  if (stale.length > 0) await sandbox.remove(folder, stale);
}

function fixedFiles(ctx: StepContext): (readonly [string, Uint8Array])[] {
  return [...(ctx.ports.competition.evaluationFiles?.fixed ?? [])].map(([path, { content }]) => [path, content] as const);
}

/** Whether the working copy lies in the sandbox: not in one that was made anew under the same name. */
async function hasFiles(ctx: StepContext, attempt: AttemptState, folder: string): Promise<boolean> {
  const there = new Set((await ctx.ports.sandbox.list(folder)).map((file) => file.path));
  return [...attempt.files.keys()].every((path) => there.has(path));
}

/** In a folder that is not emptied, files that were deleted from the working copy go all the same. */
const attemptLost = (path: string, attempt: AttemptState): boolean => attempt.past.some((files) => files.has(path));

/** Out-of-fold and test predictions of the parents, as `parents/a<n>/oof.csv`: what a blend is made of. */
async function parentOutputs(ctx: StepContext, attempt: AttemptState): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const id of attempt.parents) {
    for (const [name, hash] of Object.entries(ctx.state.attempt(id)?.outputs ?? {})) {
      if (keptForChildren.includes(name)) files.set(`parents/a${id}/${name}`, await ctx.ports.blobs.get(hash));
    }
  }
  return files;
}

/** Takes what a job says: log on disk, head and tail for the player, milestones for the journal, outputs of cells. */
class JobListener {
  readonly milestones: Milestone[] = [];
  readonly cells = new OutputCollector();
  readonly score: ScoreLineReader;
  stdout = '';
  private readonly shown = new HeadAndTail();
  private readonly known: number;
  private readonly name: string;
  private logged = 0;
  private waiting = '';
  private writing: Promise<unknown> = Promise.resolve();
  private failed: unknown;

  constructor(
    private readonly ctx: StepContext,
    private readonly attempt: number,
  ) {
    const { competition } = ctx.ports;
    this.score = new ScoreLineReader([competition.manifest.metric.name, competition.metricLabel]);
    this.known = ctx.open.milestones;
    this.name = `logs/step-${ctx.open.step}.log`;
  }

  /** Empties the log: after a crash a job's output comes again from its beginning. */
  async begin(): Promise<void> {
    await this.ctx.ports.folder.write(this.attempt, this.name, '');
  }

  take(event: JobEvent): void {
    this.cells.add(event);
    if (event.type === 'output') {
      if (event.stream === 'stdout') {
        this.score.push(event.text);
        this.stdout = (this.stdout + event.text).slice(-maxStdoutChars);
      }
      this.show(event.text);
    } else if (event.type === 'cell_output') {
      // A cell's value, table or traceback reads like printed text; a picture is named with its size.
      const text = outputText(toNbformat(event.output));
      if (text !== '') this.show(`${text}\n`);
    } else if (event.type === 'milestone') {
      // Whether a submission is valid is known after grading, and never by the sandbox.
      if (event.milestone.name === 'submission_valid') return;
      this.milestones.push(event.milestone);
      // After a crash a job tells everything again; what the journal has is not written twice.
      if (this.milestones.length <= this.known) return;
      const data = { attempt: this.attempt, step: this.ctx.open.step, milestone: event.milestone };
      this.later(() => this.ctx.append({ actor: 'system', type: 'milestone', data }));
    }
  }

  async end(): Promise<Output> {
    await this.writing;
    if (this.failed !== undefined) throw this.failed;
    const { head, tail, omitted } = this.shown.get();
    return { head, tail, omitted, file: `attempts/${this.attempt}/${this.name}` };
  }

  private show(text: string): void {
    this.shown.push(text);
    this.ctx.output(this.attempt, text);
    if (this.logged >= maxLogChars) return;
    let kept = text.slice(0, maxLogChars - this.logged);
    this.logged += kept.length;
    if (this.logged >= maxLogChars) kept += '\n… the rest of the output is not kept …\n';
    const first = this.waiting === '';
    this.waiting += kept;
    if (!first) return; // the write that is queued already takes this along
    this.later(async () => {
      const batch = this.waiting;
      this.waiting = '';
      await this.ctx.ports.folder.appendLog(this.attempt, this.name, batch);
    });
  }

  private later(write: () => Promise<unknown>): void {
    this.writing = this.writing.then(write).catch((error: unknown) => {
      this.failed ??= error;
    });
  }
}

/** What a fresh run of a script or notebook gives: outputs collected, claim read, failure explained. */
export async function concludeRun(ctx: StepContext, attempt: AttemptState, entry: string, report: JobReport, files?: FileMap): Promise<Outcome & { run: RunFacts }> {
  const { competition } = ctx.ports;
  const submissionName = competition.manifest.submission.file;
  const collected = await collectOutputs(ctx, attempt.id, submissionName);
  // A link or a folder in the submission's place is none.
  const written = collected.outputs[submissionName] !== undefined;
  const milestones = report.milestones.filter((one) => written || one.name !== 'submission_written');
  if (written && !milestones.some((one) => one.name === 'submission_written')) {
    milestones.push({ name: 'submission_written', at: report.seconds });
  }
  let { status } = report;
  let error = report.failure;
  let claim: Claim | undefined;
  let remark = '';
  if (status === 'ok') {
    const { value, problem } = report.scoreLine;
    if (problem?.kind === 'not_finite') {
      const message = `The script reports the score ${problem.text}, which is no finite number.`;
      error = failure('claim_not_finite', message, hintsFor('claim_not_finite', message, ctx.hintFacts));
      status = 'error';
    } else {
      claim = claimOf(value, collected.scores, competition.direction);
      const metric = competition.manifest.metric.name;
      // An own evaluation says the score itself.
      const asked = competition.manifest.evaluation === undefined;
      if (!claim && asked) remark = ` No validation score was reported: print "SCORE ${metric} <number>" or write scores.csv (model,fold,score).`;
      if (problem?.kind === 'other_metric' && value === null && asked) remark = ` The line "SCORE ${problem.metric} …" is not counted: the metric is ${metric}.`;
    }
  }
  const run: RunFacts = { entry, ok: status === 'ok', seconds: report.seconds, outputs: collected.outputs, submissionName, submission: null };
  const wrote = collected.outputs[submissionName] === undefined ? `no ${submissionName}` : submissionName;
  const claimed = claim ? `, validation score ${sig5(claim.value)}` : '';
  const summary =
    status === 'ok'
      ? `${entry} ran in ${report.seconds.toFixed(1)} s${competition.manifest.evaluation === undefined ? ` and wrote ${wrote}` : ''}${claimed}.${remark}`
      : failedWords(entry, report.seconds, error);
  return {
    status,
    summary,
    attempt: attempt.id,
    data: { run },
    run,
    output: report.output,
    ...(error ? { error } : {}),
    ...(claim ? { claim } : {}),
    milestones,
    credit: creditOf(milestones),
    ...(files ? { files } : {}),
  };
}

async function collectOutputs(ctx: StepContext, attempt: number, submissionName: string): Promise<{ outputs: Record<string, string>; scores: ReturnType<typeof parseScores> }> {
  const { sandbox, blobs, folder } = ctx.ports;
  const outputs: Record<string, string> = {};
  let scores: ReturnType<typeof parseScores>;
  const names = [...new Set([submissionName, 'scores.csv', ...keptForChildren])];
  const contents = await Promise.all(names.map((name) => sandbox.get(folderOf(attempt), name, name === submissionName ? maxOutputBytes : maxKeptBytes)));
  for (const [at, name] of names.entries()) {
    const content = contents[at];
    if (content === undefined) continue;
    await folder.write(attempt, name, content);
    outputs[name] = await blobs.put(content);
    if (name === 'scores.csv') scores = parseScores(new TextDecoder().decode(content));
  }
  return { outputs, scores };
}

/** One sentence about code that failed: after how long, where, and why. */
export function failedWords(what: string, seconds: number, error: Failure | undefined): string {
  const after = `${what} failed after ${seconds.toFixed(1)} s`;
  if (!error) return `${after}.`;
  const { place } = error;
  const inside = place?.cell === undefined ? (place && place.file !== what ? `${place.file}, ` : '') : `cell ${place.cell}, `;
  const where = place ? ` (${inside}line ${place.line})` : '';
  // Our own words for a failure are a sentence already; an exception needs its class.
  const why = /^[a-z_]+$/.test(error.type) ? firstLine(error.message) : `${error.type}: ${firstLine(error.message)}`;
  return `${after}${where}: ${why}`;
}

/** A number to five significant digits, as players see scores. */
export const sig5 = (value: number): string => String(Number(value.toPrecision(5)));
const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').slice(0, 200);
