import type { Column, CsvTable } from './csv';
import { absent } from './csvScanner';
import { IdIndex, batch } from './idIndex';
import { IdList } from './ids';
import { ProblemList } from './problems';

/** Entries of the row map for a submission row that has no place among the answers. */
const unmatched = -1;

/** Which row belongs to which. */
export interface Matching {
  /** Submission row → answers row, `unmatched` when its id is unknown, empty or a repetition. */
  readonly answersRow: Int32Array;
  /** Answers row → submission row, −1 when the id is missing. */
  readonly submissionRow: Int32Array;
}

/** How ids may repeat. Most metrics want every id once in both files. */
export interface IdRule {
  /** Several answers rows may have one id; they form one unit. */
  readonly answersRepeat: boolean;
  /** Several submission rows may have one id. */
  readonly submissionRepeats: boolean;
}

export const onceEach: IdRule = { answersRepeat: false, submissionRepeats: false };

/** Whether all id cells of a row are there and none is empty. */
function hasId(columns: readonly Column[], row: number): 'yes' | 'empty' | 'absent' {
  for (let k = 0; k < columns.length; k++) {
    const start = columns[k]!.start(row);
    if (start === absent) return 'absent';
    if (start === columns[k]!.end(row)) return 'empty';
  }
  return 'yes';
}

/** The id as text, for messages: several columns are shown with `, ` between them. */
function idText(columns: readonly Column[], row: number): string {
  return columns.map((column) => column.beginning(row)).join(', ');
}

/**
 * Joins the submission's rows to the answers' rows by id and reports `empty_id`, `missing_ids`,
 * `unknown_ids` and `duplicate_ids`.
 *
 * @param answersProblems receives empty and repeated ids of the answers
 */
export function matchRows(
  answers: CsvTable, answersIds: readonly Column[],
  submission: CsvTable, submissionIds: readonly Column[],
  rule: IdRule, answersProblems: ProblemList, problems: ProblemList,
): Matching {
  const name = idName(answersIds);
  const { index, first } = rule.answersRepeat
    ? indexRepeated(answers, answersIds, answersProblems)
    : { index: indexAnswers(answers, answersIds, answersProblems), first: null };
  const answersRow = new Int32Array(submission.rows).fill(unmatched);
  const submissionRow = new Int32Array(answers.rows).fill(-1);
  const looked = new Int32Array(batch);
  const ids = new IdList(index.seed, batch);
  for (let row = 0; row < submission.rows; row++) {
    if (row % batch === 0) {
      const to = Math.min(row + batch, submission.rows);
      ids.clear();
      ids.append(submissionIds, row, to);
      index.lookUp(ids, to - row, looked);
    }
    const id = hasId(submissionIds, row);
    if (id === 'absent') continue;
    if (id === 'empty') {
      problems.add('empty_id', { column: name, offset: submission.recordStarts[row] });
      continue;
    }
    const found = looked[row % batch]!;
    if (found < 0) {
      problems.add('unknown_ids', {
        column: name,
        offset: submission.recordStarts[row],
        example: problems.wantsExample('unknown_ids', name) ? idText(submissionIds, row) : undefined,
      });
      continue;
    }
    if (submissionRow[found]! >= 0 && !rule.submissionRepeats) {
      problems.add('duplicate_ids', {
        column: name,
        offset: submission.recordStarts[row],
        example: problems.wantsExample('duplicate_ids', name) ? idText(submissionIds, row) : undefined,
      });
      continue;
    }
    answersRow[row] = found;
    if (submissionRow[found]! < 0) submissionRow[found] = row;
  }
  if (!submission.swallowed) reportMissing(answersIds, answers.rows, submissionRow, first, name, problems);
  return { answersRow, submissionRow };
}

/** What problems call an id of several columns. */
const idName = (ids: readonly Column[]): string => ids.map((column) => column.name).join(', ');

/**
 * The index of the answers' ids, when each may occur once.
 *
 * @param answersProblems receives empty and repeated ids
 * @param seed that of the ids that will be looked up
 */
export function indexAnswers(answers: CsvTable, ids: readonly Column[], answersProblems: ProblemList, seed?: number): IdIndex {
  const report = (row: number, earlier: number): void => {
    if (earlier >= 0) answersProblems.add('duplicate_ids', { column: idName(ids), offset: answers.recordStarts[row] });
  };
  return indexRows(answers, ids, answersProblems, report, seed);
}

/** Row → the first row with the same id. */
export function firstRows(table: CsvTable, ids: readonly Column[]): Int32Array {
  return indexRepeated(table, ids, new ProblemList()).first;
}

function indexRepeated(table: CsvTable, ids: readonly Column[], problems: ProblemList): { index: IdIndex; first: Int32Array } {
  const first = identity(table.rows);
  const index = indexRows(table, ids, problems, (row, earlier) => {
    if (earlier >= 0) first[row] = earlier;
  });
  return { index, first };
}

/**
 * Indexes a table. `visit` is told the earlier row with the same id, or −1: of rows whose id is not new,
 * and of some others.
 */
function indexRows(table: CsvTable, columns: readonly Column[], problems: ProblemList, visit: (row: number, earlier: number) => void, seed?: number): IdIndex {
  const index = new IdIndex(table.rows, seed);
  const ids = new IdList(index.seed, batch);
  const earlier = new Int32Array(batch);
  for (let from = 0; from < table.rows; from += batch) {
    const to = Math.min(from + batch, table.rows);
    ids.clear();
    const complete = ids.append(columns, from, to);
    if (index.add(ids, to - from, from, earlier) && complete) continue;
    for (let row = from; row < to; row++) {
      const id = hasId(columns, row);
      if (id === 'absent') continue;
      if (id === 'empty') problems.add('empty_id', { column: idName(columns), offset: table.recordStarts[row] });
      visit(row, earlier[row - from]!);
    }
  }
  return index;
}

/** 0, 1, 2 … */
export function identity(length: number): Int32Array {
  const values = new Int32Array(length);
  for (let i = 0; i < length; i++) values[i] = i;
  return values;
}

function reportMissing(
  ids: readonly Column[], rows: number, submissionRow: Int32Array,
  first: Int32Array | null, name: string, problems: ProblemList,
): void {
  for (let row = 0; row < rows; row++) {
    if (first !== null && first[row] !== row) {
      submissionRow[row] = submissionRow[first[row]!]!;
      continue;
    }
    if (submissionRow[row]! >= 0 || hasId(ids, row) !== 'yes') continue;
    problems.add('missing_ids', {
      column: name,
      example: problems.wantsExample('missing_ids', name) ? idText(ids, row) : undefined,
    });
  }
}
