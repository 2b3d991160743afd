import { approvalTitle } from '../core/environment/approval';
import type { RunEvent } from '../core/run/events';
import type { RunView } from '../core/run/view';
import { scoreText } from './output';
import { moneyText } from './runReport';

/** A line for the terminal about an event; undefined for those that a person need not see. */
// eslint-disable-next-line complexity -- one case per event type
export function progressLine(event: RunEvent, { selfScored, tested }: Pick<RunView['competition'], 'selfScored' | 'tested'> = {}): string | undefined {
  switch (event.type) {
    case 'progress':
      return event.data.text;
    case 'sandbox':
      return `Sandbox: ${event.data.runtime}, isolation ${event.data.isolation === 'none' ? 'NONE (not isolated)' : event.data.isolation}, ${event.data.python}`;
    case 'attempt_created':
      return `#${event.data.id} ${event.data.operator}: ${event.data.plan}`;
    case 'attempt_finished': {
      const { id, status, error } = event.data;
      return status === 'valid' ? undefined : `#${id} ${status}${error ? `: ${error.type}: ${error.message.split('\n', 1)[0] ?? ''}` : ''}`;
    }
    case 'graded': {
      const { attempt, valid, public: score, errors, feedback } = event.data;
      if (!valid) return `#${attempt} invalid: ${errors.map((problem) => problem.message).join(' ')}`;
      if (!score) return `#${attempt} valid${feedback === 'no_gain' ? '; its public score is no gain over the best one told, so it is not told' : feedback === 'hidden' ? '; its public score is shown when the run has ended' : ''}`;
      return `#${attempt} ${selfScored ? 'self-scored' : tested ? 'dev phase' : 'public'} ${scoreText(score.score)}${score.se ? ` ± ${scoreText(score.se)}` : ''}`;
    }
    case 'explanation':
      return `  ${event.data.text}`;
    case 'note':
      return `  note: ${event.data.text}`;
    case 'budget':
      return event.data.warning;
    case 'selected':
      return `Final: #${event.data.attempt}. ${event.data.why}`;
    case 'model_call': {
      const { call, usage, usd, retries } = event.data;
      const tokens = `${usage.estimated ? '≈' : ''}${usage.input} + ${usage.output} tokens`;
      return `  answer ${call}: ${tokens}, ${moneyText(usd)}${retries > 0 ? `, ${retries} retries` : ''}`;
    }
    case 'approval_asked':
      return `${approvalTitle(event.data)} ${event.data.code}`;
    case 'waiting':
      return event.data.why;
    case 'paused':
      return event.data.why;
    case 'resumed':
      return event.data.why;
    case 'run_finished':
      return `Run ${event.data.status}: ${event.data.error?.message ?? event.data.reason}${event.data.error?.nextStep ? ` ${event.data.error.nextStep}` : ''}`;
    case 'refit_finished':
      return event.data.summary;
    case 'kaggle_submitted':
      return `Kaggle has it as submission ${event.data.ref}; waiting for its score.`;
    default:
      return undefined;
  }
}
