import { hashBytes, hashSeed, sameBytes } from './bytes';
import { absent } from './csv';
import type { Column, CsvTable } from './csv';
import type { ProblemList } from './problems';

/** Entries of the row map for a submission row that has no place among the answers. */
export const unmatched = -1;

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

/** Rows that are looked up together. */
export const batch = 512;

export const onceEach: IdRule = { answersRepeat: false, submissionRepeats: false };

/**
 * Hash table over the ids of a table. The hash only finds candidates: equality is decided on the
 * bytes of every id column, so that tuples are never joined and nothing is parsed or trimmed.
 */
export class IdIndex {
  private readonly mask: number;
  /**
   * Four integers for each slot: hash, row + 1 (0: the slot is free), and where the row's first id
   * cell starts and ends. All of a slot is in one line of the processor's cache.
   */
  private readonly table: Uint32Array;
  private readonly seed = hashSeed();
  private readonly data: Uint8Array;
  private readonly hashes = new Uint32Array(batch);
  private prepared = { from: 0, to: 0 };
  /** Keeps the touching of `warm` from being optimised away. */
  touched = 0;

  constructor(
    private readonly columns: readonly Column[],
    rows: number,
  ) {
    let size = 16;
    while (size < rows * 1.3) size *= 2;
    this.mask = size - 1;
    this.table = new Uint32Array(size * 4);
    this.data = columns[0]!.data;
  }

  /** Adds a row of the indexed table; returns the earlier row with the same id, or −1. */
  add(row: number): number {
    const { from, to } = this.prepared;
    const hash = row >= from && row < to ? this.hashes[row - from]! : hashId(this.columns, row, this.seed);
    const slot = this.find(hash, this.columns, row);
    const entry = this.table[slot + 1]!;
    if (entry !== 0) return entry - 1;
    this.table[slot] = hash;
    this.table[slot + 1] = row + 1;
    this.table[slot + 2] = this.columns[0]!.start(row);
    this.table[slot + 3] = this.columns[0]!.end(row);
    return -1;
  }

  /** Prepares `add` for the rows [from, to), at most `batch` of them: see `warm`. */
  prepareToAdd(from: number, to: number): void {
    this.warm(this.columns, from, to);
    this.prepared = { from, to };
  }

  /**
   * The indexed rows that have the ids of the rows [from, to) in other columns, at most `batch`
   * of them; −1 where there is none.
   */
  lookUp(columns: readonly Column[], from: number, to: number, found: Int32Array): void {
    this.prepared = { from: 0, to: 0 };
    this.warm(columns, from, to);
    const { table, hashes } = this;
    for (let row = from; row < to; row++) {
      found[row - from] = table[this.find(hashes[row - from]!, columns, row) + 1]! - 1;
    }
  }

  /**
   * Hashes a batch of ids and touches what looking them up will need. Rows come in random order,
   * so nearly every access misses the processor's cache; in loops without dependencies the
   * misses overlap, which makes large files several times faster.
   */
  private warm(columns: readonly Column[], from: number, to: number): void {
    const { table, mask, hashes, data } = this;
    if (columns.length === 1) hashCells(columns[0]!, from, to, this.seed, hashes);
    else for (let row = from; row < to; row++) hashes[row - from] = hashId(columns, row, this.seed);
    const count = to - from;
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= table[(hashes[i]! & mask) * 4]!;
    for (let i = 0; i < count; i++) touched ^= data[table[(hashes[i]! & mask) * 4 + 2]!] ?? 0;
    this.touched = touched;
  }

  /** The slot of the id, or the free one where it belongs. */
  private find(hash: number, columns: readonly Column[], row: number): number {
    const { table, data } = this;
    const wrap = this.mask * 4 + 3;
    const other = columns[0]!;
    const start = other.start(row);
    const end = other.end(row);
    let slot = (hash & this.mask) * 4;
    for (;;) {
      const entry = table[slot + 1]!;
      if (entry === 0) return slot;
      if (
        table[slot] === hash &&
        sameBytes(data, table[slot + 2]!, table[slot + 3]!, other.data, start, end) &&
        (columns.length === 1 || this.sameRest(entry - 1, columns, row))
      ) {
        return slot;
      }
      slot = (slot + 4) & wrap;
    }
  }

  /** Whether the id columns behind the first one agree. */
  private sameRest(row: number, columns: readonly Column[], other: number): boolean {
    for (let k = 1; k < columns.length; k++) {
      const a = this.columns[k]!;
      const b = columns[k]!;
      if (!sameBytes(a.data, a.start(row), a.end(row), b.data, b.start(other), b.end(other))) return false;
    }
    return true;
  }
}

function hashCells(column: Column, from: number, to: number, seed: number, hashes: Uint32Array): void {
  const { data } = column;
  for (let row = from; row < to; row++) hashes[row - from] = hashBytes(data, column.start(row), column.end(row), seed);
}

function hashId(columns: readonly Column[], row: number, seed: number): number {
  let hash = seed;
  for (let k = 0; k < columns.length; k++) {
    const column = columns[k]!;
    hash = hashBytes(column.data, column.start(row), column.end(row), hash);
  }
  return hash >>> 0;
}

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
export function idText(columns: readonly Column[], row: number): string {
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
  const index = new IdIndex(answersIds, answers.rows);
  const name = answersIds.map((column) => column.name).join(', ');
  /** Answers row → first row with the same id; only needed when ids may repeat. */
  const first = rule.answersRepeat ? new Int32Array(answers.rows) : null;
  for (let row = 0; row < answers.rows; row++) {
    if (row % batch === 0) index.prepareToAdd(row, Math.min(row + batch, answers.rows));
    const id = hasId(answersIds, row);
    if (id === 'absent') continue;
    if (id === 'empty') answersProblems.add('empty_id', { column: name, offset: answers.recordStarts[row] });
    const earlier = index.add(row);
    if (first !== null) first[row] = earlier < 0 ? row : earlier;
    else if (earlier >= 0) answersProblems.add('duplicate_ids', { column: name, offset: answers.recordStarts[row] });
  }

  const answersRow = new Int32Array(submission.rows).fill(unmatched);
  const submissionRow = new Int32Array(answers.rows).fill(-1);
  const looked = new Int32Array(batch);
  for (let row = 0; row < submission.rows; row++) {
    if (row % batch === 0) index.lookUp(submissionIds, row, Math.min(row + batch, submission.rows), looked);
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
