import { bootstrapError } from './bootstrap';
import { encodeView, sameBytes } from './bytes';
import { Column, inMemory, readCsv } from './csv';
import type { CsvFile, CsvTable } from './csv';
import { absent } from './csvScanner';
import { unknownMetricFix, unknownMetricMessage } from './describe';
import { indexAnswers, matchRows, onceEach } from './matching';
import { BadParams, CellsNeeded, UndefinedScore, notRead, onlyChecked } from './metric';
import type { BoundMetric, Prepared, ScoringInput, Target } from './metric';
import { nearMatches } from './nearMatches';
import { readInOnePass } from './onePass';
import { ProblemList, plainProblem } from './problems';
import { findMetric } from './registry';
import type { CompetitionGrade, Problem, Score } from './result';
import { rowsWhere } from './where';

export interface GradeInput {
  /** Unpacked CSV files. Neither is changed. A long submission is better given as a file, to be read in parts. */
  readonly answers: Uint8Array;
  readonly submission: Uint8Array | CsvFile;
  readonly metric: string;
  /** Parameters of the metric; checked here. */
  readonly params?: unknown;
  /** Id columns; the first column of the answers by default. */
  readonly id?: readonly string[];
  /** Target columns; all other columns of the answers by default. */
  readonly target?: readonly string[];
  /**
   * Column of the answers that says `Public` or `Private` for each row; null: no split. By
   * default a column `Usage` with these values only is taken for it.
   */
  readonly usageColumn?: string | null;
  /** False: `public` and `private` are left null, which saves their standard errors. */
  readonly parts?: boolean;
}

const defaultUsageColumn = 'Usage';
const publicText = encodeView('Public');
const privateText = encodeView('Private');

/** Whether a cell is exactly this text. */
const holds = (column: Column, row: number, text: DataView): boolean =>
  sameBytes(column.view, column.start(row), column.end(row), text, 0, text.byteLength);

/**
 * Grades a submission against answers. Pure and total: whatever is wrong with the files or the
 * parameters is in the result, with every problem found.
 *
 * `score` is over all scored rows. `public` and `private` are the same metric over the rows of
 * each part, with a bootstrap standard error; null without a split or without a value there.
 */
export function grade(input: GradeInput): CompetitionGrade {
  const metric = findMetric(input.metric);
  if (metric === undefined) {
    return invalid(input.metric, null, 0, [
      plainProblem('unknown_metric', unknownMetricMessage(input.metric), unknownMetricFix(input.metric)),
    ]);
  }
  const bound = metric.bind(input.params);
  if ('errors' in bound) {
    return invalid(metric.name, metric.direction, 0, bound.errors.map((message) => badParams(metric.name, message)));
  }
  return gradeBy(bound, input);
}

/** As `grade`, by a metric that need not be in the registry. */
export function gradeBy(metric: BoundMetric, input: Omit<GradeInput, 'metric' | 'params'>): CompetitionGrade {
  const { submission } = input;
  const files = { ...input, metric: metric.name, submission: submission instanceof Uint8Array ? inMemory(submission) : submission };
  return new Grading(files, metric).runInOnePass() ?? new Grading(files, metric).run();
}

const badParams = (metric: string, message: string): Problem =>
  plainProblem('bad_params', `Parameters of ${metric}: ${message}`, 'Correct the metric parameters.');

function invalid(
  metric: string, direction: CompetitionGrade['direction'], rows: number,
  errors: Problem[], warnings: Problem[] = [],
): CompetitionGrade {
  return { valid: false, score: null, metric, direction, rows, errors, warnings, public: null, private: null };
}

/** Which columns mean what. */
interface Layout {
  readonly id: readonly string[];
  readonly target: readonly string[];
  readonly answerTarget: readonly string[];
}

/** One grading: the state that its steps share. */
class Grading {
  private readonly problems = new ProblemList();
  private readonly warnings = new ProblemList();
  private readonly answersProblems = new ProblemList();
  private readonly paramProblems: Problem[] = [];
  private layout: Layout = { id: [], target: [], answerTarget: [] };
  private usage: string | null = null;

  constructor(
    private readonly input: GradeInput & { readonly submission: CsvFile },
    private readonly metric: BoundMetric,
  ) {}

