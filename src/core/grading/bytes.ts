/**
 * Operations on slices of UTF-8 bytes. Ids and labels of large files are compared and hashed as
 * bytes: one JavaScript string per cell costs more memory and time than all the rest.
 */

/** Spreads every bit of `h` over all 32 (A. Appleby, MurmurHash3). */
export function mixed(h: number): number {
  let m = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  m = Math.imul(m ^ (m >>> 13), 0xc2b2ae35);
  return m ^ (m >>> 16);
}

/** The same bytes, for reading several at once. */
export function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Hash of `view[start, end)`, 32 bits, mixed so that any low bits are usable as a table index. Four
 * bytes are read at a time; a tail is read together with what is before it.
 */
export function hashBytes(view: DataView, start: number, end: number, seed: number): number {
  let h = seed ^ (end - start);
  const last = end - 4;
  if (last < start) {
    for (let p = start; p < end; p++) h = Math.imul(h ^ view.getUint8(p), 0x9e3779b1);
  } else {
    for (let p = start; p < last; p += 4) {
      h = Math.imul(h ^ view.getInt32(p, true), 0x9e3779b1);
      h ^= h >>> 15;
    }
    h = Math.imul(h ^ view.getInt32(last, true), 0x9e3779b1);
  }
  return mixed(h);
}

/** Whether two slices hold the same bytes. */
export function sameBytes(a: DataView, aStart: number, aEnd: number, b: DataView, bStart: number, bEnd: number): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  const shift = bStart - aStart;
  const last = aEnd - 4;
  if (last < aStart) {
    for (let p = aStart; p < aEnd; p++) if (a.getUint8(p) !== b.getUint8(p + shift)) return false;
    return true;
  }
  for (let p = aStart; p < last; p += 4) if (a.getInt32(p, true) !== b.getInt32(p + shift, true)) return false;
  return a.getInt32(last, true) === b.getInt32(last + shift, true);
}

/** Copies the bytes of a slice; nothing is made for it, as a short slice is sooner copied than described. */
export function copyBytes(from: DataView, start: number, end: number, to: DataView, at: number): void {
  let p = start;
  let q = at;
  for (; p <= end - 4; p += 4, q += 4) to.setInt32(q, from.getInt32(p, true), true);
  for (; p < end; p++, q++) to.setUint8(q, from.getUint8(p));
}

/** A longer array that begins with the same bytes. */
export function grownBytes(array: Uint8Array, length: number): Uint8Array {
  const next = new Uint8Array(length);
  next.set(array);
  return next;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of `data[start, end)`, which is valid UTF-8. */
export function decodeSlice(data: Uint8Array, start: number, end: number): string {
  return decoder.decode(data.subarray(start, end));
}

/** The text of `view[start, end)`, which is valid UTF-8. */
export function decodeView(view: DataView, start: number, end: number): string {
  return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + start, end - start));
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

export function encodeView(text: string): DataView {
  return viewOf(encoder.encode(text));
}

/** A random 32-bit seed, so that nobody can prepare values that all fall into one hash chain. */
export function hashSeed(): number {
  return (Math.random() * 0x100000000) | 0;
}

/**
 * Gives equal byte strings equal small integers 0, 1, 2 … in order of first appearance.
 * Values are kept as references into the buffers they came from.
 */
export class ByteInterner {
  private table = new Int32Array(64);
  private hashes = new Int32Array(32);
  private starts = new Float64Array(32);
  private ends = new Float64Array(32);
  private readonly views: DataView[] = [];
  private readonly seed = hashSeed();
  private used = 0;

  get size(): number {
    return this.used;
  }

  /** The number of the value, or −1 when it was never added. */
  find(view: DataView, start: number, end: number): number {
    return this.table[this.slot(view, start, end, hashBytes(view, start, end, this.seed))]! - 1;
  }

  /** The number of the value; a new one gets the next number. */
  add(view: DataView, start: number, end: number): number {
    const hash = hashBytes(view, start, end, this.seed);
    const slot = this.slot(view, start, end, hash);
    const found = this.table[slot]! - 1;
    if (found >= 0) return found;
    const index = this.used++;
    if (index === this.starts.length) this.growEntries();
    this.hashes[index] = hash;
    this.starts[index] = start;
    this.ends[index] = end;
    this.views.push(view);
    this.table[slot] = index + 1;
    if (this.used * 2 > this.table.length) this.growTable();
    return index;
  }

  addText(text: string): number {
    const view = encodeView(text);
    return this.add(view, 0, view.byteLength);
  }

  findText(text: string): number {
    const view = encodeView(text);
    return this.find(view, 0, view.byteLength);
  }

  text(index: number): string {
    const view = this.views[index];
    return view === undefined ? '' : decodeView(view, this.starts[index]!, this.ends[index]!);
  }

  private slot(view: DataView, start: number, end: number, hash: number): number {
    const mask = this.table.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = this.table[slot]! - 1;
      if (entry < 0) return slot;
      if (
        this.hashes[entry] === hash &&
        sameBytes(this.views[entry]!, this.starts[entry]!, this.ends[entry]!, view, start, end)
      ) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  private growEntries(): void {
    const size = this.starts.length * 2;
    const hashes = new Int32Array(size);
    const starts = new Float64Array(size);
    const ends = new Float64Array(size);
    hashes.set(this.hashes);
    starts.set(this.starts);
    ends.set(this.ends);
    this.hashes = hashes;
    this.starts = starts;
    this.ends = ends;
  }

  private growTable(): void {
    this.table = new Int32Array(this.table.length * 2);
    const mask = this.table.length - 1;
    for (let entry = 0; entry < this.used; entry++) {
      let slot = this.hashes[entry]! & mask;
      while (this.table[slot] !== 0) slot = (slot + 1) & mask;
      this.table[slot] = entry + 1;
    }
  }
}
