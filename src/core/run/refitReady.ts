import { hasEnded } from './fold';
import type { RunView } from './view';

/** What stops a refit, and what the person does about it. */
export interface RefitRefusal {
  readonly message: string;
  readonly nextStep: string;
}

const rule = 'An attempt is refitted when its run has ended: the final choice must not know Kaggle\'s scores.';
const stopping = 'stop it (Ctrl-C in its terminal, Stop in its panel): a stopped run can be refitted too';

/** Why no attempt of a run can be refitted now; undefined where one can: a run that was stopped, or failed, has ended too. */
export function refitRefusal(view: Pick<RunView, 'runId' | 'number' | 'status' | 'statusText'>): RefitRefusal | undefined {
  if (hasEnded(view)) return undefined;
  const told = (state: string, nextStep: string): RefitRefusal => ({ message: `Run ${view.number} ${state}. ${rule}`, nextStep });
  switch (view.status) {
    case 'paused':
      return told('is paused', `Resume it and let it end, or ${stopping}.`);
    case 'waiting':
      return told(`waits: ${view.statusText.replace(/\.$/, '') || 'for you'}`, `Give it what it waits for, or ${stopping}.`);
    case 'interrupted':
      return told('was interrupted', `Go on with it (\`podium resume ${view.runId}\`, or Resume Run) until it ends, or ${stopping}.`);
    default:
      return told('goes on', `Wait for its end, or ${stopping}.`);
  }
}

/** Why one attempt cannot be refitted. */
export function attemptRefusal(view: Pick<RunView, 'number' | 'attempts'>, id: number | undefined): RefitRefusal | undefined {
  const valid = view.attempts.filter(({ status }) => status === 'valid').map((attempt) => attempt.id);
  const nextStep = valid.length === 0 ? 'Only what is valid on the local test set goes to Kaggle: start another run.' : `Attempts that can be refitted: ${valid.join(', ')}.`;
  if (id === undefined) return { message: `Run ${view.number} has no valid attempt.`, nextStep };
  if (!view.attempts.some((attempt) => attempt.id === id)) return { message: `Run ${view.number} has no attempt ${id}.`, nextStep };
  return valid.includes(id) ? undefined : { message: `Attempt ${id} is not valid on the local test set.`, nextStep };
}