  run(): CompetitionGrade {
    const answers = this.readAnswers();
    const submission = answers === null ? null : this.readSubmission();
    if (answers === null || submission === null) return this.invalid(submission?.rows ?? 0);
    try {
      const input = this.match(answers, submission);
      return input === null ? this.invalid(submission.rows) : this.score(answers, input, submission.rows);
    } catch (error) {
      if (error instanceof BadParams) this.paramProblems.push(badParams(this.metric.name, error.message));
      else if (error instanceof UndefinedScore) this.addUndefined(error);
      else throw error;
      return this.invalid(submission.rows);
    }
  }

  /**
   * The grade of a submission without fault, by a metric that needs only its numbers; the same as
   * from `run`, in less time and memory. Null in every other case, which `run` is to explain.
   */
  runInOnePass(): CompetitionGrade | null {
    const { numeric, idRule, submissionColumns } = this.metric;
    if (!numeric || idRule !== onceEach || submissionColumns.length > 0) return null;
    const answers = this.readAnswers();
    if (answers === null || this.failed()) return null;
    try {
      const input = this.matchInOnePass(answers);
      const grade = input === null ? null : this.score(answers, input, answers.rows);
      return grade?.valid === true ? grade : null;
    } catch (error) {
      if (error instanceof BadParams || error instanceof UndefinedScore || error instanceof CellsNeeded) return null;
      throw error;
    }
  }

  private score(answers: CsvTable, input: ScoringInput, submitted: number): CompetitionGrade {
    const prepared = this.metric.prepare(input);
    if (this.failed()) return this.invalid(submitted);
    const all = prepared.unitRows === undefined && input.rows === answers.rows ? input.answersRows : identity(prepared.unitRows?.length ?? input.rows);
    const score = prepared.score(all);
    if (!Number.isFinite(score)) throw new UndefinedScore('undefined_score', 'The formula has no finite value for these predictions.');
    return {
      valid: true,
      score,
      metric: this.metric.name,
      direction: this.metric.direction,
      rows: prepared.rows ?? input.rows,
      errors: [],
      ...this.parts(answers, input, prepared),
      warnings: this.warnings.toSubmissionProblems(() => this.input.submission.whole()),
    };
  }

  // Reading

  private readAnswers(): CsvTable | null {
    const table = readCsv(this.input.answers, (header) => this.plan(header), this.answersProblems);
    if (table === null) return null;
    this.usage = this.findUsage(table);
    if (this.input.target === undefined && this.usage !== null) this.dropUsageFromTargets(this.usage);
    const { id, answerTarget } = this.layout;
    const needed = [...id, ...(this.metric.truthInTargets ? answerTarget : []), ...this.parameterColumns()];
    for (const name of new Set(needed)) {
      if (table.header.includes(name)) continue;
      const near = nearMatches(name, table.header);
      this.answersProblems.add('missing_column', {
        column: name,
        message: `the column "${name}" is missing${near.length > 0 ? `; there is ${near.map((n) => `"${n}"`).join(', ')}` : ''}.`,
      });
    }
    if (this.layout.target.length === 0) {
      this.answersProblems.add('missing_column', { message: 'there is no target column beside the id.' });
    }
    return table;
  }

  /** Decides ids and targets from the header of the answers; returns the columns to keep. */
  private plan(header: readonly string[]): string[] {
    const id = this.input.id ?? header.slice(0, 1);
    const target = this.input.target ?? header.filter((name) => !id.includes(name) && name !== this.input.usageColumn);
    const answerTarget = this.metric.common.answer_target ?? target;
    this.layout = { id, target, answerTarget };
    const usage = this.input.usageColumn === undefined ? defaultUsageColumn : this.input.usageColumn;
    return [...id, ...answerTarget, ...this.parameterColumns(), ...(usage === null ? [] : [usage])];
  }

  private parameterColumns(): string[] {
    const { where } = this.metric.common;
    return [...this.metric.answersColumns, ...(where === undefined ? [] : [where.column])];
  }

  private findUsage(answers: CsvTable): string | null {
    const { usageColumn } = this.input;
    if (usageColumn === null) return null;
    const name = usageColumn ?? defaultUsageColumn;
    if (usageColumn === undefined && (this.layout.id.includes(name) || this.input.target?.includes(name))) return null;
    const column = answers.columns.get(name);
    if (column === undefined) {
      if (usageColumn !== undefined) this.answersProblems.add('missing_column', { column: name, message: `the column "${name}" is missing.` });
      return null;
    }
    for (let row = 0; row < answers.rows; row++) {
      if (holds(column, row, publicText) || holds(column, row, privateText)) continue;
      if (usageColumn === undefined) return null;
      this.answersProblems.add('bad_label', { column: name, offset: answers.recordStarts[row] });
    }
    return name;
  }

