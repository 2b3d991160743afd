import type { Manifest } from '../../core/competition/manifest';
import type { Grader } from '../../core/environment/ports';
import { GradingService } from './gradingService';

/** The environment's grader for one competition: answers from a file, metric and columns from the manifest. */
export function createGrader(options: {
  /** Answers in PODIUM_HOME, with a `Usage` column when rows are split. */
  readonly answersFile: string;
  readonly manifest: Manifest;
  /** The bundle `gradingWorker.js`. */
  readonly workerFile: string;
}): Grader {
  const service = new GradingService(options.workerFile);
  const { metric, submission } = options.manifest;
  return {
    grade: (bytes, signal) =>
      service.grade(
        {
          answers: { path: options.answersFile },
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
