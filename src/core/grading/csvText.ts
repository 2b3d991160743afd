/** A CSV file as the person wrote it, for repairs that leave everything else as it is. */

export interface CsvRecord {
  /** As written, quotes included. */
  readonly fields: readonly string[];
  /** 1-based line on which the record starts. */
  readonly line: number;
  /** `\n`, `\r\n`, `\r`, or empty at the end of the file. */
  readonly end: string;
}

const special = /[",\r\n]/;

/**
 * Splits a text into records at line ends outside of quotes, and these at the separator. Blank lines
 * are records with one blank field. A quote that is never closed ends with the file.
 * @param text without a byte-order mark
 */
export function csvRecords(text: string, separator = ','): CsvRecord[] {
  const records: CsvRecord[] = [];
  let [line, p] = [1, 0];
  while (p < text.length) {
    const fields: string[] = [];
    const from = p;
    for (;;) {
      const end = fieldEnd(text, p, separator);
      fields.push(text.slice(p, end));
      p = end;
      if (text[p] !== separator) break;
      p++;
    }
    const end = lineEnd(text, p);
    p += end.length;
    records.push({ fields, line, end });
    line += text.slice(from, p).match(/\r\n|\r|\n/g)?.length ?? 0;
  }
  return records;
}

/** Where the field that begins at `p` ends: at a separator, a line end or the end of the text. */
function fieldEnd(text: string, p: number, separator: string): number {
  if (text[p] === '"') {
    p++;
    while (p < text.length && (text[p] !== '"' || text[p + 1] === '"')) p += text[p] === '"' ? 2 : 1;
    p++;
  }
  while (p < text.length && text[p] !== separator && text[p] !== '\n' && text[p] !== '\r') p++;
  return Math.min(p, text.length);
}

function lineEnd(text: string, p: number): string {
  const [first = ''] = text.slice(p, p + 1);
  return first === '\r' && text[p + 1] === '\n' ? '\r\n' : first;
}

/** What a field says: without its quotes. */
export function fieldValue(field: string): string {
  return field.length > 1 && field.startsWith('"') && field.endsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
}

/** A value as a field: in quotes where it needs them. */
export function fieldOf(value: string): string {
  return special.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

export function csvText(records: readonly CsvRecord[]): string {
  return records.map((record) => record.fields.join(',') + record.end).join('');
}

export function isBlank(record: CsvRecord): boolean {
  return record.fields.length === 1 && (record.fields[0] ?? '').trim() === '';
}
