/**
 * Splits a byte stream into lines of bounded length. What comes out of a sandbox is untrusted: a
 * line above the limit is dropped whole, whatever its length, and reported once.
 */
export class LineSplitter {
  private parts: Buffer[] = [];
  private length = 0;
  private skipping = false;

  constructor(
    private readonly maxBytes: number,
    private readonly onLine: (line: string) => void,
    private readonly onTooLong: () => void,
  ) {}

  feed(data: Buffer): void {
    let start = 0;
    while (start < data.length) {
      const end = data.indexOf(10, start);
      this.keep(data.subarray(start, end < 0 ? data.length : end));
      if (end < 0) return;
      const line = this.skipping ? undefined : Buffer.concat(this.parts).toString('utf8');
      this.reset();
      if (line !== undefined && line.trim() !== '') this.onLine(line);
      start = end + 1;
    }
  }

  /** Forgets an unfinished line, when the stream that it came from is gone. */
  reset(): void {
    this.parts = [];
    this.length = 0;
    this.skipping = false;
  }

  private keep(piece: Buffer): void {
    if (this.skipping) return;
    this.length += piece.length;
    if (this.length > this.maxBytes) {
      this.parts = [];
      this.skipping = true;
      this.onTooLong();
      return;
    }
    this.parts.push(piece);
  }
}
