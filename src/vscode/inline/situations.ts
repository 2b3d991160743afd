import type { Facts } from '../../core/suggest/facts';
import type { Situation } from '../../core/suggest/model/situation';
import type { RunSource } from '../runs/runHandle';
import type { FailureMarks } from './failureMarks';

/** What is known now of a competition and the person's work on it, for a model. */
export function situationOf(competition: string, facts: Facts, runs: RunSource, marks: FailureMarks): Situation {
  const mark = marks.last(competition);
  return { facts, error: mark ? { failure: mark.failure, line: mark.text } : null, best: bestOf(competition, runs) };
}

/** The best attempt of the newest run that has one. */
function bestOf(competition: string, runs: RunSource): Situation['best'] {
  const [run] = runs.runs.filter(({ view }) => view.competition.id === competition && view.best !== null).sort((a, b) => b.view.startedAt - a.view.startedAt);
  const best = run?.view.best;
  const attempt = run?.view.attempts.find((one) => one.id === best?.attempt);
  return best && attempt ? { plan: attempt.plan, score: best.public.score } : null;
}
