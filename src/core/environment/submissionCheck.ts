import type { CompetitionGrade, Problem } from '../grading/result';
import type { StepContext } from './context';
import { failure } from './failure';
import { hintsFor } from './hints';
import type { Failure } from './observation';

/** Whether a submission file obeys every rule, without a score and without using a graded call. */
export async function checkSubmission(ctx: StepContext, content: Uint8Array): Promise<Pick<CompetitionGrade, 'valid' | 'errors' | 'warnings'>> {
  const { grader } = ctx.ports;
  const { valid, errors, warnings } = await (grader.check?.(content, ctx.signal) ?? grader.grade(content, ctx.signal));
  return { valid, errors, warnings };
}

/** Every reason why a submission is not valid, as one failure. Equal for equal kinds of reasons. */
export function invalidSubmission(ctx: StepContext, errors: readonly Problem[]): Failure {
  const message = errors.map((problem) => problem.message).join(' ');
  const hints = errors.flatMap((problem) => (problem.fix ? [problem.fix] : hintsFor(problem.code, problem.message, ctx.hintFacts)));
  const codes = errors.map((problem) => problem.code).join(',');
  return { ...failure('invalid_submission', message, [...new Set(hints)].slice(0, 5)), signature: `invalid_submission: ${codes}` };
}
