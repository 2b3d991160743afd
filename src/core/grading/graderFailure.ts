import type { GraderFailure, Problem } from './result';

/**
 * The problems of a grade with all that the competition's own grader said, which may tell of the
 * answers: for the person, outside a run or after its end.
 */
export function withGraderWords(problems: readonly Problem[], failure: GraderFailure | undefined): Problem[] {
  if (!failure || failure.message === '') return [...problems];
  return problems.map((problem) => (problem.code === 'undefined_score' && !problem.message.includes(failure.message) ? { ...problem, message: `${problem.message} It says: ${failure.message}` } : problem));
}
