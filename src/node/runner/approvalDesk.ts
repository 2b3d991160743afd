import type { ApprovalDecision, ApprovalQuestion } from '../../core/environment/approval';
import type { NewEvent } from '../../core/run/events';
import type { RunGate } from './runGate';
import { RunnerError } from './runnerError';

export interface ApprovalDeskParts {
  readonly append: (event: NewEvent) => Promise<void>;
  readonly gate: RunGate;
  /** A window belongs to this run: one that is just not attached (still opening, reloading) is waited for. */
  readonly expectsWindow: boolean;
  /** How long it is waited for. */
  readonly graceMs?: number;
}

/**
 * Asks the person for what a step of the agent needs, and lets the run wait for the answer: with
 * its clock stopped, and journaled, so that a window of any time can show and answer it.
 */
export class ApprovalDesk {
  private windows = 0;
  private expectedUntil: number;
  private readonly arrivals = new Set<() => void>();
  private waiting: { readonly question: ApprovalQuestion; readonly answered: (decision: ApprovalDecision) => void } | undefined;

  constructor(private readonly parts: ApprovalDeskParts) {
    this.expectedUntil = parts.expectsWindow ? Date.now() + this.graceMs : 0;
  }

  windowCame(): void {
    this.windows += 1;
    for (const arrived of this.arrivals) arrived();
  }

  windowWent(): void {
    this.windows -= 1;
    this.expectedUntil = Date.now() + this.graceMs;
  }

  /**
   * The person's answer; undefined when no window is there to ask in. A question that was asked
   * waits on when its window goes: the next one shows it.
   * @throws the signal's reason when the run ends meanwhile
   */
  async ask(question: ApprovalQuestion, signal: AbortSignal): Promise<ApprovalDecision | undefined> {
    const { append, gate } = this.parts;
    return await gate.hold(async () => {
      if (!(await this.windowIsThere(signal))) return undefined;
      const answered = new Promise<ApprovalDecision>((resolve) => (this.waiting = { question, answered: resolve }));
      try {
        await append({ actor: 'system', type: 'approval_asked', data: question });
        const decision = await orAborted(answered, signal);
        // Paused meanwhile: what was allowed happens when the run goes on.
        if (decision.answer !== 'refused') await orAborted(gate.passed(), signal);
        return decision;
      } finally {
        this.waiting = undefined;
      }
    });
  }

  /** @throws RunnerError `bad_request` when this question does not wait (any more) */
  async answer(id: string, decision: ApprovalDecision): Promise<void> {
    const { waiting } = this;
    if (waiting?.question.id !== id) throw new RunnerError('bad_request', 'This question has been answered already, or the run went on without it.', 'Look at the run\'s steps.');
    this.waiting = undefined;
    const { step, needs } = waiting.question;
    const words = decision.words?.trim();
    await this.parts.append({ actor: 'human', type: 'approval_answered', data: { id, step, needs, answer: decision.answer, ...(words ? { words } : {}) } });
    waiting.answered({ answer: decision.answer, ...(words ? { words } : {}) });
  }

  private async windowIsThere(signal: AbortSignal): Promise<boolean> {
    const left = this.expectedUntil - Date.now();
    if (this.windows > 0 || left <= 0) return this.windows > 0;
    let arrived = (): void => undefined;
    let timer: NodeJS.Timeout | undefined;
    const wait = new Promise<void>((resolve) => {
      arrived = resolve;
      timer = setTimeout(resolve, left);
    });
    this.arrivals.add(arrived);
    try {
      await orAborted(wait, signal);
    } finally {
      clearTimeout(timer);
      this.arrivals.delete(arrived);
    }
    return this.windows > 0;
  }

  private get graceMs(): number {
    return this.parts.graceMs ?? 60_000;
  }
}

function orAborted<T>(wait: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = (): void => reject(signal.reason as Error);
    if (signal.aborted) return over();
    signal.addEventListener('abort', over, { once: true });
    wait.then(resolve, reject).finally(() => signal.removeEventListener('abort', over));
  });
}
