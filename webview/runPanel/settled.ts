import { useMemo, useRef } from 'preact/hooks';
import type { AttemptView } from '../../src/protocol/panel';

export interface Attempts {
  /** Those that have ended: the same list as before while none of them is another. */
  readonly settled: readonly AttemptView[];
  /** Those under way, oldest first. */
  readonly running: readonly AttemptView[];
}

/**
 * The attempts in two lists. Nearly every message of a run touches the one under way alone; what is
 * sorted, scaled and drawn of all others then stays as it is, however many they are.
 */
export function useSettled(attempts: readonly AttemptView[]): Attempts {
  const kept = useRef<readonly AttemptView[]>([]);
  return useMemo(() => {
    const settled = attempts.filter((attempt) => attempt.status !== 'running');
    const before = kept.current;
    if (settled.length !== before.length || settled.some((attempt, index) => attempt !== before[index])) kept.current = settled;
    return { settled: kept.current, running: attempts.filter((attempt) => attempt.status === 'running') };
  }, [attempts]);
}
