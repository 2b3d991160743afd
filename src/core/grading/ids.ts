import { copyBytes, grownBytes, hashBytes, viewOf } from './bytes';
import type { Column } from './csv';
import { absent } from './csvScanner';

/**
 * Ids as three integers each, so that most are compared without looking at a file: the bytes of a
 * short id, filled up with zeros, which no text holds; of a longer one the hash, the place of its
 * bytes in `longIds`, and `long`. Structured-clonable.
 */
export interface Ids {
  readonly words: Int32Array;
  /** The bytes of longer ids, each behind its length in 32 bits. */
  readonly longIds: DataView;
}

/** Length of an id that fits into three integers, in bytes. */
const shortBytes = 12;
/** Third integer of a longer id, and of one whose row lacks a cell of it: both hold the byte 0xff, which no id does. */
export const long = -1;
export const nothing = -2;
/** Follows each cell of an id of several columns; no UTF-8 text holds it. */
const separator = 0xfe;

/** Collects the ids of a file, each the cells of one or several columns. Nothing is parsed or trimmed. */
export class IdList implements Ids {
  words: Int32Array;
  longIds: DataView = viewOf(new Uint8Array(0));
  private longBytes: Uint8Array = new Uint8Array(0);
  private longLength = 0;
  private count = 0;

  /**
   * @param seed of the hashes: only ids of the same seed can be compared
   * @param rows expected; more only cost time
   */
  constructor(
    private readonly seed: number,
    rows: number,
  ) {
    this.words = new Int32Array(3 * rows);
  }

  clear(): void {
    this.count = 0;
    this.longLength = 0;
  }

  /** Adds the ids of the rows [from, to); false when one of them lacks a cell or has an empty one. */
  append(columns: readonly Column[], from: number, to: number): boolean {
    const needed = 3 * (this.count + to - from);
    if (needed > this.words.length) {
      const { words } = this;
      this.words = new Int32Array(2 * needed);
      this.words.set(words);
    }
    return columns.length === 1 ? this.appendCells(columns[0]!, from, to) : this.appendTuples(columns, from, to);
  }

  private appendCells(column: Column, from: number, to: number): boolean {
    const { view } = column;
    let complete = true;
    for (let row = from; row < to; row++) {
      const start = column.start(row);
      const end = column.end(row);
      if (start === absent || start === end) complete = false;
      if (start === absent) this.put(0, 0, nothing);
      else if (end - start <= shortBytes) this.putShort(view, start, end);
      else {
        this.reserve(end - start);
        copyBytes(view, start, end, this.longIds, this.longLength + 4);
        this.putLong(end - start);
      }
    }
    return complete;
  }

  private appendTuples(columns: readonly Column[], from: number, to: number): boolean {
    let complete = true;
    for (let row = from; row < to; row++) {
      let length = 0;
      let lacks = false;
      for (const column of columns) {
        const start = column.start(row);
        const end = column.end(row);
        lacks ||= start === absent;
        if (lacks || start === end) complete = false;
        if (lacks) continue;
        this.reserve(length + end - start + 1);
        const at = this.longLength + 4 + length;
        copyBytes(column.view, start, end, this.longIds, at);
        this.longIds.setUint8(at + end - start, separator);
        length += end - start + 1;
      }
      if (lacks) this.put(0, 0, nothing);
      else if (length <= shortBytes) this.putShort(this.longIds, this.longLength + 4, this.longLength + 4 + length);
      else this.putLong(length);
    }
    return complete;
  }

  private put(a: number, b: number, c: number): void {
    const { words } = this;
    const at = 3 * this.count++;
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
  }

  private putShort(view: DataView, start: number, end: number): void {
    this.put(wordAt(view, start, end), wordAt(view, start + 4, end), wordAt(view, start + 8, end));
  }

  /** Puts the id whose bytes lie behind the last long one. */
  private putLong(length: number): void {
    const place = this.longLength;
    this.longIds.setUint32(place, length);
    this.longLength += 4 + length;
    this.put(hashBytes(this.longIds, place + 4, this.longLength, this.seed), place, long);
  }

  /** Makes room for a long id. */
  private reserve(length: number): void {
    const needed = this.longLength + 4 + length;
    if (needed <= this.longBytes.length) return;
    this.longBytes = grownBytes(this.longBytes, Math.max(65_536, 2 * needed));
    this.longIds = viewOf(this.longBytes);
  }
}

/** The four bytes from `p` on, with zeros from `end` on. */
function wordAt(view: DataView, p: number, end: number): number {
  const left = end - p;
  if (left >= 4) return view.getInt32(p, true);
  let word = 0;
  for (let i = left - 1; i >= 0; i--) word = (word << 8) | view.getUint8(p + i);
  return word;
}
