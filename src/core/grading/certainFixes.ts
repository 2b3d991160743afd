import { csvRecords, csvText, fieldOf, fieldValue, isBlank } from './csvText';
import type { CsvRecord } from './csvText';
import type { Problem, ProblemCode } from './result';

/**
 * Repairs of a submission that need no judgement: the predictions stay what they are, only their
 * form is put right. Whatever could be meant in two ways is left to the person.
 */

/** What may be known of the right form. All of it is public. */
export interface SubmissionForm {
  readonly id: readonly string[];
  readonly target: readonly string[];
  /** Ids of the sample submission, each as its cells joined by a tab; null when they are not known. */
  readonly ids: ReadonlySet<string> | null;
  /** All classes of a target column, where the training data tell. */
  readonly classes: ReadonlyMap<string, readonly string[]>;
}

/** In the order in which they are made: each sees what the ones before have left. */
export const fixKinds = ['separator', 'header', 'empty_rows', 'same_column', 'extra_columns', 'id_text', 'labels', 'repeated_rows', 'foreign_rows'] as const;
export type FixKind = (typeof fixKinds)[number];

/** Problems that a repair may be the answer to; without one of them it is not made. */
const answers: Record<FixKind, readonly ProblemCode[]> = {
  separator: ['wrong_separator'],
  header: ['missing_column'],
  empty_rows: ['empty_id', 'empty_value', 'not_a_number', 'bad_label', 'bad_row'],
  same_column: ['duplicate_column'],
  extra_columns: ['extra_column'],
  id_text: ['unknown_ids', 'missing_ids'],
  labels: ['bad_label', 'unknown_label'],
  repeated_rows: ['duplicate_ids'],
  foreign_rows: ['unknown_ids'],
};

export interface CertainFix {
  readonly kind: FixKind;
  /** `Drop the column "confidence"`. */
  readonly label: string;
  /** The problem that it is the answer to; of one column, where `column` is given. */
  readonly code: ProblemCode;
  readonly column?: string;
}

type Named = Pick<Problem, 'code' | 'column'>;

interface Sheet {
  readonly header: readonly string[];
  readonly head: CsvRecord;
  readonly rows: readonly CsvRecord[];
}

interface Step {
  readonly sheet: Sheet;
  readonly labels: readonly { readonly label: string; readonly column?: string }[];
}

/**
 * The certain repairs of a submission file.
 * @param text     the file; a byte-order mark does no harm and is kept
 * @param problems what its check found: nothing else is repaired
 * @param only     the kinds to make; all by default
 * @returns the repaired text, equal to `text` when nothing is certain, and what was done
 */
export function fixCertain(
  text: string, form: SubmissionForm, problems: readonly Named[], only: readonly FixKind[] = fixKinds,
): { readonly text: string; readonly fixes: readonly CertainFix[] } {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const wanted = (kind: FixKind): readonly Named[] => (only.includes(kind) ? problems.filter(({ code }) => answers[kind].includes(code)) : []);
  const found = readSheet(text.slice(mark.length), form, wanted('separator').length > 0);
  if (!found) return { text, fixes: [] };
  const fixes = [...found.fixes];
  let sheet = found.sheet;
  for (const [kind, step] of steps) {
    const named = wanted(kind);
    const done = named.length > 0 ? step(sheet, form, named) : null;
    if (!done) continue;
    sheet = done.sheet;
    fixes.push(...done.labels.map(({ label, column }) => ({ kind, label, code: codeOf(named, column), ...(column === undefined ? {} : { column }) })));
  }
  return fixes.length === 0 ? { text, fixes } : { text: mark + csvText([sheet.head, ...sheet.rows]), fixes };
}

function codeOf(named: readonly Named[], column: string | undefined): ProblemCode {
  return (named.find((problem) => problem.column === column) ?? named[0]!).code;
}

/** Header and rows; with semicolons, tabs or bars made commas where the form then fits. */
function readSheet(text: string, form: SubmissionForm, mayTurn: boolean): { sheet: Sheet; fixes: CertainFix[] } | null {
  const sheet = sheetOf(csvRecords(text));
  if (!sheet) return null;
  const [only = ''] = sheet.header;
  const separator = sheet.header.length === 1 ? [';', '\t', '|'].find((candidate) => only.includes(candidate)) : undefined;
  if (separator === undefined) return { sheet, fixes: [] };
  if (!mayTurn) return null;
  const records = csvRecords(text, separator);
  const turned = sheetOf(records.map((record) => ({ ...record, fields: record.fields.map((field) => fieldOf(fieldValue(field))) })));
  if (!turned) return null;
  const width = turned.header.length;
  const fits = [...form.id, ...form.target].every((name) => turned.header.some((written) => same(written, name)));
  if (!fits || turned.rows.some((row) => !isBlank(row) && row.fields.length !== width)) return null;
  const shown = separator === '\t' ? 'tabs' : `"${separator}"`;
  return { sheet: turned, fixes: [{ kind: 'separator', label: `Write commas for ${shown}`, code: 'wrong_separator' }] };
}

