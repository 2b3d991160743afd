import type { AttemptView, RunView } from './view';

/** The attempt that counts: the one selected, else the best public score. */
export function finalAttempt(view: RunView): AttemptView | undefined {
  const id = view.selected?.attempt ?? view.best?.attempt;
  return view.attempts.find((attempt) => attempt.id === id);
}
