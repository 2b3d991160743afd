import type { CompetitionGrade, Problem, Score } from '../grading/result';
import type { EventData } from '../run/events';
import type { ActionParams } from './actions';
import { refuse, type Outcome, type StepContext } from './context';
import { evaluateAttempt } from './evaluate';
import { failure } from './failure';
import { sig5 } from './freshRun';
import { hintsFor } from './hints';
import { creditOf } from './milestones';
import { checkPath, isNotebook, isScript } from './paths';
import { pathOf } from './fileActions';
import { runEntry } from './runActions';
import type { AttemptState, RunFacts } from './state';
import { invalidSubmission } from './submissionCheck';
import { defaultVisibility, tell } from './visibility';

export async function submit(ctx: StepContext, params: ActionParams<'submit'>): Promise<Outcome> {
  const attempt = ctx.attempt();
  if (attempt.status !== 'running' && !ctx.open.graded) {
    refuse('already_graded', `Attempt ${attempt.id} is graded already${attempt.public === null ? '' : `: ${sig5(attempt.public)}`}.`, 'Change something, or begin a new attempt with reset.');
  }
  if (!ctx.open.graded) await checkCalls(ctx);
  const { evaluation } = ctx.ports.competition.manifest;
  if (evaluation) return await evaluateAttempt(ctx, attempt, evaluation);
  const entry = entryOf(attempt, params.entry);
  const last = attempt.lastRun;
  const current = last !== null && last.ok && last.entry === entry && last.files === attempt.files;
  let outcome: Outcome = { status: 'ok', summary: '', attempt: attempt.id };
  let outputs = attempt.outputs;
  let run: RunFacts | undefined;
  if (!current) {
    const ran = await runEntry(ctx, attempt, entry, [], undefined);
    if (ran.status !== 'ok') return ran;
    outcome = ran;
    run = ran.run;
    outputs = run.outputs;
  }
  const name = ctx.ports.competition.manifest.submission.file;
  const hash = outputs[name];
  if (hash === undefined) {
    const message = `${entry} wrote no ${name}.`;
    return { ...outcome, status: 'error', summary: `Not graded: ${message}`, error: failure('no_submission', message, hintsFor('no_submission', message, ctx.hintFacts)) };
  }
  const graded = ctx.open.graded ?? (await grade(ctx, attempt, hash, name));
  const facts: RunFacts = run ?? { entry: null, ok: true, seconds: 0, outputs: { ...outputs }, submissionName: name, submission: hash };
  return conclude(ctx, attempt, graded, outcome, { ...facts, submission: graded.valid ? hash : null });
}

const withoutCalls = 'Compare attempts by their validation scores; choose with what is known.';

/** @throws ActionRefused when the run's or the day's graded calls are used up */
async function checkCalls({ config, state, ports, open }: StepContext): Promise<void> {
  const { gradedCalls, gradedCallsPerDay } = config.limits;
  if (gradedCalls !== null && state.gradedCalls >= gradedCalls) refuse('no_graded_calls', `All ${gradedCalls} graded calls of this run are used up.`, withoutCalls);
  if (gradedCallsPerDay !== undefined && (await ports.day.used(open.step)) >= gradedCallsPerDay) refuseDay(config);
}

function refuseDay({ limits, competition }: StepContext['config']): never {
  return refuse('no_graded_calls', `All ${limits.gradedCallsPerDay} graded calls of this day (UTC) on ${competition.title} are used up.`, withoutCalls);
}

/** Grades and journals. What the policy keeps back, and the private part, go to PODIUM_HOME only. */
async function grade(ctx: StepContext, attempt: AttemptState, hash: string, name: string): Promise<EventData<'graded'>> {
  const { config, state } = ctx;
  const { ledger, day, blobs } = ctx.ports;
  // The run took its time: other runs of the day may have used up what was left at its beginning.
  if (!(await day.take(ctx.open.step, config.limits.gradedCallsPerDay))) refuseDay(config);
  let tellsOfAnswers = false;
  let result: CompetitionGrade;
  try {
    result = await gradeWhole(ctx, await blobs.get(hash));
    tellsOfAnswers = result.valid || result.graderFailure !== undefined;
  } finally {
    if (!tellsOfAnswers) await day.giveBack(ctx.open.step);
  }
  const warnings = [...result.warnings, ...sameAsEarlier(ctx, attempt, hash)];
  // Before the event: an attempt that the journal calls graded has its private grade for certain.
  if (tellsOfAnswers) await ledger.record(attempt.id, result);
  const told = result.valid ? tell(config.visibility ?? defaultVisibility, result.public, state.bestTold, config.competition.direction) : null;
  const data: EventData<'graded'> = {
    attempt: attempt.id,
    step: ctx.open.step,
    call: tellsOfAnswers ? state.gradedCalls + 1 : null,
    valid: result.valid,
    public: told?.public ?? null,
    ...(told && told.feedback !== 'told' ? { feedback: told.feedback } : {}),
    errors: result.errors,
    warnings,
    submission: `attempts/${attempt.id}/${name}`,
  };
  await ctx.append({ actor: 'system', type: 'graded', data });
  return data;
}

