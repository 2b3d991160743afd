import type { AttemptView, RunView, StepView } from '../../core/run/view';
import { panelProtocolVersion, type RunHeader, type ToRunPanel } from '../../protocol/panel';

/**
 * Turns successive views of a run into one snapshot and numbered increments that hold only what
 * has changed since the last message. Pure: the panel decides when to send.
 */
export class RunPanelFeed {
  private n = 0;
  private header = '';
  private readonly attempts = new Sent<AttemptView>((attempt) => attempt.id);
  private readonly steps = new Sent<StepView>((step) => step.seq);
  private last: RunView | undefined;

  /** The whole view; increments count from 1 again. */
  snapshot(run: RunView): ToRunPanel {
    this.n = 0;
    this.header = JSON.stringify(headerOf(run));
    this.attempts.all(run.attempts);
    this.steps.all(run.steps);
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
    const attempts = this.attempts.changed(run.attempts);
    const steps = this.steps.changed(run.steps);
    if (!headerChanged && attempts.length === 0 && steps.length === 0) return undefined;
    this.n += 1;
    return { type: 'increment', n: this.n, ...(headerChanged ? { header } : {}), attempts, steps };
  }
}

function headerOf(run: RunView): RunHeader {
  const { attempts: _attempts, steps: _steps, ...header } = run;
  return header;
}

/**
 * The items of a list as they were sent. The fold keeps what an event did not touch as the same
 * object, so a comparison of references finds the few that may differ; only these are written out.
 */
class Sent<T extends object> {
  private list: readonly T[] = [];
  private byKey = new Map<number, T>();

  constructor(private readonly key: (item: T) => number) {}

  all(items: readonly T[]): void {
    this.list = items;
    this.byKey = new Map(items.map((item) => [this.key(item), item]));
  }

  /** What differs from what was sent, which it now counts as. */
  changed(items: readonly T[]): T[] {
    if (items === this.list) return [];
    const touched = items.filter((item, index) => item !== this.list[index] && item !== this.byKey.get(this.key(item)));
    const news = touched.filter((item) => {
      const before = this.byKey.get(this.key(item));
      return !before || JSON.stringify(before) !== JSON.stringify(item);
    });
    // What left the bounded list would only fill the memory.
    if (items[0] !== undefined && this.list[0] !== undefined && this.key(items[0]) !== this.key(this.list[0])) this.all(items);
    else for (const item of touched) this.byKey.set(this.key(item), item);
    this.list = items;
    return news;
  }
}
