import type { Evaluation } from '../competition/manifest';
import type { Problem } from '../grading/result';
import type { EventData } from '../run/events';
import type { Outcome, StepContext } from './context';
import { failure } from './failure';
import { failedWords, runJob, sig5 } from './freshRun';
import { creditOf } from './milestones';
import { readPrintedScore, scoreProtocol } from './printedScore';
import type { AttemptState, RunFacts } from './state';

/**
 * Grades an attempt of a competition with its own evaluation: the command runs over a fresh copy of
 * the attempt's files, with the files of the evaluation put back over them, and says the score. It
 * runs beside the code that it judges, so the whole score is told, and whoever plays could print any:
 * such scores are self-scored, unless a hidden test decides after the run.
 */
export async function evaluateAttempt(ctx: StepContext, attempt: AttemptState, evaluation: Evaluation): Promise<Outcome> {
  const { competition, ledger, blobs, folder } = ctx.ports;
  const { command } = evaluation;
  const name = competition.manifest.submission.file;
  const restored = restoredFiles(ctx, attempt);
  const report = await runJob(ctx, attempt, { kind: 'shell', command: `${pythonByName}${command}` }, { seconds: ctx.seconds(evaluation.seconds), fresh: true });
  const facts: RunFacts = { entry: command, ok: false, seconds: report.seconds, outputs: {}, submissionName: name, submission: null };
  if (report.status !== 'ok') {
    const summary = failedWords('The evaluation', report.seconds, report.failure);
    return { status: report.status, summary, attempt: attempt.id, output: report.output, data: { run: facts }, ...(report.failure ? { error: report.failure } : {}) };
  }
  const printed = readPrintedScore(report.stdout);
  if (!printed.ok) {
    const error = failure(printed.type, printed.message, [scoreProtocol]);
    return { status: 'error', summary: `Not scored: ${printed.message}`, attempt: attempt.id, output: report.output, error, data: { run: facts } };
  }
  const score = { score: printed.score, se: null };
  const record = `${JSON.stringify({ score: printed.score, figures: printed.figures, command, ruler: competition.evaluationFiles?.ruler ?? null, restored, seconds: report.seconds }, null, 2)}\n`;
  const submission = await folder.write(attempt.id, name, record);
  const grade = { valid: true, score: printed.score, metric: competition.manifest.metric.name, direction: evaluation.direction, rows: 0, errors: [], warnings: [], public: score, private: null };
  // Before the event: an attempt that the journal calls graded has its grade for certain.
  await ledger.record(attempt.id, grade);
  const warnings = restoredWarning(restored);
  const data: EventData<'graded'> = { attempt: attempt.id, step: ctx.open.step, call: ctx.state.gradedCalls + 1, valid: true, public: score, errors: [], warnings, submission, ...(Object.keys(printed.figures).length > 0 ? { figures: { ...printed.figures } } : {}) };
  if (!ctx.open.graded) await ctx.append({ actor: 'system', type: 'graded', data });
  const told = ctx.open.graded?.public?.score ?? printed.score;
  const milestones = [...report.milestones, { name: 'submission_valid' as const, at: report.seconds }];
  return {
    status: 'ok',
    attempt: attempt.id,
    summary: `Attempt ${attempt.id}: ${competition.metricLabel} ${sig5(told)}, after ${report.seconds.toFixed(1)} s.${warnings.map((warning) => ` ${warning.message}`).join('')}`,
    output: report.output,
    grade: { valid: true, public: { score: told, se: null }, errors: [], warnings },
    milestones,
    credit: creditOf(milestones),
    data: { run: { ...facts, ok: true, outputs: { [name]: await blobs.put(record) } }, figures: { ...printed.figures } },
  };
}

/** A machine may have `python3` alone, while commands are written with `python`. */
export const pythonByName = 'command -v python >/dev/null 2>&1 || python() { python3 "$@"; }\n';

/** Files of the evaluation that the attempt has in another form: the evaluation runs with its own. */
function restoredFiles(ctx: StepContext, attempt: AttemptState): string[] {
  const fixed = ctx.ports.competition.evaluationFiles?.fixed ?? new Map();
  return [...attempt.files].flatMap(([path, hash]) => (fixed.has(path) && fixed.get(path)?.sha256 !== hash ? [path] : [])).sort();
}

function restoredWarning(restored: readonly string[]): Problem[] {
  if (restored.length === 0) return [];
  const files = restored.slice(0, 20);
  const are = restored.length === 1 ? `${files[0]} is part of the evaluation and was` : `${files.join(', ')} are part of the evaluation and were`;
  return [{ code: 'evaluation_restored', message: `${are} put back before it ran.`, count: restored.length, examples: files.map((file) => file.slice(0, 40)) }];
}
