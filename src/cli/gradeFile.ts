import type { CompetitionGrade } from '../core/grading/result';
import type { LoadedCompetition } from '../node/competitions/library';
import { notGradable } from '../node/grading/gradingError';
import { gradeOf } from '../node/grading/reply';
import { runJob } from '../node/grading/runJob';
import { numbersReaderFile } from './packageRoot';

/**
 * Grades a file against a competition, by its native metric in this very thread or by its own
 * grader in a sandbox. Throws GradingError, CompetitionError; never for a bad submission.
 *
 * @param compat as the benchmark does it: its grader gets the file as it is
 */
export async function gradeFile(competition: LoadedCompetition, submission: string, compat: boolean): Promise<CompetitionGrade> {
  const { metric, submission: columns, grader, evaluation, title } = competition.manifest;
  if (evaluation !== undefined) throw notGradable(title);
  if (grader !== undefined) return (await import('./pythonGrading')).gradeInSandbox(competition, submission, compat);
  return gradeOf(
    await runJob({
      answers: { path: await competition.answersFile() },
      submission: { path: submission },
      metric: metric.name,
      params: metric.params,
      id: columns.id,
      target: columns.target,
    }, numbersReaderFile()),
  );
}
