import { decodeSlice, grownBytes, viewOf } from './bytes';
import type { ProblemList } from './problems';

/** Start of a cell that its record does not have; such a cell is skipped by all later checks. */
export const absent = 0xffffffff;

/** Columns of a header; more are no submission, and each would cost a name. */
const maxColumns = 100_000;

const comma = 44;
const quote = 34;
const lf = 10;
const cr = 13;

/** Which fields of a record are kept, and where. */
export interface Layout {
  /** Names of the kept columns; one that occurs twice in the header is not kept. */
  readonly kept: readonly string[];
  /** Field of a record → where its start is written among the record's cells, or −1. */
  readonly slots: Int32Array;
  /** Integers for the kept cells of one record: start and end of each. */
  readonly stride: number;
}

/** The layout that keeps the wanted names of a header. */
export function layoutOf(header: readonly string[], wanted: Iterable<string>): Layout {
  const kept = [...new Set(wanted)].filter((name) => header.indexOf(name) >= 0 && header.indexOf(name) === header.lastIndexOf(name));
  const slots = new Int32Array(header.length).fill(-1);
  kept.forEach((name, slot) => (slots[header.indexOf(name)] = slot * 2));
  return { kept, slots, stride: kept.length * 2 };
}

/**
 * Reads the records of a CSV text one after the other, as offsets of their cells. Rules: UTF-8 with
 * an optional byte-order mark; commas; LF, CRLF or CR; fields in double quotes may hold commas, line
 * ends and doubled quotes; blank lines are skipped; fields are not trimmed.
 */
export class Scanner {
  private p: number;
  private readonly n: number;
  private readonly view: DataView;
  private unescaped: Uint8Array = new Uint8Array(0);
  private unescapedLength = 0;
  /** True when a quote was never closed, so that rows may be hidden inside a field. */
  swallowed = false;