function sheetOf(records: readonly CsvRecord[]): Sheet | null {
  const at = records.findIndex((record) => !isBlank(record));
  const head = records[at];
  return head ? { head, header: head.fields.map(fieldValue), rows: records.slice(at + 1) } : null;
}

const plain = (text: string): string => text.trim().toLowerCase();
const same = (a: string, b: string): boolean => plain(a) === plain(b);

/** @param named the problems that ask for it */
type StepOf = (sheet: Sheet, form: SubmissionForm, named: readonly Named[]) => Step | null;

const steps: readonly (readonly [FixKind, StepOf])[] = [
  ['header', renameColumns],
  ['empty_rows', dropEmptyRows],
  ['same_column', dropSameColumns],
  ['extra_columns', dropExtraColumns],
  ['id_text', mendIds],
  ['labels', mendLabels],
  ['repeated_rows', dropRepeatedRows],
  ['foreign_rows', dropForeignRows],
];

/** A wanted column whose name differs in case or spaces only. */
function renameColumns(sheet: Sheet, form: SubmissionForm): Step | null {
  const wanted = [...form.id, ...form.target];
  const header = [...sheet.header];
  const labels: Step['labels'][number][] = [];
  for (const name of wanted) {
    if (header.includes(name)) continue;
    const near = header.flatMap((written, index) => (same(written, name) && !wanted.includes(written) ? index : []));
    const [index] = near;
    if (near.length !== 1 || index === undefined) continue;
    labels.push({ label: `Rename "${header[index]}" to "${name}"`, column: name });
    header[index] = name;
  }
  return labels.length === 0 ? null : { sheet: withHeader(sheet, header), labels };
}

function withHeader(sheet: Sheet, header: readonly string[]): Sheet {
  const fields = sheet.head.fields.map((field, index) => (header[index] === sheet.header[index] ? field : fieldOf(header[index] ?? '')));
  return { ...sheet, header, head: { ...sheet.head, fields } };
}

/** Rows of separators alone, as a spreadsheet leaves them at the end. */
function dropEmptyRows(sheet: Sheet): Step | null {
  const empty = (row: CsvRecord): boolean => row.fields.length > 1 && row.fields.every((field) => fieldValue(field).trim() === '');
  return dropRows(sheet, empty, (count) => `Drop ${rowsOf(count)} without any value`);
}

function dropRows(sheet: Sheet, drop: (row: CsvRecord) => boolean, label: (count: number) => string): Step | null {
  const rows = sheet.rows.filter((row) => !drop(row));
  const count = sheet.rows.length - rows.length;
  return count === 0 ? null : { sheet: { ...sheet, rows }, labels: [{ label: label(count) }] };
}

/** A column that occurs twice with equal cells throughout. */
function dropSameColumns(sheet: Sheet): Step | null {
  const twins = sheet.header.flatMap((name, index) => {
    const first = sheet.header.indexOf(name);
    return first < index && sheet.rows.every((row) => isBlank(row) || row.fields[first] === row.fields[index]) ? index : [];
  });
  if (twins.length === 0) return null;
  const names = [...new Set(twins.map((index) => sheet.header[index] ?? ''))];
  return { sheet: withoutColumns(sheet, twins), labels: names.map((column) => ({ label: `Keep "${column}" once: both are equal`, column })) };
}

/** The columns that the check has no use for, a data frame's index among them. */
function dropExtraColumns(sheet: Sheet, form: SubmissionForm, named: readonly Named[]): Step | null {
  // One of them may be the column that is missing, under another name.
  if ([...form.id, ...form.target].some((name) => !sheet.header.includes(name))) return null;
  const extra = sheet.header.flatMap((name, index) => (named.some(({ column }) => column === name) ? index : []));
  // Rows of another length than the header's would be cut at the wrong place.
  if (extra.length === 0 || sheet.rows.some((row) => !isBlank(row) && row.fields.length !== sheet.header.length)) return null;
  const names = [...new Set(extra.map((index) => sheet.header[index] ?? ''))];
  return {
    sheet: withoutColumns(sheet, extra),
    labels: names.map((column) => ({ label: column === '' ? 'Drop the column without a name' : `Drop the column "${column}"`, column })),
  };
}

