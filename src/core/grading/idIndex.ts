import { hashSeed, hashBytes, mixed, sameBytes } from './bytes';
import type { Column } from './csv';
import { absent } from './csvScanner';

/**
 * Hash tables over the ids of a table: open addressing, four integers to a slot so that all of a slot
 * is in one line of the processor's cache. Rows come in random order, so nearly every access misses
 * the cache; therefore ids are taken in batches, whose slots are touched in a loop without
 * dependencies before they are compared: there the misses overlap.
 */
export interface IdIndex {
  /**
   * Adds the rows [from, to) of the indexed table, at most `batch` of them.
   * @param earlier receives for each the earlier row with the same id, or −1
   */
  add(from: number, to: number, earlier: Int32Array): void;

  /**
   * Looks up the ids of the rows [from, to) in other columns, at most `batch` of them.
   * @param found receives the indexed rows, or −1 where there is none
   */
  lookUp(columns: readonly Column[], from: number, to: number, found: Int32Array): void;
}

/** Rows that are added or looked up together. */
export const batch = 512;

/** An index for the ids of `rows` rows. */
export function indexFor(columns: readonly Column[], rows: number): IdIndex {
  return columns.length === 1 && longest(columns[0]!, rows) <= shortBytes ? new ShortIdIndex(columns[0]!, rows) : new LongIdIndex(columns, rows);
}

function longest(column: Column, rows: number): number {
  let length = 0;
  for (let row = 0; row < rows; row++) length = Math.max(length, column.end(row) - column.start(row));
  return length;
}

/** Slots of a table for `rows` entries. */
function sizeFor(rows: number): number {
  let size = 16;
  while (size < rows * 1.3) size *= 2;
  return size;
}

/** Length of an id that fits into a slot, in bytes. */
const shortBytes = 12;

/** Ids of one column that are kept in the table itself: no other memory is touched to compare them. */
class ShortIdIndex implements IdIndex {
  private readonly mask: number;
  /** In each slot the bytes of the id, filled up with zeros, which no text holds; then row + 1 (0: the slot is free). */
  private readonly table: Int32Array;
  private readonly seed = hashSeed();
  private readonly words = new Int32Array(3 * batch);
  /** Where the search begins. */
  private readonly slots = new Int32Array(batch);
  /** Keeps the touching from being optimised away. */
  touched = 0;

  constructor(
    private readonly column: Column,
    rows: number,
  ) {
    const size = sizeFor(rows);
    this.mask = size - 1;
    this.table = new Int32Array(size * 4);
  }

  add(from: number, to: number, earlier: Int32Array): void {
    const { table, words, column } = this;
    this.prepare(column, from, to);
    for (let row = from; row < to; row++) {
      earlier[row - from] = -1;
      if (column.start(row) === absent) continue;
      const slot = this.find(row - from);
      if (table[slot + 3] !== 0) earlier[row - from] = table[slot + 3]! - 1;
      else {
        const w = 3 * (row - from);
        table[slot] = words[w]!;
        table[slot + 1] = words[w + 1]!;
        table[slot + 2] = words[w + 2]!;
        table[slot + 3] = row + 1;
      }
    }
  }

  lookUp([column]: readonly Column[], from: number, to: number, found: Int32Array): void {
    const { table } = this;
    this.prepare(column!, from, to);
    for (let i = 0; i < to - from; i++) found[i] = table[this.find(i) + 3]! - 1;
  }

  private prepare(column: Column, from: number, to: number): void {
    const { table, mask, words, slots, seed } = this;
    const { view } = column;
    for (let row = from; row < to; row++) {
      const start = column.start(row);
      const end = column.end(row);
      // A longer id stands as zeros and a one, which is no text, so that it is not found.
      const fits = end - start <= shortBytes;
      const a = fits ? wordAt(view, start, end) : 0;
      const b = fits ? wordAt(view, start + 4, end) : 1;
      const c = fits ? wordAt(view, start + 8, end) : 0;
      const w = 3 * (row - from);
      words[w] = a;
      words[w + 1] = b;
      words[w + 2] = c;
      let h = Math.imul(seed ^ a, 0x9e3779b1);
      h = Math.imul(h ^ (h >>> 15) ^ b, 0x9e3779b1);
      h = Math.imul(h ^ (h >>> 15) ^ c, 0x9e3779b1);
      slots[row - from] = (mixed(h) & mask) * 4;
    }
    let touched = 0;
    for (let i = 0; i < to - from; i++) touched ^= table[slots[i]!]!;
    this.touched = touched;
  }

