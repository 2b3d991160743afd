/** Holds the agent back while the run is paused or waits; the step under way ends first. */
export class Gate {
  private shutUntil: Promise<void> | undefined;
  private letThrough: (() => void) | undefined;

  get isShut(): boolean {
    return this.shutUntil !== undefined;
  }

  /** Resolves when the agent may go on. */
  async pass(): Promise<void> {
    await this.shutUntil;
  }

  shut(): void {
    this.shutUntil ??= new Promise((resolve) => (this.letThrough = resolve));
  }

  open(): void {
    this.letThrough?.();
    this.letThrough = undefined;
    this.shutUntil = undefined;
  }
}