  // The field that was read last.
  private start = 0;
  private end = 0;
  private escapes = false;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly problems: ProblemList,
    /** False at the file's beginning, where a byte-order mark may stand. */
    inside = false,
  ) {
    this.n = bytes.length;
    this.view = viewOf(bytes);
    this.p = !inside && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  }

  /** The names of the header, or null when there is no usable one or the file is not text. */
  readHeader(): string[] | null {
    this.skipBlankLines();
    if (this.p >= this.n) {
      this.problems.add('empty_file', {});
      return null;
    }
    const recordStart = this.p;
    const header: string[] = [];
    do {
      if (!this.readField(recordStart)) return null;
      header.push(this.fieldText());
      if (header.length > maxColumns) {
        this.problems.add('not_text', { message: `The header has more than ${maxColumns.toLocaleString('en-US')} columns.`, fix: 'Write the columns of the sample submission.' });
        return null;
      }
    } while (this.takeComma());
    // The rest of the file hides in a field that was never closed: nothing more can be said.
    if (this.swallowed) return null;
    this.takeLineEnd();
    if (header.length === 1 && this.reportSeparator(header[0]!, recordStart)) return null;
    const seen = new Set<string>();
    for (const name of header) {
      if (seen.has(name)) this.problems.add('duplicate_column', { column: name, offset: recordStart, example: name });
      seen.add(name);
    }
    return header;
  }

  /** Whether a record begins at the position, which blank lines never do. */
  get more(): boolean {
    return this.p < this.n;
  }

  /** Byte offset of the next record. */
  get position(): number {
    return this.p;
  }

  /**
   * Reads one record and moves to the next. A record with another number of fields than the header
   * is reported and lacks cells.
   *
   * @param cells receives start and end of each kept field, from `base` on
   * @returns false when the file is not text
   */
  readRecord({ slots }: Layout, cells: Uint32Array, base: number): boolean {
    const { bytes, view, n } = this;
    const recordStart = this.p;
    const width = slots.length;
    let field = 0;
    let p = recordStart;
    for (;;) {
      const slot = field < width ? slots[field]! : -1;
      let start = p;
      let end: number;
      if (p < n && bytes[p] === quote) {
        this.p = p;
        this.escapes = false;
        if (!this.readQuoted(recordStart)) return false;
        p = this.p;
        if (slot >= 0 && this.escapes) this.unescape();
        ({ start, end } = this);
      } else {
        p = plainFieldEnd(bytes, view, p);
        if (p < 0) return this.notText(recordStart);
        end = p;
      }
      if (slot >= 0) {
        cells[base + slot] = start;
        cells[base + slot + 1] = end;
      }
      field++;
      if (p === n || bytes[p] !== comma) break;
      p++;
    }
    this.p = p;
    if (field !== width) this.reportFields(recordStart, slots, field, cells, base);
    this.takeLineEnd();
    if (this.p < n && bytes[this.p]! <= 32) this.skipBlankLines();
    return true;
  }

  private reportFields(recordStart: number, slots: Int32Array, fields: number, cells: Uint32Array, base: number): void {
    this.problems.add('bad_row', {
      offset: recordStart,
      example: decodeLossy(this.bytes, recordStart, Math.min(this.p, recordStart + 200)),
    });
    for (let field = fields; field < slots.length; field++) if (slots[field]! >= 0) cells[base + slots[field]!] = absent;
  }

  /** True when a kept cell lies behind the file's end, where doubled quotes were made single. */
  get unescapes(): boolean {
    return this.unescapedLength > 0;
  }

  /** The file, followed by the unescaped text of kept cells that hold doubled quotes. */
  data(): Uint8Array {
    if (!this.unescapes) return this.bytes;
    const data = new Uint8Array(this.n + this.unescapedLength);
    data.set(this.bytes);
    data.set(this.unescaped.subarray(0, this.unescapedLength), this.n);
    return data;
  }

  /** Rows expected in the rest of the file, from the length of the first ones. */
  estimateRows(): number {
    const { bytes, p, n } = this;
    const sample = Math.min(n, p + 65536);
    let ends = 0;
    for (let i = p; i < sample; i++) {
      const c = bytes[i];
      if (c === lf || (c === cr && bytes[i + 1] !== lf)) ends++;
    }
    if (sample === n) return ends + 1;
    return Math.ceil(((n - p) / (sample - p)) * Math.max(1, ends) * 1.02) + 16;
  }

  /** Moves over lines that are empty or hold only spaces and tabs. */
  skipBlankLines(): void {
    const { bytes, n } = this;
    for (;;) {
      let q = this.p;
      while (q < n && (bytes[q] === 32 || bytes[q] === 9)) q++;
      if (q >= n) {
        this.p = n;
        return;
      }
      const c = bytes[q];
      if (c !== lf && c !== cr) return;
      this.p = c === cr && bytes[q + 1] === lf ? q + 2 : q + 1;
    }
  }

  private takeComma(): boolean {
    if (this.bytes[this.p] !== comma) return false;
    this.p++;
    return true;
  }

  private takeLineEnd(): void {
    const c = this.bytes[this.p];
    if (c === lf) this.p++;
    else if (c === cr) this.p += this.bytes[this.p + 1] === lf ? 2 : 1;
  }

  /**
   * Reads the field at the position into `start`, `end` and `escapes`, and stops at its comma,
   * line end or the end of the file. False when the file is not text.
   */
  private readField(recordStart: number): boolean {
    this.escapes = false;
    if (this.bytes[this.p] === quote) return this.readQuoted(recordStart);
    this.start = this.p;
    if (!this.skipToFieldEnd(recordStart)) return false;
    this.end = this.p;
    return true;
  }

  private skipToFieldEnd(recordStart: number): boolean {
    const p = plainFieldEnd(this.bytes, this.view, this.p);
    if (p < 0) return this.notText(recordStart);
    this.p = p;
    return true;
  }

  private readQuoted(recordStart: number): boolean {
    const { bytes, n } = this;
    let p = this.p + 1;
    this.start = p;
    for (;;) {
      if (p >= n) {
        this.problems.add('bad_quoting', {
          offset: recordStart,
          example: decodeLossy(bytes, this.start - 1, Math.min(n, this.start + 160)),
        });
        this.swallowed = true;
        this.end = n;
        this.p = n;
        return true;
      }
      const c = bytes[p]!;
      if (c === quote) {
        if (bytes[p + 1] !== quote) break;
        this.escapes = true;
        p += 2;
      } else if (c === 0 || c >= 128) {
        const length = c === 0 ? 0 : utf8Length(bytes, p);
        if (length === 0) return this.notText(recordStart);
        p += length;
      } else p++;
    }
    this.end = p;
    this.p = p + 1;
    const next = bytes[this.p];
    if (next === undefined || next === comma || next === lf || next === cr) return true;
    const from = this.start - 1;
    const ok = this.skipToFieldEnd(recordStart);
    this.problems.add('bad_quoting', { offset: recordStart, example: decodeLossy(bytes, from, Math.min(this.p, from + 160)) });
    return ok;
  }

  private notText(recordStart: number): false {
    this.problems.add('not_text', { offset: recordStart });
    return false;
  }

  /** Copies the field with its doubled quotes made single behind the file's end. */
  private unescape(): void {
    const { bytes, start, end } = this;
    const needed = this.unescapedLength + end - start;
    if (needed > this.unescaped.length) this.unescaped = grownBytes(this.unescaped, Math.max(4096, needed * 2));
    const from = this.unescapedLength;
    let length = from;
    for (let p = start; p < end; p++) {
      const c = bytes[p]!;
      this.unescaped[length++] = c;
      if (c === quote) p++;
    }
    this.unescapedLength = length;
    this.start = this.n + from;
    this.end = this.n + length;
  }

  private fieldText(): string {
    const text = decodeSlice(this.bytes, this.start, this.end);
    return this.escapes ? text.replaceAll('""', '"') : text;
  }

  private reportSeparator(only: string, offset: number): boolean {
    const found = [';', '\t', '|'].find((separator) => only.includes(separator));
    if (found === undefined) return false;
    const shown = found === '\t' ? 'a tab' : `"${found}"`;
    this.problems.add('wrong_separator', {
      offset,
      example: only,
      message: `The columns are separated by ${shown}, not by a comma.`,
      fix: 'Write the file with commas; in pandas: df.to_csv("submission.csv", index=False).',
    });
    return true;
  }
}

