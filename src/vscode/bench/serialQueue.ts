/** Does one thing after the other, so that two changes of a file cannot cross. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work, work);
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything that was asked for until now is done. */
  idle(): Promise<void> {
    return this.run(() => Promise.resolve());
  }
}
