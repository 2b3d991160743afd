import { copyBytes, grownBytes, hashSeed, mixed, sameBytes, viewOf } from './bytes';
import { long, nothing } from './ids';
import type { Ids } from './ids';

/** Ids that are added or looked up together. */
export const batch = 512;

/** A table is made twice as large when more than this part of it is used. */
const fullest = 0.77;

/**
 * A hash table over ids: open addressing, four integers to a slot so that all of a slot is in one line
 * of the processor's cache. Equality is decided on all bytes of an id.
 *
 * Ids come in random order, so nearly every access misses the cache; therefore they are taken in
 * batches, whose slots are touched in a loop without dependencies before they are compared: there the
 * misses overlap. Short ids lie in the table itself, so that no other memory is touched for them.
 */
export class IdIndex {
  /** In each slot the three integers of an id, then its number + 1: negative when it was taken, 0 when the slot is free. */
  private table: Int32Array;
  private mask: number;
  private used = 0;
  /** The bytes of longer ids, as in `Ids`. */
  private longBytes: Uint8Array = new Uint8Array(0);
  private longIds: DataView = viewOf(this.longBytes);
  private longLength = 0;
  /** Where the search for each id of a batch begins. */
  private readonly slots = new Int32Array(batch);

  /**
   * @param size ids expected; more only cost time
   * @param seed that of the ids; random, so that nobody can prepare ids that all fall into one chain
   */
  constructor(
    size: number,
    readonly seed: number = hashSeed(),
  ) {
    let slots = 16;
    while (slots * fullest < size) slots *= 2;
    // Filled from front to back: memory is mapped much faster in its order than where the ids happen to fall.
    this.table = new Int32Array(slots * 4).fill(0);
    this.mask = slots - 1;
  }

  /**
   * Adds the first `count` ids, at most `batch`, but those that their rows lack.
   *
   * @param number  what the first of them is called; the next ones count on
   * @param earlier receives for each the number of an earlier equal id, or −1
   * @returns whether all were new
   */
  add(ids: Ids, count: number, number: number, earlier: Int32Array): boolean {
    while (this.used + count > (this.mask + 1) * fullest) this.grow();
    this.touch(ids, 0, count);
    const { table } = this;
    const { words } = ids;
    let fresh = true;
    for (let i = 0; i < count; i++) {
      earlier[i] = -1;
      const c = words[3 * i + 2]!;
      if (c === nothing) continue;
      const slot = this.find(ids, i, this.slots[i]!);
      const there = table[slot + 3]!;
      if (there !== 0) {
        earlier[i] = there - 1;
        fresh = false;
        continue;
      }
      table[slot] = words[3 * i]!;
      table[slot + 1] = c === long ? this.keep(ids.longIds, words[3 * i + 1]!) : words[3 * i + 1]!;
      table[slot + 2] = c;
      table[slot + 3] = number + i + 1;
      this.used++;
    }
    return fresh;
  }

  /**
   * Looks up the first `count` ids, at most `batch`.
   * @param found receives the numbers of the added ids, or −1 where there is none
   */
  lookUp(ids: Ids, count: number, found: Int32Array): void {
    this.touch(ids, 0, count);
    const { table } = this;
    for (let i = 0; i < count; i++) found[i] = Math.abs(table[this.find(ids, i, this.slots[i]!) + 3]!) - 1;
  }

  /**
   * Looks up the ids [from, to), at most `batch` of them, and marks what is found as taken.
   *
   * @param found receives the numbers of the added ids
   * @returns whether all were known and not taken before; else `found` is of no use
   */
  take(ids: Ids, from: number, to: number, found: Int32Array): boolean {
    this.touch(ids, from, to);
    const { table } = this;
    let lowest = 0;
    for (let i = from; i < to; i++) {
      const place = this.find(ids, i, this.slots[i - from]!) + 3;
      const number = table[place]! - 1;
      table[place] = -1 - number;
      found[i - from] = number;
      lowest |= number;
    }
    return lowest >= 0;
  }

  private touch({ words }: Ids, from: number, to: number): void {
    const { table, slots } = this;
    for (let i = from; i < to; i++) slots[i - from] = this.home(words[3 * i]!, words[3 * i + 1]!, words[3 * i + 2]!);
    // A store, which nothing optimises away.
    for (let i = 0; i < to - from; i++) table[slots[i]! + 3]! |= 0;
  }

  /** Where the search for an id begins. */
  private home(a: number, b: number, c: number): number {
    if (c === long) return (a & this.mask) * 4;
    let h = Math.imul(this.seed ^ a, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15) ^ b, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15) ^ c, 0x9e3779b1);
    return (mixed(h) & this.mask) * 4;
  }

  /** The slot of an id, or the free one where it belongs. */
  private find({ words, longIds }: Ids, i: number, home: number): number {
    const { table } = this;
    const wrap = this.mask * 4;
    const a = words[3 * i]!;
    const b = words[3 * i + 1]!;
    const c = words[3 * i + 2]!;
    let slot = home;
    if (c === long) while (table[slot + 3] !== 0 && !this.sameLong(slot, a, longIds, b)) slot = (slot + 4) & wrap;
    else while (table[slot + 3] !== 0 && (table[slot] !== a || table[slot + 1] !== b || table[slot + 2] !== c)) slot = (slot + 4) & wrap;
    return slot;
  }

  private sameLong(slot: number, hash: number, other: DataView, otherPlace: number): boolean {
    const { table, longIds } = this;
    if (table[slot] !== hash || table[slot + 2] !== long) return false;
    const start = (table[slot + 1]! >>> 0) + 4;
    const otherStart = (otherPlace >>> 0) + 4;
    return sameBytes(longIds, start, start + longIds.getUint32(start - 4), other, otherStart, otherStart + other.getUint32(otherStart - 4));
  }

  /** Keeps a copy of a long id and returns its place. */
  private keep(other: DataView, otherPlace: number): number {
    const from = otherPlace >>> 0;
    const length = 4 + other.getUint32(from);
    const place = this.longLength;
    this.longLength += length;
    if (this.longLength > this.longBytes.length) {
      this.longBytes = grownBytes(this.longBytes, Math.max(65_536, 2 * this.longLength));
      this.longIds = viewOf(this.longBytes);
    }
    copyBytes(other, from, from + length, this.longIds, place);
    return place;
  }

  private grow(): void {
    const old = this.table;
    this.table = new Int32Array(old.length * 2).fill(0);
    this.mask = this.mask * 2 + 1;
    const wrap = this.mask * 4;
    for (let from = 0; from < old.length; from += 4) {
      if (old[from + 3] === 0) continue;
      let slot = this.home(old[from]!, old[from + 1]!, old[from + 2]!);
      while (this.table[slot + 3] !== 0) slot = (slot + 4) & wrap;
      for (let k = 0; k < 4; k++) this.table[slot + k] = old[from + k]!;
    }
  }
}
