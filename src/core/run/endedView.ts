import { withGraderWords } from '../grading/graderFailure';
import type { GraderFailure, Score } from '../grading/result';
import { copyOf } from './foldLists';
import { scored } from './foldScores';
import type { TestResult } from './testResult';
import type { RunView } from './view';

/** The view of an ended run together with the private scores from PODIUM_HOME. */
export function withPrivate(view: RunView, grades: ReadonlyMap<number, Score | null>): RunView {
  return { ...view, attempts: view.attempts.map((attempt) => ({ ...attempt, private: grades.get(attempt.id) ?? null })) };
}

/** The view of an ended run together with the public scores that its policy kept back until now. */
export function withUntold(view: RunView, publics: ReadonlyMap<number, Score | null>): RunView {
  let shown = view;
  for (const { id, status, public: told } of view.attempts) {
    const score = publics.get(id) ?? null;
    if (status === 'valid' && told === null && score !== null) shown = { ...shown, ...scored(shown, id, score, copyOf) };
  }
  return shown;
}

/** The view of an ended run together with all that the competition's own grader said of attempts that it gave no score. */
export function withGraderFailures(view: RunView, failures: ReadonlyMap<number, GraderFailure>): RunView {
  if (failures.size === 0) return view;
  return { ...view, attempts: view.attempts.map((attempt) => ({ ...attempt, problems: withGraderWords(attempt.problems, failures.get(attempt.id)) })) };
}

/** The view of an ended run together with what came of its hidden test, from PODIUM_HOME. */
export function withTest(view: RunView, test: TestResult | undefined): RunView {
  return test && view.competition.tested ? { ...view, test } : view;
}