/** @throws Error when the task is broken, so that no submission can be graded */
async function gradeWhole({ ports, signal }: StepContext, submission: Uint8Array): Promise<CompetitionGrade> {
  const result = await ports.grader.grade(submission, signal);
  const broken = result.errors.find((problem) => taskProblems.has(problem.code));
  if (broken) throw new Error(`The competition cannot be graded: ${broken.message}`);
  return result;
}

/** Codes that blame the task and never the player. */
const taskProblems: ReadonlySet<Problem['code']> = new Set(['bad_answers', 'bad_params', 'unknown_metric']);

function sameAsEarlier(ctx: StepContext, attempt: AttemptState, hash: string): Problem[] {
  const earlier = ctx.state.submissions.get(hash);
  if (earlier === undefined || earlier === attempt.id) return [];
  return [{ code: 'same_as_earlier', message: `The submission equals that of attempt ${earlier}, byte for byte.`, count: 1, examples: [] }];
}

function conclude(ctx: StepContext, attempt: AttemptState, graded: EventData<'graded'>, outcome: Outcome, run: RunFacts): Outcome {
  const shown = { valid: graded.valid, public: roundScore(graded.public), errors: graded.errors, warnings: graded.warnings };
  if (!graded.valid) {
    const error = invalidSubmission(ctx, graded.errors);
    return { ...outcome, status: 'error', summary: `The submission is not valid: ${error.message} ${graded.call === null ? 'No graded call was used.' : 'It used a graded call: the grader had the answers before it.'}`, error, grade: shown, data: { run } };
  }
  const milestones = [...(outcome.milestones ?? []), { name: 'submission_valid' as const, at: Math.max(run.seconds, ...(outcome.milestones ?? []).map((milestone) => milestone.at)) }];
  const warned = graded.warnings.length > 0 ? ` ${graded.warnings.map((warning) => warning.message).join(' ')}` : '';
  return {
    ...outcome,
    status: 'ok',
    attempt: attempt.id,
    summary: `Attempt ${attempt.id} is valid${scoreWords(ctx, graded, shown.public)}.${warned}`,
    grade: shown,
    milestones,
    credit: creditOf(milestones),
    ...(outcome.claim ?? attempt.claim ? { claim: outcome.claim ?? attempt.claim ?? undefined } : {}),
    data: { run },
  };
}

/** What is told of the public score, to follow "is valid". */
function scoreWords(ctx: StepContext, { feedback }: EventData<'graded'>, score: Score | null): string {
  const label = `public ${ctx.ports.competition.metricLabel}`;
  if (feedback === 'hidden') return `; its ${label} is shown when the run has ended`;
  if (feedback === 'no_gain') {
    const best = ctx.state.bestTold;
    return `; its ${label} is not better than the best told so far${best ? ` (${sig5(best.score)})` : ''} by more than one standard error, so it is not told`;
  }
  return `: ${label} ${score ? `${sig5(score.score)}${score.se ? ` ± ${Number(score.se.toPrecision(2))}` : ''}` : 'unknown'}`;
}

const roundScore = (score: Score | null): Score | null => (score ? { score: Number(sig5(score.score)), se: score.se === null ? null : Number(sig5(score.se)) } : null);

/** The file that makes the submission: named, last one run, or the only candidate. @throws ActionRefused */
export function entryOf(attempt: AttemptState, wanted: string | undefined): string {
  const candidates = [...attempt.files.keys()].filter((path) => isScript(path) || isNotebook(path)).sort();
  if (wanted !== undefined) {
    const path = pathOf(checkPath(wanted));
    if (!candidates.includes(path)) refuse('not_found', `There is no script or notebook "${path}".`, `Candidates: ${candidates.join(', ') || 'none yet'}.`);
    return path;
  }
  const last = attempt.lastRun?.entry;
  if (last && candidates.includes(last)) return last;
  const [only, ...more] = candidates;
  if (only !== undefined && more.length === 0) return only;
  const usual = candidates.find((path) => path === 'train.py') ?? candidates.find((path) => path === 'solution.ipynb');
  if (usual) return usual;
  return refuse('no_entry', 'It is not clear which file writes the submission.', `Name it with "entry": ${candidates.join(', ') || 'there is no script or notebook yet'}.`);
}