  /** The slot of a prepared id, or the free one where it belongs. */
  private find(i: number): number {
    const { table, words } = this;
    const wrap = this.mask * 4;
    const a = words[3 * i]!;
    const b = words[3 * i + 1]!;
    const c = words[3 * i + 2]!;
    let slot = this.slots[i]!;
    while (table[slot + 3] !== 0 && (table[slot] !== a || table[slot + 1] !== b || table[slot + 2] !== c)) slot = (slot + 4) & wrap;
    return slot;
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

/**
 * Ids of any length, of one or several columns. The hash only finds candidates: equality is decided
 * on the bytes of every id column, so that tuples are never joined and nothing is parsed or trimmed.
 */
class LongIdIndex implements IdIndex {
  private readonly mask: number;
  /** In each slot: hash, row + 1 (0: the slot is free), and where the row's first id cell starts and ends. */
  private readonly table: Uint32Array;
  private readonly seed = hashSeed();
  private readonly view: DataView;
  private readonly hashes = new Uint32Array(batch);
  /** Keeps the touching from being optimised away. */
  touched = 0;

  constructor(
    private readonly columns: readonly Column[],
    rows: number,
  ) {
    const size = sizeFor(rows);
    this.mask = size - 1;
    this.table = new Uint32Array(size * 4);
    this.view = columns[0]!.view;
  }

  add(from: number, to: number, earlier: Int32Array): void {
    const { table, hashes, columns } = this;
    this.prepare(columns, from, to);
    for (let row = from; row < to; row++) {
      earlier[row - from] = -1;
      if (columns.some((column) => column.start(row) === absent)) continue;
      const hash = hashes[row - from]!;
      const slot = this.find(hash, columns, row);
      if (table[slot + 1] !== 0) earlier[row - from] = table[slot + 1]! - 1;
      else {
        table[slot] = hash;
        table[slot + 1] = row + 1;
        table[slot + 2] = columns[0]!.start(row);
        table[slot + 3] = columns[0]!.end(row);
      }
    }
  }

  lookUp(columns: readonly Column[], from: number, to: number, found: Int32Array): void {
    const { table, hashes } = this;
    this.prepare(columns, from, to);
    for (let row = from; row < to; row++) found[row - from] = table[this.find(hashes[row - from]!, columns, row) + 1]! - 1;
  }

  private prepare(columns: readonly Column[], from: number, to: number): void {
    const { table, mask, hashes, view } = this;
    if (columns.length === 1) hashCells(columns[0]!, from, to, this.seed, hashes);
    else for (let row = from; row < to; row++) hashes[row - from] = hashId(columns, row, this.seed);
    const count = to - from;
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= table[(hashes[i]! & mask) * 4]!;
    for (let i = 0; i < count; i++) {
      const start = table[(hashes[i]! & mask) * 4 + 2]!;
      if (start < view.byteLength) touched ^= view.getUint8(start);
    }
    this.touched = touched;
  }

  /** The slot of the id, or the free one where it belongs. */
  private find(hash: number, columns: readonly Column[], row: number): number {
    const { table, view } = this;
    const wrap = this.mask * 4 + 3;
    const other = columns[0]!;
    const start = other.start(row);
    const end = other.end(row);
    let slot = (hash & this.mask) * 4;
    for (;;) {
      const entry = table[slot + 1]!;
      if (entry === 0) return slot;
      if (
        table[slot] === hash &&
        sameBytes(view, table[slot + 2]!, table[slot + 3]!, other.view, start, end) &&
        (columns.length === 1 || this.sameRest(entry - 1, columns, row))
      ) {
        return slot;
      }
      slot = (slot + 4) & wrap;
    }
  }

  /** Whether the id columns behind the first one agree. */
  private sameRest(row: number, columns: readonly Column[], other: number): boolean {
    for (let k = 1; k < columns.length; k++) {
      const a = this.columns[k]!;
      const b = columns[k]!;
      if (!sameBytes(a.view, a.start(row), a.end(row), b.view, b.start(other), b.end(other))) return false;
    }
    return true;
  }
}

function hashCells(column: Column, from: number, to: number, seed: number, hashes: Uint32Array): void {
  const { view } = column;
  for (let row = from; row < to; row++) hashes[row - from] = hashBytes(view, column.start(row), column.end(row), seed);
}

function hashId(columns: readonly Column[], row: number, seed: number): number {
  let hash = seed;
  for (let k = 0; k < columns.length; k++) {
    const column = columns[k]!;
    hash = hashBytes(column.view, column.start(row), column.end(row), hash);
  }
  return hash >>> 0;
}
