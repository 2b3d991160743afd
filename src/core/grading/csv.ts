import { decodeSlice, viewOf } from './bytes';
import { Scanner, absent, decodeLossy, layoutOf, type Layout } from './csvScanner';
import { ProblemList } from './problems';

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
  /** The same bytes as `data`, for reading several at once. */
  readonly view: DataView;

  constructor(
    readonly name: string,
    readonly data: Uint8Array,
    private readonly cells: Uint32Array,
    private readonly stride: number,
    private readonly offset: number,
  ) {
    this.view = viewOf(data);
  }

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

/** A column of a file that was read without keeping its cells. */
export class ColumnWithoutCells extends Column {
  constructor(
    name: string,
    private readonly asked: () => never,
  ) {
    super(name, new Uint8Array(0), new Uint32Array(0), 0, 0);
  }

  override start(): never {
    return this.asked();
  }

  override end(): never {
    return this.asked();
  }
}

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
  scanner.skipBlankLines();
  return readRows(scanner, header, layoutOf(header, choose(header)), problems);
}

function readRows(scanner: Scanner, header: readonly string[], layout: Layout, problems: ProblemList): CsvTable | null {
  const { stride } = layout;
  let capacity = scanner.estimateRows();
  let cells: Uint32Array = new Uint32Array(capacity * stride);
  let recordStarts: Uint32Array = new Uint32Array(capacity);
  let rows = 0;
  while (scanner.more) {
    if (rows === capacity) {
      capacity = Math.ceil(capacity * 1.5) + 16;
      cells = grown(cells, capacity * stride);
      recordStarts = grown(recordStarts, capacity);
    }
    recordStarts[rows] = scanner.position;
    if (!scanner.readRecord(layout, cells, rows * stride)) return null;
    rows++;
  }
  if (rows === 0) problems.add('no_rows', {});
  const { swallowed } = scanner;
  const data = scanner.data();
  return { data, header, rows, columns: columnsOver(layout, data, cells), recordStarts, swallowed };
}

function columnsOver({ kept, stride }: Layout, data: Uint8Array, cells: Uint32Array): ReadonlyMap<string, Column> {
  return new Map(kept.map((name, slot) => [name, new Column(name, data, cells, stride, slot * 2)]));
}

function grown(array: Uint32Array, length: number): Uint32Array {
  const next = new Uint32Array(length);
  next.set(array);
  return next;
}

/** A file that is read either in parts, for one pass over it, or as a whole. */
export interface CsvFile {
  /** Length in bytes. */
  readonly size: number;
  /** The parts in order, each ending with a line feed but the last; each is valid until the next is asked for. */
  parts(): Iterable<Uint8Array>;
  whole(): Uint8Array;
}

/** A file in memory. */
export const inMemory = (bytes: Uint8Array): CsvFile => ({ size: bytes.length, parts: () => [bytes], whole: () => bytes });

/** The names of a file's header; null when there is no usable one. */
export function headerOf(file: CsvFile): string[] | null {
  for (const part of file.parts()) return new Scanner(part, new ProblemList()).readHeader();
  return null;
}

/**
 * Reads the records of a CSV file a few at a time, for one pass without an array of all cells.
 *
 * @param choose the names of the columns to keep, given the header and about how many rows follow
 * @param size   rows of a batch
 * @param visit  receives the kept columns, which are valid during the call, and the number of their
 *   rows, at most `size`; false ends the reading
 * @returns false when the file cannot be read in this way or was not read to its end; what is wrong
 *   with it is in `problems` or found when it is read as a whole
 */
export function readBatches(
  file: CsvFile, choose: (header: readonly string[], rows: number) => Iterable<string>, size: number,
  visit: (columns: ReadonlyMap<string, Column>, rows: number) => boolean, problems: ProblemList,
): boolean {
  let layout: Layout | null = null;
  let cells = new Uint32Array(0);
  for (const bytes of file.parts()) {
    if (bytes.length >= absent) return false;
    const scanner: Scanner = new Scanner(bytes, problems, layout !== null);
    if (layout === null) {
      const header = scanner.readHeader();
      if (header === null) return false;
      layout = layoutOf(header, choose(header, Math.ceil((scanner.estimateRows() * file.size) / bytes.length)));
      cells = new Uint32Array(size * layout.stride);
    }
    scanner.skipBlankLines();
    const columns = columnsOver(layout, bytes, cells);
    while (scanner.more) {
      let rows = 0;
      while (rows < size && scanner.more) if (!scanner.readRecord(layout, cells, rows++ * layout.stride)) return false;
      if (problems.size > 0 || scanner.unescapes || !visit(columns, rows)) return false;
    }
  }
  return layout !== null && problems.size === 0;
}
