/** One thing that could be tried next. */
export interface Arm {
  readonly id: string;
  /** Expected gain before anything was tried, as a share of the score's size. */
  readonly priorGain: number;
  /** Expected duration in seconds. */
  readonly seconds: number;
}

/** What trying an arm of the same kind gave. */
export interface Pull {
  readonly id: string;
  /** Signed gain as a share of the score's size; 0 for a failure. */
  readonly gain: number;
}

/** How many observations the prior is worth. */
const priorWeight = 3;
/** Start-up cost of an attempt in seconds, so that very short ones do not always come first. */
const overhead = 2;

/**
 * Mean gain per arm with the prior as pseudo-observations. Losses count as zero: a change that
 * hurts is simply not kept, so it costs its time and nothing more.
 */
export function expectedGain(arm: Arm, pulls: readonly Pull[]): number {
  const own = pulls.filter((pull) => pull.id === arm.id);
  const sum = own.reduce((total, pull) => total + Math.max(0, pull.gain), 0);
  return (priorWeight * arm.priorGain + sum) / (priorWeight + own.length);
}

/**
 * The arm with the highest expected gain per √second. Deterministic; equal values go to the arm
 * that is listed first. The root keeps slow but strong arms in play: time matters, yet the whole
 * run has plenty of it compared with one attempt.
 */
export function chooseArm<A extends Arm>(arms: readonly A[], pulls: readonly Pull[]): A | undefined {
  let best: A | undefined;
  let bestValue = -Infinity;
  for (const arm of arms) {
    const value = expectedGain(arm, pulls) / Math.sqrt(overhead + arm.seconds);
    if (value > bestValue) {
      best = arm;
      bestValue = value;
    }
  }
  return best;
}
