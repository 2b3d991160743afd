import { Duplex } from 'node:stream';

class End extends Duplex {
  other: End | undefined;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // As on a real socket, what is written arrives later.
    setImmediate(() => {
      if (this.other && !this.other.destroyed) this.other.push(chunk);
      done();
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { other } = this;
    this.other = undefined;
    if (other && !other.destroyed) setImmediate(() => other.destroy());
    done(error);
  }
}

/** Two ends of an in-memory connection. Destroying one closes the other, as with a socket. */
export function streamPair(): [Duplex, Duplex] {
  const [a, b] = [new End(), new End()];
  a.other = b;
  b.other = a;
  return [a, b];
}
