import type { PlayerDoor, PlayerFacts } from '../player';
import { Bench, type NewAttempt } from './bench';
import { formatScore } from './explain';

/**
 * What can be done without a model where nothing is known of the task but a command that scores
 * files: measure the solution as it was given, and once more, since a second score of the same
 * files shows what of a later gain is noise. To improve it a person or a model is needed.
 */
export async function playOwnEvaluation(door: PlayerDoor, { competition, maxAttempts }: PlayerFacts): Promise<void> {
  const bench = new Bench(door);
  const label = competition.metricLabel;
  await bench.step('competition_info');
  const first = await measure(bench, { operator: 'baseline', plan: 'The solution as it was given: what every change has to beat.', from: null, parents: [] });
  if (first.score === null) {
    return await door.explain(first.attempt, `The solution as it was given has no score: ${first.why} Mend the command or the files first.`);
  }
  await door.explain(first.attempt, `The solution as it was given: ${label} ${formatScore(first.score)}.`);
  if (first.attempt !== null) await door.select(first.attempt, 'The solution as it was given.');
  if (maxAttempts !== null && maxAttempts < 2) return await door.explain(null, onlyMeasures);
  const again = await measure(bench, { operator: 'verify', plan: 'The same files once more, to see how much the score varies by itself.', from: first.attempt, parents: first.attempt === null ? [] : [first.attempt] });
  const repeated =
    again.score === null
      ? `The same files had no score the second time: ${again.why}`
      : again.score === first.score
        ? 'The same files score the same again, so small gains are real.'
        : `The same files differ by ${formatScore(Math.abs(again.score - first.score))} when scored again: gains of that size are noise.`;
  await door.explain(again.attempt, `${repeated} ${onlyMeasures}`);
}

const onlyMeasures = 'The offline agent has no templates for an evaluation of your own: let a model play, or change the files yourself.';

async function measure(bench: Bench, begin: NewAttempt): Promise<{ attempt: number | null; score: number | null; why: string }> {
  const { operator, plan, from, parents } = begin;
  const begun = await bench.step('reset', { from, parents, operator, plan });
  if (begun.status !== 'ok') return { attempt: null, score: null, why: begun.summary };
  const scored = await bench.step('submit');
  return { attempt: begun.attempt, score: scored.grade?.public?.score ?? null, why: scored.error?.message ?? scored.summary };
}
