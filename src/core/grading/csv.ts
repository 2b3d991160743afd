import { decodeSlice } from './bytes';
import type { ProblemList } from './problems';

/** Start of a cell that its record does not have; such a cell is skipped by all later checks. */
export const absent = 0xffffffff;

/**
 * The wanted columns of a CSV file as byte slices. Nothing is decoded: a cell of row r is
 * `data[start, end)` with start at `cells[r * stride + 2 * slot]` and end beside it.
 */
export interface CsvTable {
  /** The file, followed by the unescaped text of kept cells that hold doubled quotes. */
  readonly data: Uint8Array;
  readonly header: readonly string[];
  readonly rows: number;
  /** The kept columns, by name; a name that occurs twice in the header is not kept. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Byte offset where each record starts. */
  readonly recordStarts: Uint32Array;
  /** True when a quote was never closed, so that rows may be hidden inside a field. */
  readonly swallowed: boolean;
}

/** More than the 40 characters that an example shows; a cell may be as long as the file. */
const maxExampleBytes = 400;

/** One kept column. */
export class Column {
  constructor(
    readonly name: string,
    readonly data: Uint8Array,
    private readonly cells: Uint32Array,
    private readonly stride: number,
    private readonly offset: number,
  ) {}

  start(row: number): number {
    return this.cells[row * this.stride + this.offset]!;
  }

  end(row: number): number {
    return this.cells[row * this.stride + this.offset + 1]!;
  }

  /** The beginning of the cell's text, long enough for an example. */
  beginning(row: number): string {
    const start = this.start(row);
    return start === absent ? '' : decodeLossy(this.data, start, Math.min(this.end(row), start + maxExampleBytes));
  }

  /** The cell's text; empty for a cell that is absent. */
  text(row: number): string {
    const start = this.start(row);
    return start === absent ? '' : decodeSlice(this.data, start, this.end(row));
  }
}

const comma = 44;
const quote = 34;
const lf = 10;
const cr = 13;

/**
 * Reads a CSV file. Rules: UTF-8 with an optional byte-order mark; commas; LF, CRLF or CR; fields
 * in double quotes may hold commas, line ends and doubled quotes; blank lines are skipped; the
 * first record is the header; fields are not trimmed.
 *
 * @param bytes    the unpacked file
 * @param choose   the names of the columns to keep, given the header
 * @param problems receives every problem found; reading goes on after a bad row
 * @returns null when there is no usable header or the file is not text
 */
export function readCsv(
  bytes: Uint8Array,
  choose: (header: readonly string[]) => Iterable<string>,
  problems: ProblemList,
): CsvTable | null {
  if (bytes.length >= absent) {
    problems.add('not_text', { message: 'The file is larger than 4 GiB.', fix: 'Write fewer digits or split the data.' });
    return null;
  }
  const scanner = new Scanner(bytes, problems);
  const header = scanner.readHeader();
  if (header === null) return null;
  return scanner.readRows(header, choose(header));
}

class Scanner {
  private p: number;
  private readonly n: number;
  private unescaped: Uint8Array = new Uint8Array(0);
  private unescapedLength = 0;
  private swallowed = false;

  // The field that was read last.
  private start = 0;
  private end = 0;
  private escapes = false;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly problems: ProblemList,
  ) {
    this.n = bytes.length;
    this.p = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  }

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

  readRows(header: readonly string[], wanted: Iterable<string>): CsvTable | null {
    const { bytes, n, problems } = this;
    const kept = [...new Set(wanted)].filter((name) => header.indexOf(name) >= 0 && header.indexOf(name) === header.lastIndexOf(name));
    const width = header.length;
    const slots = new Int32Array(width).fill(-1);
    kept.forEach((name, slot) => (slots[header.indexOf(name)] = slot * 2));
    const stride = kept.length * 2;

    let capacity = this.estimateRows();
    let cells = new Uint32Array(capacity * stride);
    let recordStarts = new Uint32Array(capacity);
    let rows = 0;
    this.skipBlankLines();
    while (this.p < n) {
      const recordStart = this.p;
      if (rows === capacity) {
        capacity = Math.ceil(capacity * 1.5) + 16;
        cells = grown(cells, capacity * stride);
        recordStarts = grown(recordStarts, capacity);
      }
      recordStarts[rows] = recordStart;
      const base = rows * stride;
      let field = 0;
      do {
        if (!this.readField(recordStart)) return null;
        const slot = field < width ? slots[field]! : -1;
        if (slot >= 0) {
          if (this.escapes) this.unescape();
          cells[base + slot] = this.start;
          cells[base + slot + 1] = this.end;
        }
        field++;
      } while (this.takeComma());
      if (field !== width) {
        problems.add('bad_row', {
          offset: recordStart,
          example: decodeLossy(bytes, recordStart, Math.min(this.p, recordStart + 200)),
        });
        for (; field < width; field++) {
          const slot = slots[field]!;
          if (slot >= 0) cells[base + slot] = absent;
        }
      }
      rows++;
      this.takeLineEnd();
      const c = bytes[this.p];
      if (c !== undefined && c <= 32) this.skipBlankLines();
    }
    if (rows === 0) problems.add('no_rows', {});
    return this.table(header, kept, cells, stride, recordStarts, rows);
  }

  private table(
    header: readonly string[], kept: readonly string[],
    cells: Uint32Array, stride: number, recordStarts: Uint32Array, rows: number,
  ): CsvTable {
    let data = this.bytes;
    if (this.unescapedLength > 0) {
      data = new Uint8Array(this.n + this.unescapedLength);
      data.set(this.bytes);
      data.set(this.unescaped.subarray(0, this.unescapedLength), this.n);
    }
    const columns = new Map(kept.map((name, slot) => [name, new Column(name, data, cells, stride, slot * 2)]));
    return { data, header, rows, columns, recordStarts, swallowed: this.swallowed };
  }

  /** Rows expected in the rest of the file, from the length of the first ones. */
  private estimateRows(): number {
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
  private skipBlankLines(): void {
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
    const { bytes, n } = this;
    let p = this.p;
    while (p < n) {
      const c = bytes[p]!;
      if (c > comma && c < 128) p++;
      else if (c === comma || c === lf || c === cr) break;
      else if (c === 0 || c >= 128) {
        const length = c === 0 ? 0 : utf8Length(bytes, p);
        if (length === 0) return this.notText(recordStart);
        p += length;
      } else p++;
    }
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
    if (needed > this.unescaped.length) this.unescaped = grown(this.unescaped, Math.max(4096, needed * 2));
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

function grown<T extends Uint32Array | Uint8Array>(array: T, length: number): T;
function grown(array: Uint32Array | Uint8Array, length: number): Uint32Array | Uint8Array {
  const next = array instanceof Uint8Array ? new Uint8Array(length) : new Uint32Array(length);
  next.set(array);
  return next;
}

const lossyDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text for an example; a character that the cut splits is dropped. */
function decodeLossy(bytes: Uint8Array, start: number, end: number): string {
  return lossyDecoder.decode(bytes.subarray(start, end)).replace(/\uFFFD+$/, '');
}
