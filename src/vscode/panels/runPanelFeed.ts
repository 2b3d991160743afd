import type { AttemptView, RunView, StepView } from '../../core/run/view';
import { panelProtocolVersion, type RunHeader, type ToRunPanel } from '../../protocol/panel';

/**
 * Turns successive views of a run into one snapshot and numbered increments that hold only what
 * has changed since the last message. Pure: the panel decides when to send.
 */
export class RunPanelFeed {
  private n = 0;
  private header = '';
  private readonly attempts = new Map<number, string>();
  private readonly steps = new Map<number, string>();
  private last: RunView | undefined;

  /** The whole view; increments count from 1 again. */
  snapshot(run: RunView): ToRunPanel {
    this.n = 0;
    this.attempts.clear();
    this.steps.clear();
    this.header = JSON.stringify(headerOf(run));
    for (const attempt of run.attempts) this.attempts.set(attempt.id, JSON.stringify(attempt));
    for (const step of run.steps) this.steps.set(step.seq, JSON.stringify(step));
    this.last = run;
    return { type: 'snapshot', version: panelProtocolVersion, n: 0, run };
  }

  /** What is new since the last message; undefined when nothing is, or before the first snapshot. */
  increment(run: RunView): ToRunPanel | undefined {
    if (!this.last || run === this.last) return undefined;
    this.last = run;
    const header = headerOf(run);
    const headerText = JSON.stringify(header);
    const headerChanged = headerText !== this.header;
    this.header = headerText;
    const attempts = changed<AttemptView>(run.attempts, (attempt) => attempt.id, this.attempts);
    const steps = changed<StepView>(run.steps, (step) => step.seq, this.steps);
    if (!headerChanged && attempts.length === 0 && steps.length === 0) return undefined;
    this.n += 1;
    return { type: 'increment', n: this.n, ...(headerChanged ? { header } : {}), attempts, steps };
  }
}

function headerOf(run: RunView): RunHeader {
  const { attempts: _attempts, steps: _steps, ...header } = run;
  return header;
}

function changed<T>(items: readonly T[], key: (item: T) => number, seen: Map<number, string>): T[] {
  const present = new Set<number>();
  const out: T[] = [];
  for (const item of items) {
    const id = key(item);
    const text = JSON.stringify(item);
    present.add(id);
    if (seen.get(id) === text) continue;
    seen.set(id, text);
    out.push(item);
  }
  // What left the bounded list would only fill the memory.
  for (const id of seen.keys()) if (!present.has(id)) seen.delete(id);
  return out;
}
