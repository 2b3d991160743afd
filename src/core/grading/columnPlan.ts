import { encodeView, sameBytes } from './bytes';
import type { Column, CsvTable } from './csv';
import { BadParams } from './metric';
import type { BoundMetric } from './metric';
import { nearMatches } from './nearMatches';
import type { Wanted } from './numbersById';
import type { ProblemList } from './problems';
import { cut } from './problems';

/** What the caller of a grading says of the columns. */
export interface AskedColumns {
  /** Id columns; the first column of the answers by default. */
  readonly id?: readonly string[];
  /** Target columns; all other columns of the answers by default. */
  readonly target?: readonly string[];
  /**
   * Column of the answers that says `Public` or `Private` for each row; null: no split. By
   * default a column `Usage` with these values only is taken for it.
   */
  readonly usageColumn?: string | null;
}

const defaultUsageColumn = 'Usage';
const publicText = encodeView('Public');
const privateText = encodeView('Private');

/** Whether a cell is exactly this text. */
const holds = (column: Column, row: number, text: DataView): boolean =>
  sameBytes(column.view, column.start(row), column.end(row), text, 0, text.byteLength);

export const isPublicRow = (usage: Column, row: number): boolean => holds(usage, row, publicText);

/** Which columns of the two files mean what: by what was asked for, the metric, and the header of the answers. */
export class ColumnPlan {
  id: readonly string[] = [];
  target: readonly string[] = [];
  /** The answers' columns for the targets. */
  answerTarget: readonly string[] = [];
  /** The column that splits the rows; null without one. */
  usage: string | null = null;

  constructor(
    private readonly asked: AskedColumns,
    private readonly metric: BoundMetric,
  ) {}

  /** What of the submission is read in one pass. */
  get wanted(): Wanted {
    return { id: this.id, numbers: this.target };
  }

  /** Decides ids and targets from the header of the answers; returns the columns to keep. */
  decide(header: readonly string[]): string[] {
    const id = this.asked.id ?? header.slice(0, 1);
    const target = this.asked.target ?? header.filter((name) => !id.includes(name) && name !== this.asked.usageColumn);
    const answerTarget = this.metric.common.answer_target ?? target;
    this.id = id;
    this.target = target;
    this.answerTarget = answerTarget;
    this.usage = null;
    const usage = this.asked.usageColumn === undefined ? defaultUsageColumn : this.asked.usageColumn;
    return [...id, ...answerTarget, ...this.parameterColumns(), ...(usage === null ? [] : [usage])];
  }

  private parameterColumns(): string[] {
    const { where } = this.metric.common;
    return [...this.metric.answersColumns, ...(where === undefined ? [] : [where.column])];
  }

  private findUsage(answers: CsvTable, problems: ProblemList): string | null {
    const { usageColumn } = this.asked;
    if (usageColumn === null) return null;
    const name = usageColumn ?? defaultUsageColumn;
    if (usageColumn === undefined && (this.id.includes(name) || this.asked.target?.includes(name))) return null;
    const column = answers.columns.get(name);
    if (column === undefined) {
      if (usageColumn !== undefined) problems.add('missing_column', { column: name, message: `the column "${name}" is missing.` });
      return null;
    }
    for (let row = 0; row < answers.rows; row++) {
      if (holds(column, row, publicText) || holds(column, row, privateText)) continue;
      if (usageColumn === undefined) return null;
      problems.add('bad_label', { column: name, offset: answers.recordStarts[row] });
    }
    return name;
  }

  private dropFromTargets(usage: string): void {
    this.target = this.target.filter((name) => name !== usage);
    this.answerTarget = this.metric.common.answer_target ?? this.target;
  }

  /** What `wanted` will probably be once the answers are read. */
  expected(header: readonly string[]): Wanted {
    this.decide(header);
    if (this.asked.target === undefined && this.asked.usageColumn === undefined) this.dropFromTargets(defaultUsageColumn);
    return this.wanted;
  }

  /** What to read of the answers when nothing is wanted of them but ids and numbers; null when more is. */
  answersAsNumbers(header: readonly string[]): Wanted | null {
    this.decide(header);
    const { usageColumn } = this.asked;
    const split = usageColumn === undefined ? header.includes(defaultUsageColumn) : usageColumn !== null;
    const more = split || this.parameterColumns().length > 0 || !this.metric.truthInTargets;
    return more || this.target.length === 0 ? null : { id: this.id, numbers: this.answerTarget };
  }

  /** Looks for the column that splits the rows, and reports missing columns. */
  checkAnswers(table: CsvTable, problems: ProblemList): void {
    this.usage = this.findUsage(table, problems);
    if (this.asked.target === undefined && this.usage !== null) this.dropFromTargets(this.usage);
    const needed = [...this.id, ...(this.metric.truthInTargets ? this.answerTarget : []), ...this.parameterColumns()];
    for (const name of new Set(needed)) {
      if (table.header.includes(name)) continue;
      const near = nearMatches(name, table.header);
      problems.add('missing_column', {
        column: name,
        message: `the column "${name}" is missing${near.length > 0 ? `; there is ${near.map((n) => `"${cut(n)}"`).join(', ')}` : ''}.`,
      });
    }
    if (this.target.length === 0) problems.add('missing_column', { message: 'there is no target column beside the id.' });
  }

  /** Reports missing and superfluous columns of the submission; returns those to keep. */
  checkSubmission(header: readonly string[], problems: ProblemList, warnings: ProblemList): string[] {
    const wanted = [...this.id, ...this.target, ...this.metric.submissionColumns];
    for (const name of new Set(wanted)) {
      if (header.includes(name)) continue;
      const near = nearMatches(name, header);
      problems.add('missing_column', {
        column: name,
        message: `The column "${name}" is missing. The file has: ${header.slice(0, 20).map((n) => `"${cut(n)}"`).join(', ')}.`,
        fix: near.length > 0
          ? `Rename ${near.map((n) => `"${cut(n)}"`).join(' or ')} to "${name}": names are compared exactly, case and spaces included.`
          : `Add the column "${name}", as in the sample submission.`,
      });
    }
    for (const name of new Set(header)) {
      if (!wanted.includes(name)) {
        warnings.add('extra_column', {
          column: name,
          message: `Column "${cut(name)}" is not part of the submission and was ignored.`,
        });
      }
    }
    return wanted;
  }

  /** @throws BadParams when there is not one column of the answers for each target */
  requireTargetPairs(): void {
    const { target, answerTarget } = this;
    if (answerTarget.length === target.length) return;
    throw new BadParams(`answer_target: ${answerTarget.length} names for ${target.length} target columns.`);
  }
}
