import { ByteInterner, decodeView, encodeView } from './bytes';
import type { Column } from './csv';
import { isBlank, parseNumber } from './numbers';
import type { ScoringInput } from './metric';
import { eachAnswer, eachSubmitted, parseBinary, reportAnswer, reportSubmitted } from './values';

export type LabelKind = 'binary' | 'number' | 'text';
export type LabelValue = string | number | boolean;

/** A column of labels as class numbers; equal numbers are equal labels. */
export interface LabelColumn {
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  readonly space: LabelSpace;
}

/**
 * The set of labels of a column. How they compare is decided by the answers and the parameter
 * `labels`: binary, as numbers (plain integers exactly, at any length), or as exact text.
 */
export class LabelSpace {
  private readonly text = new ByteInterner();
  private readonly numbers = new Map<number, number>();
  private readonly bigIntegers = new Map<string, number>();
  private used = 0;

  constructor(readonly kind: LabelKind) {
    if (kind === 'binary') this.used = 2;
  }

  /** Number of labels seen, which are 0 … size − 1. Binary: always 2, class = value. */
  get size(): number {
    return this.used;
  }

  /** The class of a cell, added when `add` and new; −1 when unknown, −2 when it cannot be a label of this kind. */
  classOf(view: DataView, start: number, end: number, add: boolean): number {
    if (this.kind === 'binary') {
      const value = parseBinary(view, start, end);
      return value < 0 ? -2 : value;
    }
    if (this.kind === 'text') {
      if (!add) return this.text.find(view, start, end);
      const found = this.text.add(view, start, end);
      this.used = this.text.size;
      return found;
    }
    const value = parseNumber(view, start, end);
    if (!Number.isFinite(value)) return -2;
    // From 2^53 on neighbouring integers share a double: these are told apart by their digits.
    return Math.abs(value) < 2 ** 53
      ? this.intern(this.numbers, value + 0, add)
      : this.intern(this.bigIntegers, integerDigits(view, start, end, value), add);
  }

  classOfText(text: string, add: boolean): number {
    const view = encodeView(text);
    return this.classOf(view, 0, view.byteLength, add);
  }

  private intern<K>(map: Map<K, number>, key: K, add: boolean): number {
    const found = map.get(key);
    if (found !== undefined) return found;
    if (!add) return -1;
    map.set(key, this.used);
    return this.used++;
  }
}

/** Decimal digits of a cell of at least 2^53: exact for a plain integer, those of the double otherwise. */
function integerDigits(view: DataView, start: number, end: number, value: number): string {
  const text = decodeView(view, start, end).trim();
  return (/^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : BigInt(value)).toString();
}

/** A parameter's label as a cell would spell it. */
export function labelText(label: LabelValue): string {
  return typeof label === 'string' ? label : String(label);
}

/** Decides the kind of an answers column together with the parameter `labels`. */
export function labelKind(input: ScoringInput, column: Column, labels: readonly LabelValue[] | undefined): LabelKind {
  let binary = true;
  let number = true;
  const look = (view: DataView, start: number, end: number): void => {
    if (!number) return;
    if (binary && parseBinary(view, start, end) >= 0) return;
    binary = false;
    if (start !== end && !Number.isFinite(parseNumber(view, start, end))) number = false;
  };
  // true/false are labels of a binary column but no numbers: a column of both is text.
  let words = false;
  const lookAtWords = (view: DataView, start: number, end: number): void => {
    if (parseBinary(view, start, end) >= 0 && !Number.isFinite(parseNumber(view, start, end))) words = true;
  };
  eachAnswer(input, column, (_scored, start, end) => look(column.view, start, end));
  for (const label of labels ?? []) {
    const view = encodeView(labelText(label));
    look(view, 0, view.byteLength);
  }
  if (binary) return 'binary';
  if (!number) return 'text';
  eachAnswer(input, column, (_scored, start, end) => lookAtWords(column.view, start, end));
  for (const label of labels ?? []) {
    const view = encodeView(labelText(label));
    lookAtWords(view, 0, view.byteLength);
  }
  return words ? 'text' : 'number';
}

/** The truth as classes. With `labels` the set is closed; otherwise the cells make it. */
export function truthLabels(
  input: ScoringInput, column: Column, labels: readonly LabelValue[] | undefined,
): { truth: Int32Array; space: LabelSpace; closed: boolean; allowed: ReadonlySet<number> | null } {
  const space = new LabelSpace(labelKind(input, column, labels));
  const closed = labels !== undefined;
  const allowed = closed ? new Set(labels.map((label) => space.classOfText(labelText(label), true))) : null;
  const truth = new Int32Array(input.rows).fill(-1);
  const { view } = column;
  eachAnswer(input, column, (scored, start, end, row) => {
    if (start === end) {
      reportAnswer(input, 'empty_value', column, row);
      return;
    }
    const found = space.classOf(view, start, end, !closed);
    if (found < 0 || (allowed !== null && !allowed.has(found))) reportAnswer(input, 'bad_label', column, row);
    else truth[scored] = found;
  });
  return { truth, space, closed, allowed };
}

