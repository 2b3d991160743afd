import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withGraderWords } from '../core/grading/graderFailure';
import type { CompetitionGrade } from '../core/grading/result';
import { findAssets } from '../node/assets';
import type { LoadedCompetition } from '../node/competitions/library';
import { GradingError } from '../node/grading/gradingError';
import { createPythonGrader } from '../node/grading/pythonGrader';
import { runtimesOf } from '../node/runner/compose';
import { podiumHome } from '../node/storage/podiumHome';
import { untilInterrupted } from './interrupt';

/**
 * Grades a file with the competition's own grader in Python. A bundle of its own: only such
 * competitions need Docker's client to be graded. Throws GradingError, CompetitionError.
 *
 * @param asIs gives the file to the grader as it is, in its own row and column order
 */
export async function gradeInSandbox(competition: LoadedCompetition, submission: string, asIs: boolean): Promise<CompetitionGrade> {
  const { manifest, folder } = competition;
  if (manifest.grader === undefined) throw new Error('a competition with a native metric needs no sandbox');
  const content = await readFile(submission).catch((error: unknown) => {
    throw new GradingError('unreadable', `The submission ${submission} cannot be read.`, 'Check the path and its permissions.', { cause: error });
  });
  const assets = findAssets();
  const home = podiumHome();
  const grader = createPythonGrader({
    manifest,
    grader: manifest.grader,
    folder,
    answersFile: await competition.answersFile(),
    home,
    harnessFile: join(assets.media, 'python', 'grade.py'),
    runtimes: () => Promise.resolve(runtimesOf(assets, home, () => undefined)),
    asIs,
  });
  const grade = await untilInterrupted((signal) => grader.grade(content, signal));
  return { ...grade, errors: withGraderWords(grade.errors, grade.graderFailure) };
}
