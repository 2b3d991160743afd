import { grade } from '../../../src/core/grading/grade';
import type { GradeInput } from '../../../src/core/grading/grade';
import type { CompetitionGrade, Problem, ProblemCode } from '../../../src/core/grading/result';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Grades CSV texts. */
export function gradeText(
  answers: string | Uint8Array, submission: string | Uint8Array, metric: string, params: unknown = {},
  more: Partial<GradeInput> = {},
): CompetitionGrade {
  const of = (file: string | Uint8Array): Uint8Array => (typeof file === 'string' ? bytes(file) : file);
  return grade({ answers: of(answers), submission: of(submission), metric, params, ...more });
}

/** Codes of the errors, sorted. */
export function codes(result: CompetitionGrade): ProblemCode[] {
  return result.errors.map((problem) => problem.code).sort();
}

/** The error with this code. */
export function problem(result: CompetitionGrade, code: ProblemCode): Problem {
  const found = result.errors.find((candidate) => candidate.code === code);
  if (found === undefined) throw new Error(`no ${code} among ${codes(result).join(', ') || 'no errors'}`);
  return found;
}
