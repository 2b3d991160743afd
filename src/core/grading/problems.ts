import type { Problem, ProblemCode } from './result';

/** Number of examples that a problem shows and the length each is cut to. */
const maxExamples = 20;
const maxExampleLength = 40;
/** Different problems that are told, and the length of a column's name in them: both are the submission's to choose. */
const maxEntries = 200;
const maxNameLength = 200;

/** Where a problem was found and how it is told. */
export interface Finding {
  readonly column?: string;
  /** Byte offset of the record's start, for the line number. */
  readonly offset?: number;
  /** A submitted value or an id; never a value of the answers. */
  readonly example?: string;
  /** Cells or rows that this finding stands for, 1 by default. */
  readonly count?: number;
  /** Replaces the standard sentence and fix of the code. */
  readonly message?: string;
  readonly fix?: string;
}

interface Entry {
  code: ProblemCode;
  column: string | undefined;
  offset: number | undefined;
  count: number;
  examples: string[];
  message: string | undefined;
  fix: string | undefined;
}

/** Collects findings; equal code, column and wording become one problem with a count, and the first ones are told. */
export class ProblemList {
  private readonly entries = new Map<string, Entry>();

  get size(): number {
    return this.entries.size;
  }

  /** True while another example of this code and column would be kept; saves decoding cells. */
  wantsExample(code: ProblemCode, column?: string): boolean {
    const entry = this.entries.get(`${code}\n${column ?? ''}\n`);
    return entry === undefined || entry.examples.length < maxExamples;
  }

  add(code: ProblemCode, finding: Finding): void {
    const key = `${code}\n${finding.column ?? ''}\n${finding.message ?? ''}`;
    let entry = this.entries.get(key);
    if (entry === undefined) {
      if (this.entries.size === maxEntries) return;
      entry = {
        code,
        column: finding.column?.slice(0, maxNameLength),
        offset: undefined,
        count: 0,
        examples: [],
        message: finding.message,
        fix: finding.fix,
      };
      this.entries.set(key, entry);
    }
    entry.count += finding.count ?? 1;
    if (finding.offset !== undefined) entry.offset = Math.min(entry.offset ?? Infinity, finding.offset);
    if (finding.example !== undefined && entry.examples.length < maxExamples) {
      const example = cut(finding.example);
      if (!entry.examples.includes(example)) entry.examples.push(example);
    }
  }

  /** The problems of a submission. `bytes` gives the file, for line numbers; it is only asked for these. */
  toSubmissionProblems(bytes: () => Uint8Array): Problem[] {
    const lines = this.lines(bytes);
    return [...this.entries.values()].map((entry) => {
      const line = entry.offset === undefined ? undefined : lines.get(entry.offset);
      const wording = standardWording[entry.code]?.(entry.count);
      const fix = entry.fix ?? wording?.fix;
      return {
        code: entry.code,
        message: entry.message ?? sentence(entry, wording?.what, line),
        ...(entry.column === undefined ? {} : { column: entry.column }),
        ...(line === undefined ? {} : { line }),
        count: entry.count,
        examples: entry.examples,
        ...(fix === undefined ? {} : { fix }),
      };
    });
  }

  /** The same findings in the answers: always `bad_answers`, without any value. */
  toAnswersProblems(bytes: () => Uint8Array): Problem[] {
    const lines = this.lines(bytes);
    return [...this.entries.values()].map((entry) => {
      const line = entry.offset === undefined ? undefined : lines.get(entry.offset);
      const what = entry.message ?? sentence(entry, standardWording[entry.code]?.(entry.count).what, line);
      return {
        code: 'bad_answers',
        message: `The answers of this competition are broken: ${what}`,
        ...(entry.column === undefined ? {} : { column: entry.column }),
        ...(line === undefined ? {} : { line }),
        count: entry.count,
        examples: [],
        fix: 'This is a problem of the competition, not of your submission. Repair the answers file.',
      };
    });
  }

  private lines(bytes: () => Uint8Array): ReadonlyMap<number, number> {
    const offsets = [...this.entries.values()].flatMap(({ offset }) => offset ?? []);
    return offsets.length === 0 ? new Map() : linesAt(bytes(), offsets);
  }
}

/** A problem without place, as for parameters or metrics. */
export function plainProblem(code: ProblemCode, message: string, fix?: string, examples: readonly string[] = []): Problem {
  return { code, message, count: 1, examples: examples.slice(0, maxExamples).map(cut), ...(fix === undefined ? {} : { fix }) };
}

/** At most 40 characters (code points), the last one `…` when something was cut off. */
export function cut(text: string): string {
  const points = Array.from(text.length > 4 * maxExampleLength ? text.slice(0, 4 * maxExampleLength) : text);
  return points.length <= maxExampleLength ? text : `${points.slice(0, maxExampleLength - 1).join('')}…`;
}