/**
 * Where the unquoted field that holds `p` ends: the next comma, line end or the end of the file;
 * −1 when a character before it is no text.
 */
function plainFieldEnd(bytes: Uint8Array, view: DataView, from: number): number {
  const n = bytes.length;
  const last = n - 4;
  let p = from;
  for (;;) {
    // Four bytes at a time: the lowest high bit marks the first one that is not above a comma or not ASCII.
    // (A borrow reaches higher bytes only.)
    while (p <= last) {
      const word = view.getInt32(p, true);
      const marks = ((word - 0x2d2d2d2d) | word) & 0x80808080;
      if (marks !== 0) {
        p += (31 - Math.clz32(marks & -marks)) >> 3;
        break;
      }
      p += 4;
    }
    if (p >= n) return n;
    const c = bytes[p]!;
    if (c === comma || c === lf || c === cr) return p;
    if (c === 0 || c >= 128) {
      const length = c === 0 ? 0 : utf8Length(bytes, p);
      if (length === 0) return -1;
      p += length;
    } else p++;
  }
}

/**
 * Length of the UTF-8 sequence at `p`, 0 when it is not well formed (Unicode 15, table 3-7:
 * no overlong forms, no surrogates, nothing above U+10FFFF).
 */
function utf8Length(bytes: Uint8Array, p: number): number {
  const a = bytes[p]!;
  const b = bytes[p + 1] ?? 0;
  if (a < 0xc2 || a > 0xf4) return 0;
  if (a <= 0xdf) return isTail(b) ? 2 : 0;
  if (a <= 0xef) return validSecondOf3(a, b) && isTail(bytes[p + 2] ?? 0) ? 3 : 0;
  return validSecondOf4(a, b) && isTail(bytes[p + 2] ?? 0) && isTail(bytes[p + 3] ?? 0) ? 4 : 0;
}

const validSecondOf3 = (a: number, b: number): boolean => b >= (a === 0xe0 ? 0xa0 : 0x80) && b <= (a === 0xed ? 0x9f : 0xbf);
const validSecondOf4 = (a: number, b: number): boolean => b >= (a === 0xf0 ? 0x90 : 0x80) && b <= (a === 0xf4 ? 0x8f : 0xbf);
const isTail = (byte: number): boolean => (byte & 0xc0) === 0x80;

const lossyDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text for an example; a character that the cut splits is dropped. */
export function decodeLossy(bytes: Uint8Array, start: number, end: number): string {
  return lossyDecoder.decode(bytes.subarray(start, end)).replace(/\uFFFD+$/, '');
}