  private dropUsageFromTargets(usage: string): void {
    const target = this.layout.target.filter((name) => name !== usage);
    const answerTarget = this.metric.common.answer_target ?? target;
    this.layout = { ...this.layout, target, answerTarget };
  }

  private readSubmission(): CsvTable | null {
    return readCsv(this.input.submission.whole(), (header) => this.checkHeader(header), this.problems);
  }

  /** Reports missing and superfluous columns of the submission; returns those to keep. */
  private checkHeader(header: readonly string[]): string[] {
    const wanted = [...this.layout.id, ...this.layout.target, ...this.metric.submissionColumns];
    for (const name of new Set(wanted)) {
      if (header.includes(name)) continue;
      const near = nearMatches(name, header);
      this.problems.add('missing_column', {
        column: name,
        message: `The column "${name}" is missing. The file has: ${header.slice(0, 20).map((n) => `"${n}"`).join(', ')}.`,
        fix: near.length > 0
          ? `Rename ${near.map((n) => `"${n}"`).join(' or ')} to "${name}": names are compared exactly, case and spaces included.`
          : `Add the column "${name}", as in the sample submission.`,
      });
    }
    for (const name of new Set(header)) {
      if (!wanted.includes(name)) {
        this.warnings.add('extra_column', {
          column: name,
          message: `Column "${name}" is not part of the submission and was ignored.`,
        });
      }
    }
    return wanted;
  }

  // Matching

  private match(answers: CsvTable, submission: CsvTable): ScoringInput | null {
    const { id } = this.layout;
    this.requireTargetPairs();
    if (this.answersProblems.size > 0) return null;
    const answersIds = columnsOf(answers, id);
    const submissionIds = columnsOf(submission, id);
    const idsReadable = id.every((name) => submission.columns.has(name));
    const matching = idsReadable
      ? matchRows(answers, answersIds, submission, submissionIds, this.metric.idRule, this.answersProblems, this.problems)
      : {
          answersRow: new Int32Array(submission.rows).fill(onlyChecked),
          submissionRow: new Int32Array(answers.rows).fill(-1),
        };
    const { answersRows, scoredOfAnswers } = this.scoredRows(answers);
    const scoredIndex = scoredOfAnswers === null
      ? matching.answersRow
      : matching.answersRow.map((row) => (row < 0 ? row : scoredOfAnswers[row]!));
    return {
      ...this.commonInput(answers, answersRows),
      submissionRows: scoredOfAnswers === null ? matching.submissionRow : answersRows.map((row) => matching.submissionRow[row]!),
      scoredIndex,
      submission,
      ids: { answers: answersIds, submission: submissionIds },
      targets: this.targets(answers, (name) => columnOf(submission, name)),
      numbers: null,
      submissionColumn: (name) => columnOf(submission, name),
    };
  }

  private matchInOnePass(answers: CsvTable): ScoringInput | null {
    const { id, target } = this.layout;
    this.requireTargetPairs();
    const index = indexAnswers(answers, columnsOf(answers, id), this.answersProblems);
    const { answersRows, scoredOfAnswers } = this.scoredRows(answers);
    if (this.failed()) return null;
    const expected = { id, target, index, answers: answers.rows, scored: answersRows.length, scoredOfAnswers };
    const numbers = readInOnePass(this.input.submission.parts(), expected, (header) => this.checkHeader(header), this.problems);
    if (numbers === null) return null;
    const targets = this.targets(answers, (name) => withoutCells(name, answers));
    return {
      ...this.commonInput(answers, answersRows),
      get submissionRows() { return notKept(); },
      get scoredIndex() { return notKept(); },
      get submission() { return notKept(); },
      get ids() { return notKept(); },
      targets,
      numbers: new Map(targets.map(({ submission }, k) => [submission, numbers[k]!])),
      submissionColumn: notKept,
    };
  }

  private requireTargetPairs(): void {
    const { target, answerTarget } = this.layout;
    if (answerTarget.length === target.length) return;
    throw new BadParams(`answer_target: ${answerTarget.length} names for ${target.length} target columns.`);
  }