/**
 * Truth and predictions of a target as classes. A submitted label that the answers do not have
 * is accepted with a warning unless the list is closed or the kind rules it out.
 * `firstOfList`: a submitted cell is a list of which the first item counts.
 */
export function readLabels(
  input: ScoringInput, truthFrom: Column, submitted: Column, labels: readonly LabelValue[] | undefined,
  firstOfList = false,
): LabelColumn {
  const { truth, space, closed, allowed } = truthLabels(input, truthFrom, labels);
  const known = space.size;
  const predicted = new Int32Array(input.rows).fill(-1);
  eachSubmitted(input, submitted, (scored, cellStart, cellEnd, row) => {
    const [view, start, end] = firstOfList ? firstItem(submitted, row) : [submitted.view, cellStart, cellEnd];
    if (start === end || (space.kind !== 'text' && isBlank(view, start, end))) {
      reportSubmitted(input, 'empty_value', submitted, row);
      return;
    }
    const found = space.classOf(view, start, end, !closed);
    if (found < 0 || (allowed !== null && !allowed.has(found))) {
      reportSubmitted(input, 'bad_label', submitted, row, { fix: badLabelFix(space.kind, closed) });
      return;
    }
    if (found >= known) {
      input.warnings.add('unknown_label', {
        column: submitted.name,
        offset: input.submission.recordStarts[row],
        example: input.warnings.wantsExample('unknown_label', submitted.name) ? submitted.beginning(row) : undefined,
      });
    }
    if (scored >= 0) predicted[scored] = found;
  });
  return { truth, predicted, space };
}

/** The first item of a list cell as a slice; an empty slice for an empty list. */
function firstItem(column: Column, row: number): [DataView, number, number] {
  const view = encodeView(splitList(column.text(row))[0] ?? '');
  return [view, 0, view.byteLength];
}

function badLabelFix(kind: LabelKind, closed: boolean): string {
  if (kind === 'binary') return 'Write 0 or 1 (true or false).';
  if (closed) return 'Use only the labels that the competition lists.';
  return kind === 'number' ? 'The labels of this column are numbers; write a number.' : 'Use the labels of the training data.';
}

/** Rows of label sets in compressed form: row r holds `items[offsets[r] … offsets[r + 1])`, sorted, without repeats. */
export interface LabelSets {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

/** Truth and predictions of a target as sets of exact strings separated by Unicode white space. */
export function readLabelLists(
  input: ScoringInput, truthFrom: Column, submitted: Column, labels: readonly LabelValue[] | undefined,
): { truth: LabelSets; predicted: LabelSets; size: number } {
  const interner = new Map<string, number>();
  for (const label of labels ?? []) if (!interner.has(labelText(label))) interner.set(labelText(label), interner.size);
  const closed = labels !== undefined;
  const classOf = (item: string): number => {
    const found = interner.get(item);
    if (found !== undefined) return found;
    if (closed) return -1;
    interner.set(item, interner.size);
    return interner.size - 1;
  };
  const truth: number[][] = Array.from({ length: input.rows }, () => []);
  eachAnswer(input, truthFrom, (scored, _start, _end, row) => {
    const classes = splitList(truthFrom.text(row)).map(classOf);
    if (classes.includes(-1)) reportAnswer(input, 'bad_label', truthFrom, row);
    truth[scored] = distinct(classes);
  });
  const known = interner.size;
  const predicted: number[][] = Array.from({ length: input.rows }, () => []);
  eachSubmitted(input, submitted, (scored, _start, _end, row) => {
    const items = splitList(submitted.text(row));
    const classes = items.map(classOf);
    const odd = classes.findIndex((found) => found < 0 || found >= known);
    if (odd >= 0) {
      const finding = { column: submitted.name, offset: input.submission.recordStarts[row], example: items[odd] };
      if (closed) input.problems.add('bad_label', { ...finding, fix: badLabelFix('text', true) });
      else input.warnings.add('unknown_label', finding);
    }
    if (scored >= 0) predicted[scored] = distinct(classes);
  });
  return { truth: compress(truth), predicted: compress(predicted), size: interner.size };
}

/** Items of a list cell: split at runs of Unicode white space; an empty cell is the empty list. */
export function splitList(text: string): string[] {
  return text.split(/\p{White_Space}+/u).filter((item) => item !== '');
}

function distinct(classes: readonly number[]): number[] {
  return [...new Set(classes)].sort((a, b) => a - b);
}

function compress(rows: readonly (readonly number[])[]): LabelSets {
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach((row, r) => (offsets[r + 1] = offsets[r]! + row.length));
  const items = new Int32Array(offsets[rows.length]!);
  rows.forEach((row, r) => items.set(row, offsets[r]!));
  return { offsets, items };
}
