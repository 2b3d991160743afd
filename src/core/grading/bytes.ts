/**
 * Operations on slices of UTF-8 bytes. Ids and labels of large files are compared and hashed as
 * bytes: one JavaScript string per cell costs more memory and time than all the rest.
 */

/** Hash of `data[start, end)`, 32 bits, mixed so that any low bits are usable as a table index. */
export function hashBytes(data: Uint8Array, start: number, end: number, seed: number): number {
  let h = seed ^ (end - start);
  let p = start;
  const last = end - 3;
  while (p < last) {
    const word = data[p]! | (data[p + 1]! << 8) | (data[p + 2]! << 16) | (data[p + 3]! << 24);
    h = Math.imul(h ^ word, 0x9e3779b1);
    h ^= h >>> 15;
    p += 4;
  }
  while (p < end) h = Math.imul(h ^ data[p++]!, 0x01000193);
  return mixed(h);
}

/** Spreads every bit of `h` over all 32 (A. Appleby, MurmurHash3). */
export function mixed(h: number): number {
  let m = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  m = Math.imul(m ^ (m >>> 13), 0xc2b2ae35);
  return m ^ (m >>> 16);
}

/** Whether two slices hold the same bytes. */
export function sameBytes(
  a: Uint8Array, aStart: number, aEnd: number,
  b: Uint8Array, bStart: number, bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let i = aStart, j = bStart; i < aEnd; i++, j++) if (a[i] !== b[j]) return false;
  return true;
}

/** The same bytes, for reading several at once. */
export function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

/** As `hashBytes` with other values, four bytes at a time; a tail is read together with what is before it. */
export function hashWords(view: DataView, start: number, end: number, seed: number): number {
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

/** As `sameBytes`, four bytes at a time. */
export function sameWords(a: DataView, aStart: number, aEnd: number, b: DataView, bStart: number, bEnd: number): boolean {
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

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of `data[start, end)`, which is valid UTF-8. */
export function decodeSlice(data: Uint8Array, start: number, end: number): string {
  return decoder.decode(data.subarray(start, end));
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
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
  private readonly buffers: Uint8Array[] = [];
  private readonly seed = hashSeed();
  private used = 0;

  get size(): number {
    return this.used;
  }

  /** The number of the value, or −1 when it was never added. */
  find(data: Uint8Array, start: number, end: number): number {
    return this.table[this.slot(data, start, end, hashBytes(data, start, end, this.seed))]! - 1;
  }

  /** The number of the value; a new one gets the next number. */
  add(data: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(data, start, end, this.seed);
    const slot = this.slot(data, start, end, hash);
    const found = this.table[slot]! - 1;
    if (found >= 0) return found;
    const index = this.used++;
    if (index === this.starts.length) this.growEntries();
    this.hashes[index] = hash;
    this.starts[index] = start;
    this.ends[index] = end;
    this.buffers.push(data);
    this.table[slot] = index + 1;
    if (this.used * 2 > this.table.length) this.growTable();
    return index;
  }

  addText(text: string): number {
    const bytes = encodeText(text);
    return this.add(bytes, 0, bytes.length);
  }

  findText(text: string): number {
    const bytes = encodeText(text);
    return this.find(bytes, 0, bytes.length);
  }

  text(index: number): string {
    const data = this.buffers[index];
    return data === undefined ? '' : decodeSlice(data, this.starts[index]!, this.ends[index]!);
  }

  private slot(data: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.table.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = this.table[slot]! - 1;
      if (entry < 0) return slot;
      if (
        this.hashes[entry] === hash &&
        sameBytes(this.buffers[entry]!, this.starts[entry]!, this.ends[entry]!, data, start, end)
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