function withoutColumns(sheet: Sheet, dropped: readonly number[]): Sheet {
  const keep = (_: string, index: number): boolean => !dropped.includes(index);
  const cut = (record: CsvRecord): CsvRecord => (isBlank(record) ? record : { ...record, fields: record.fields.filter(keep) });
  return { header: sheet.header.filter(keep), head: cut(sheet.head), rows: sheet.rows.map(cut) };
}

const idOf = (row: CsvRecord, columns: readonly number[]): string => columns.map((index) => fieldValue(row.fields[index] ?? '')).join('\t');

/** Ids with spaces around them, or whole numbers that were written as `17.0`, where the sample has just this id. */
function mendIds(sheet: Sheet, form: SubmissionForm): Step | null {
  const [column] = form.id;
  const index = column === undefined ? -1 : sheet.header.indexOf(column);
  const { ids } = form;
  if (ids === null || form.id.length !== 1 || index < 0) return null;
  const present = new Set(sheet.rows.map((row) => fieldValue(row.fields[index] ?? '')));
  const { rows, count } = mendCells(sheet.rows, index, (value) => {
    if (ids.has(value)) return value;
    const mended = value.trim().replace(/^(-?\d+)\.0+$/, '$1');
    return ids.has(mended) && !present.has(mended) ? mended : value;
  });
  if (count === 0) return null;
  return { sheet: { ...sheet, rows }, labels: [{ label: `Write ${many(count, 'id', 'ids')} as the sample does` }] };
}

/** Labels that differ from exactly one class in case or in spaces around them. */
function mendLabels(sheet: Sheet, form: SubmissionForm): Step | null {
  const labels: Step['labels'][number][] = [];
  let rows = sheet.rows;
  for (const [column, classes] of form.classes) {
    const index = sheet.header.indexOf(column);
    if (index < 0) continue;
    const mended = mendCells(rows, index, (value) => {
      if (classes.includes(value)) return value;
      const near = classes.filter((label) => same(label, value));
      return near.length === 1 ? (near[0] ?? value) : value;
    });
    if (mended.count === 0) continue;
    rows = mended.rows;
    labels.push({ label: `Match ${many(mended.count, 'label', 'labels')} to the ${classes.length} class names`, column });
  }
  return labels.length === 0 ? null : { sheet: { ...sheet, rows }, labels };
}

function mendCells(rows: readonly CsvRecord[], index: number, mend: (value: string) => string): { rows: readonly CsvRecord[]; count: number } {
  let count = 0;
  const mended = rows.map((row) => {
    const field = row.fields[index];
    if (field === undefined || isBlank(row)) return row;
    const value = fieldValue(field);
    const next = mend(value);
    if (next === value) return row;
    count += 1;
    return { ...row, fields: row.fields.map((old, at) => (at === index ? fieldOf(next) : old)) };
  });
  return { rows: mended, count };
}

/** Rows that repeat an earlier one cell by cell. */
function dropRepeatedRows(sheet: Sheet, form: SubmissionForm): Step | null {
  if (form.id.length === 0 || form.id.some((name) => !sheet.header.includes(name))) return null;
  const seen = new Set<string>();
  const repeated = (row: CsvRecord): boolean => {
    if (isBlank(row)) return false;
    const key = row.fields.map(fieldValue).join('\u0000');
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  };
  return dropRows(sheet, repeated, (count) => `Drop ${rowsOf(count)} that ${count === 1 ? 'repeats' : 'repeat'} another word by word`);
}

/** Rows whose id the sample does not have, when none of its ids is missing. */
function dropForeignRows(sheet: Sheet, form: SubmissionForm): Step | null {
  const columns = form.id.map((name) => sheet.header.indexOf(name));
  const { ids } = form;
  if (ids === null || columns.length === 0 || columns.some((index) => index < 0)) return null;
  const present = new Set(sheet.rows.map((row) => idOf(row, columns)));
  if ([...ids].some((id) => !present.has(id))) return null;
  const foreign = (row: CsvRecord): boolean => !isBlank(row) && !ids.has(idOf(row, columns));
  return dropRows(sheet, foreign, (count) => `Drop ${rowsOf(count)} beyond the sample's ids`);
}

const many = (count: number, one: string, more: string): string => `${count.toLocaleString('en-US')} ${count === 1 ? one : more}`;
const rowsOf = (count: number): string => many(count, 'row', 'rows');

/** The sample submission's ids, for `SubmissionForm`; null when a column of them is absent. */
export function idsOf(sample: string, id: readonly string[]): ReadonlySet<string> | null {
  const sheet = sheetOf(csvRecords(sample.replace(/^\uFEFF/, '')));
  const columns = id.map((name) => sheet?.header.indexOf(name) ?? -1);
  if (!sheet || columns.length === 0 || columns.some((index) => index < 0)) return null;
  return new Set(sheet.rows.filter((row) => !isBlank(row)).map((row) => idOf(row, columns)));
}