  /** The rows that the condition leaves. */
  private scoredRows(answers: CsvTable): { answersRows: Int32Array; scoredOfAnswers: Int32Array | null } {
    const { where } = this.metric.common;
    if (where === undefined) return { answersRows: identity(answers.rows), scoredOfAnswers: null };
    const answersRows = rowsWhere(answers, columnOf(answers, where.column), where, this.answersProblems);
    if (answersRows.length === 0 && answers.rows > 0) {
      this.answersProblems.add('no_rows', { message: 'no row satisfies the condition "where".' });
    }
    const scoredOfAnswers = new Int32Array(answers.rows).fill(notRead);
    answersRows.forEach((row, scored) => (scoredOfAnswers[row] = scored));
    return { answersRows, scoredOfAnswers };
  }

  private targets(answers: CsvTable, submitted: (name: string) => Column): Target[] {
    const { target, answerTarget } = this.layout;
    return target.map((name, k) => ({ name, answers: answers.columns.get(answerTarget[k]!) ?? null, submission: submitted(name) }));
  }

  private commonInput(answers: CsvTable, answersRows: Int32Array) {
    return {
      rows: answersRows.length,
      answersRows,
      answers,
      bounds: this.metric.common.range ?? null,
      problems: this.problems,
      warnings: this.warnings,
      answersProblems: this.answersProblems,
      answersColumn: (name: string) => columnOf(answers, name),
    };
  }

  // Scoring

  private parts(answers: CsvTable, input: ScoringInput, prepared: Prepared): { public: Score | null; private: Score | null } {
    if (this.usage === null || this.input.parts === false) return { public: null, private: null };
    const usage = columnOf(answers, this.usage);
    const count = prepared.unitRows?.length ?? input.rows;
    const isPublic = new Uint8Array(count);
    for (let unit = 0; unit < count; unit++) {
      const scored = prepared.unitRows?.[unit] ?? unit;
      isPublic[unit] = holds(usage, input.answersRows[scored]!, publicText) ? 1 : 0;
    }
    const units = identity(count);
    return {
      public: this.part(prepared, units.filter((unit) => isPublic[unit] === 1), 'public'),
      private: this.part(prepared, units.filter((unit) => isPublic[unit] === 0), 'private'),
    };
  }

  private part(prepared: Prepared, units: Int32Array, name: string): Score | null {
    if (units.length === 0) return null;
    try {
      const score = prepared.score(units);
      return Number.isFinite(score) ? { score, se: bootstrapError(prepared, units) } : null;
    } catch (error) {
      if (!(error instanceof UndefinedScore)) throw error;
      this.warnings.add('undefined_score', { message: `The ${name} part has no score: ${error.message}` });
      return null;
    }
  }

  // Results

  private addUndefined(error: UndefinedScore): void {
    if (error.code === 'bad_answers') this.answersProblems.add('undefined_score', { message: error.message });
    else this.problems.add('undefined_score', { message: error.message, fix: 'Change the predictions so that the metric is defined.' });
  }

  private failed(): boolean {
    return this.problems.size + this.answersProblems.size + this.paramProblems.length > 0;
  }

  private invalid(rows: number): CompetitionGrade {
    return invalid(
      this.metric.name,
      this.metric.direction,
      rows,
      [
        ...this.paramProblems,
        // Against broken answers nothing can be said about the submission: the player is not blamed.
        ...(this.answersProblems.size > 0
          ? this.answersProblems.toAnswersProblems(() => this.input.answers)
          : this.problems.toSubmissionProblems(() => this.input.submission.whole())),
      ],
      this.warnings.toSubmissionProblems(() => this.input.submission.whole()),
    );
  }
}

function identity(length: number): Int32Array {
  const values = new Int32Array(length);
  for (let i = 0; i < length; i++) values[i] = i;
  return values;
}

/** The column, or one without any cell when the file lacks it, so that other checks go on. */
function columnOf(table: CsvTable, name: string): Column {
  return table.columns.get(name) ?? withoutCells(name, table);
}

const withoutCells = (name: string, { data }: CsvTable): Column => new Column(name, data, Uint32Array.of(absent, absent), 0, 0);

function notKept(): never {
  throw new CellsNeeded();
}

function columnsOf(table: CsvTable, names: readonly string[]): Column[] {
  return names.map((name) => columnOf(table, name));
}
