import { encodeText } from './bytes';
import { readCsv, type Column, type CsvTable } from './csv';
import { absent } from './csvScanner';
import { ProblemList } from './problems';

/**
 * Writing of CSV files from cells that were read: rows chosen or reordered, columns dropped or
 * added. Cells stay bytes; a cell is quoted when it needs to be.
 */

const comma = 44;
const quote = 34;
const lf = 10;
const cr = 13;

/** A column to write: cells that were read, or new ones as text, by row of the table. */
export interface OutputColumn {
  readonly name: string;
  readonly cells: Column | ((row: number) => string);
}

/** All columns of a table that was read with every column kept. */
export function allColumns(table: CsvTable): OutputColumn[] {
  return table.header.flatMap((name) => {
    const cells = table.columns.get(name);
    return cells === undefined ? [] : [{ name, cells }];
  });
}

/** @param rows rows of the table to write, in this order */
export function writeCsv(columns: readonly OutputColumn[], rows: Iterable<number>): Uint8Array {
  const out = new ByteWriter();
  columns.forEach(({ name }, k) => out.text(name, k === 0));
  out.byte(lf);
  for (const row of rows) {
    columns.forEach(({ cells }, k) => {
      if (typeof cells === 'function') out.text(cells(row), k === 0);
      else if (cells.start(row) === absent) out.field(empty, 0, 0, k === 0);
      else out.field(cells.data, cells.start(row), cells.end(row), k === 0);
    });
    out.byte(lf);
  }
  return out.bytes();
}

const empty = new Uint8Array(0);

/** A CSV file with all its columns, or why it cannot be read: a sentence. */
export function readWhole(bytes: Uint8Array): { readonly ok: true; readonly table: CsvTable } | { readonly ok: false; readonly message: string } {
  const problems = new ProblemList();
  const table = readCsv(bytes, (header) => header, problems);
  if (table !== null && problems.size === 0) return { ok: true, table };
  return { ok: false, message: problems.toSubmissionProblems(() => bytes).map(({ message }) => message).join(' ') };
}

class ByteWriter {
  private buffer = new Uint8Array(1 << 16);
  private length = 0;

  text(value: string, first: boolean): void {
    const bytes = encodeText(value);
    this.field(bytes, 0, bytes.length, first);
  }

  field(data: Uint8Array, start: number, end: number, first: boolean): void {
    this.reserve(2 * (end - start) + 3);
    if (!first) this.buffer[this.length++] = comma;
    if (!needsQuotes(data, start, end, first)) {
      this.buffer.set(data.subarray(start, end), this.length);
      this.length += end - start;
      return;
    }
    this.buffer[this.length++] = quote;
    for (let p = start; p < end; p++) {
      if (data[p] === quote) this.buffer[this.length++] = quote;
      this.buffer[this.length++] = data[p]!;
    }
    this.buffer[this.length++] = quote;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * this.buffer.length, this.length + more));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}

/** Also for a blank first field, which alone on its line would be skipped as an empty line. */
function needsQuotes(data: Uint8Array, start: number, end: number, first: boolean): boolean {
  let blank = true;
  for (let p = start; p < end; p++) {
    const c = data[p]!;
    if (c === comma || c === quote || c === lf || c === cr) return true;
    if (c !== 32 && c !== 9) blank = false;
  }
  return first && blank;
}
