import type { RunClock } from '../storage/journal';

/**
 * Whether the run goes on: shut while it is paused or waits for the person. Run time counts while
 * something works or could work: it stands still while the sandbox is made, and while the gate is
 * shut, or a step waits for the person's word, and nothing else is under way.
 */
export class RunGate {
  private shut: { readonly opened: Promise<void>; readonly open: () => void } | undefined;
  private readonly working = new Set<Promise<unknown>>();
  /** Of these, how many wait for the person. */
  private held = 0;
  private making = 0;

  constructor(private readonly clock: Pick<RunClock, 'pause' | 'resume'>) {}

  get isShut(): boolean {
    return this.shut !== undefined;
  }

  get isWorking(): boolean {
    return this.working.size > 0;
  }

  close(): void {
    if (this.shut) return;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.shut = { opened, open };
    this.turn();
  }

  open(): void {
    const { shut } = this;
    this.shut = undefined;
    this.turn();
    shut?.open();
  }

  /** Resolves when the gate is open. */
  async passed(): Promise<void> {
    while (this.shut) await this.shut.opened;
  }

  /** A step under way. */
  async track<T>(work: Promise<T>): Promise<T> {
    const settled = work.catch(() => undefined);
    this.working.add(settled);
    this.turn();
    try {
      return await work;
    } finally {
      this.working.delete(settled);
      this.turn();
    }
  }

  /** The step under way waits for the person's word. */
  async hold<T>(wait: () => Promise<T>): Promise<T> {
    this.held += 1;
    this.turn();
    try {
      return await wait();
    } finally {
      this.held -= 1;
      this.turn();
    }
  }

  /** Making the sandbox is no run time. */
  async still<T>(make: () => Promise<T>): Promise<T> {
    this.making += 1;
    this.turn();
    try {
      return await make();
    } finally {
      this.making -= 1;
      this.turn();
    }
  }

  /** Resolves when every step that is under way now has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.working]);
  }

  private turn(): void {
    const waits = (this.shut !== undefined || this.held > 0) && this.working.size <= this.held;
    if (this.making > 0 || waits) this.clock.pause();
    else this.clock.resume();
  }
}