/** 1-based lines of byte offsets, in one pass over the file; LF, CRLF and CR end a line. */
function linesAt(bytes: Uint8Array, offsets: readonly number[]): ReadonlyMap<number, number> {
  const lines = new Map<number, number>();
  let line = 1;
  let p = 0;
  for (const offset of [...offsets].sort((a, b) => a - b)) {
    for (; p < offset; p++) {
      const c = bytes[p];
      if (c === 10 || (c === 13 && bytes[p + 1] !== 10)) line++;
    }
    lines.set(offset, line);
  }
  return lines;
}

/** `Column "y": 3 values are not a number, first on line 17.` */
function sentence(entry: Entry, what = entry.code as string, line: number | undefined): string {
  const column = entry.column === undefined ? '' : `Column "${entry.column}": `;
  const place = line === undefined ? '' : entry.count > 1 ? `, first on line ${line}` : `, on line ${line}`;
  return `${column}${what}${place}.`;
}

const many = (count: number, one: string, more: string): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : more}`;

interface Wording {
  readonly what: string;
  readonly fix?: string;
}

/** What each code means, for `count` cells or rows. Codes with their own message at the place are absent. */
const standardWording: Partial<Record<ProblemCode, (count: number) => Wording>> = {
  not_text: () => ({
    what: 'The file is not UTF-8 text',
    fix: 'Save it as a UTF-8 CSV file; in pandas: df.to_csv("submission.csv", index=False).',
  }),
  empty_file: () => ({ what: 'The file is empty', fix: 'Write a header line and one line per id.' }),
  no_rows: () => ({ what: 'The file has a header but no rows', fix: 'Write one line per id of the sample submission.' }),
  bad_quoting: (n) => ({
    what: `${many(n, 'field has', 'fields have')} broken double quotes`,
    fix: 'Close every quoted field, double the quotes inside it, and put only a comma or a line end after it.',
  }),
  bad_row: (n) => ({
    what: `${many(n, 'row has', 'rows have')} another number of fields than the header`,
    fix: 'Give every row as many fields as the header; put text that holds commas in double quotes.',
  }),
  duplicate_column: () => ({
    what: 'this name occurs more than once in the header',
    fix: 'Give every column its own name.',
  }),
  empty_id: (n) => ({ what: `${many(n, 'id is', 'ids are')} empty`, fix: 'Write the id of the test row in every line.' }),
  missing_ids: (n) => ({
    what: `${many(n, 'id is', 'ids are')} missing`,
    fix: 'Write one row for every id of the sample submission.',
  }),
  unknown_ids: (n) => ({
    what: `${many(n, 'row has an id', 'rows have ids')} that this competition does not know`,
    fix: 'Keep only the ids of the sample submission. Ids are compared as exact text.',
  }),
  duplicate_ids: (n) => ({
    what: `${many(n, 'row repeats', 'rows repeat')} an id that occurred before`,
    fix: 'Write every id once.',
  }),
  empty_value: (n) => ({
    what: `${many(n, 'value is', 'values are')} empty`,
    fix: 'Predict a value for every row; pandas writes NaN as an empty cell.',
  }),
  not_a_number: (n) => ({
    what: `${many(n, 'value is', 'values are')} not a number`,
    fix: 'Write plain numbers such as 0.25: no NaN, no percent sign, no thousands separators, a point as decimal mark.',
  }),
  not_finite: (n) => ({
    what: `${many(n, 'value is', 'values are')} infinite`,
    fix: 'Replace infinite predictions by finite numbers.',
  }),
  out_of_range: (n) => ({
    what: `${many(n, 'value lies', 'values lie')} outside the allowed range`,
    fix: 'Keep predictions inside the allowed range.',
  }),
  bad_label: (n) => ({
    what: `${many(n, 'value is', 'values are')} not an allowed label`,
    fix: 'Use the labels of the training data, spelled the same way.',
  }),
  bad_list: (n) => ({ what: `${many(n, 'list is', 'lists are')} not as the metric needs it` }),
  bad_rle: (n) => ({
    what: `${many(n, 'mask is', 'masks are')} not a valid run-length code`,
    fix: 'Write pairs "start length", 1-based, positive, not overlapping and inside the image.',
  }),
  bad_boxes: (n) => ({ what: `${many(n, 'box list has', 'box lists have')} a wrong number of tokens or a negative size` }),
  bad_spans: (n) => ({
    what: `${many(n, 'span list is', 'span lists are')} not valid`,
    fix: 'Write spans as "start end" separated by ";", integers with 0 ≤ start ≤ end.',
  }),
  row_sum: (n) => ({
    what: `${many(n, 'row has', 'rows have')} probabilities that do not sum to 1`,
    fix: 'Divide the probabilities of each row by their sum.',
  }),
  overlap: (n) => ({ what: `${many(n, 'image has', 'images have')} objects that share pixels`, fix: 'Give every pixel to one object.' }),
  too_many: (n) => ({ what: `${many(n, 'id has', 'ids have')} more rows than allowed` }),
  unknown_label: (n) => ({
    what: `${many(n, 'value is a label', 'values are labels')} that never occurs in the answers and counts as wrong`,
    fix: 'Check the spelling: labels are compared as exact text.',
  }),
};
