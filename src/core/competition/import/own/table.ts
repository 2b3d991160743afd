import { encodeText } from '../../../grading/bytes';
import type { CsvTable } from '../../../grading/csv';
import { csvRecords, csvText, fieldOf, fieldValue, isBlank } from '../../../grading/csvText';
import { readWhole } from '../../../grading/writeCsv';

/** A person's table, with commas whatever separated its cells before. */
export type OwnTable =
  /** `separator` is what the file has; `table` is read from commas. */
  { readonly ok: true; readonly table: CsvTable; readonly separator: ',' | ';' | '\t' | '|' } | { readonly ok: false; readonly message: string };

const separators = [';', '\t', '|'] as const;

/** Reads a table that is separated by commas, semicolons, tabs or bars; the text of its cells is not touched. */
export function readOwnTable(bytes: Uint8Array): OwnTable {
  const found = separatorOf(bytes);
  if (found === ',') {
    const read = readWhole(bytes);
    return read.ok ? { ...read, separator: found } : read;
  }
  const text = new TextDecoder('utf-8').decode(bytes);
  const records = csvRecords(text, found).filter((record) => !isBlank(record));
  const read = readWhole(encodeText(csvText(records.map(({ fields, ...rest }) => ({ ...rest, fields: fields.map((field) => fieldOf(fieldValue(field))) })))));
  return read.ok ? { ...read, separator: found } : read;
}

const maxHeaderBytes = 1 << 16;

/** A header with another separator and without a comma, as the reader of submissions refuses it. */
function separatorOf(bytes: Uint8Array): ',' | (typeof separators)[number] {
  const start = new TextDecoder('utf-8').decode(bytes.subarray(0, maxHeaderBytes)).trimStart();
  const header = start.replace(/"(?:[^"]|"")*"/g, '').split(/\r\n|\r|\n/, 1)[0] ?? '';
  const counted = separators.map((separator) => ({ separator, count: header.split(separator).length - 1 })).sort((a, b) => b.count - a.count);
  const [most] = counted;
  return most && most.count > 0 && !header.includes(',') ? most.separator : ',';
}
