import { join } from 'node:path';
import type { Grader } from '../../core/environment/ports';
import type { Assets } from '../assets';
import type { LoadedCompetition } from '../competitions/library';
import type { Runtimes } from '../runtimes';
import { notGradable } from './gradingError';
import { GradingService } from './gradingService';
import { createPythonGrader } from './pythonGrader';

/**
 * The environment's grader for one competition: answers from PODIUM_HOME; metric and columns, or
 * the grader in Python, from the manifest. Throws CompetitionError when there are no answers.
 */
export async function createGrader(
  competition: LoadedCompetition,
  options: { readonly assets: Pick<Assets, 'media' | 'dist'>; readonly home: string; readonly runtimes: () => Promise<Runtimes> },
): Promise<Grader> {
  const { manifest, folder } = competition;
  if (manifest.evaluation !== undefined) return { grade: () => Promise.reject(notGradable(manifest.title)) };
  const answersFile = await competition.answersFile();
  const { metric, submission, grader } = manifest;
  if (grader !== undefined) {
    const harnessFile = join(options.assets.media, 'python', 'grade.py');
    return createPythonGrader({ manifest, grader, folder, answersFile, home: options.home, harnessFile, runtimes: options.runtimes });
  }
  const service = new GradingService(join(options.assets.dist, 'gradingWorker.js'));
  return {
    grade: (bytes, signal) =>
      service.grade(
        {
          answers: { path: answersFile },
          submission: { bytes },
          metric: metric.name,
          params: metric.params,
          id: submission.id,
          target: submission.target,
        },
        signal,
      ),
  };
}
