import { gapClosed, type GapClosed } from '../grading/standings';
import { finalAttempt } from './finalAttempt';
import type { RunView } from './view';

/** How much of the way from baseline to human the chosen attempt went, on what decides; null where no such scores are known. */
export function gapOfRun(view: RunView): GapClosed | null {
  const { reference, direction } = view.competition;
  if (!reference) return null;
  return gapClosed(finalAttempt(view)?.private?.score ?? null, reference.baseline, reference.human, direction);
}

/** Run time and code size of an evaluated method against the baseline's, in percent; null where one is unknown. */
export interface MethodCost {
  /** Seconds, as the evaluation measured them. */
  readonly seconds: number | null;
  /** 100 · (own − baseline) / baseline. */
  readonly relativeSeconds: number | null;
  /** Statements of the method's class. */
  readonly statements: number | null;
  readonly relativeStatements: number | null;
}

/** Of the hidden test, MLRC-Bench's measures; null before it ran or where it says nothing of them. */
export function methodCost({ test, competition }: Pick<RunView, 'test' | 'competition'>): MethodCost | null {
  if (!test?.ok) return null;
  const { runtime = null, statements = null, baseline_statements: base = null } = test.figures;
  if (runtime === null && statements === null) return null;
  return { seconds: runtime, relativeSeconds: relative(runtime, competition.reference?.seconds ?? null), statements, relativeStatements: relative(statements, base) };
}

const relative = (own: number | null, base: number | null): number | null => (own === null || base === null || base === 0 ? null : (100 * (own - base)) / base);
