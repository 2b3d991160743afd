import { bootstrapError } from './bootstrap';
import { hashSeed } from './bytes';
import { ColumnPlan, isPublicRow } from './columnPlan';
import type { AskedColumns } from './columnPlan';
import { Column, ColumnWithoutCells, headerOf, inMemory, readCsv } from './csv';
import type { CsvFile, CsvTable } from './csv';
import { absent } from './csvScanner';
import { unknownMetricFix, unknownMetricMessage } from './describe';
import { identity, indexAnswers, matchRows, onceEach } from './matching';
import { BadParams, CellsNeeded, UndefinedScore, notRead, onlyChecked } from './metric';
import type { BoundMetric, Prepared, ScoringInput } from './metric';
import { indexNumbers, submittedNumbers } from './numbersById';
import type { SubmittedNumbers, Wanted } from './numbersById';
import { inScoredOrder } from './onePass';
import type { Expected } from './onePass';
import { ProblemList, plainProblem } from './problems';
import { findMetric } from './registry';
import type { CompetitionGrade, Problem, Score } from './result';
import { rowsWhere } from './where';

export interface GradeInput extends AskedColumns {
  /** Unpacked CSV files. Neither is changed. Long ones are better given as files, to be read in parts. */
  readonly answers: Uint8Array | CsvFile;
  readonly submission: Uint8Array | CsvFile;
  readonly metric: string;
  /** Parameters of the metric; checked here. */
  readonly params?: unknown;
  /** False: `public` and `private` are left null, which saves their standard errors. */
  readonly parts?: boolean;
}

/**
 * Grades a submission against answers. Pure and total: whatever is wrong with the files or the
 * parameters is in the result, with every problem found.
 *
 * `score` is over all scored rows. `public` and `private` are the same metric over the rows of
 * each part, with a bootstrap standard error; null without a split or without a value there.
 */
export function grade(input: GradeInput): CompetitionGrade {
  const bound = bind(input);
  return 'prepare' in bound ? gradeBy(bound, input) : bound;
}

/** As `grade`, by a metric that need not be in the registry. */
export function gradeBy(metric: BoundMetric, input: Omit<GradeInput, 'metric' | 'params'>): CompetitionGrade {
  const files = filesOf(metric, input);
  const grading = new Grading(files, metric);
  const answers = grading.knowAnswers();
  return (answers === null ? null : grading.inOnePass(answers)) ?? new Grading(files, metric).run();
}

/**
 * Reads the numbers of the submission somewhere else, as `submittedNumbers` does it. Never rejects:
 * undefined when it could not be done there.
 */
export type ReadElsewhere = (wanted: Wanted, seed: number) => Promise<SubmittedNumbers | null | undefined>;

/** As `grade`; a submission of which only numbers are needed is read elsewhere while the answers are read here. */
export async function gradeWithHelp(input: GradeInput, read: ReadElsewhere): Promise<CompetitionGrade> {
  const metric = bind(input);
  if (!('prepare' in metric)) return metric;
  const files = filesOf(metric, input);
  const grading = new Grading(files, metric);
  const asked = grading.expectedColumns();
  if (asked === null) return gradeBy(metric, input);
  const reading = read(asked, grading.seed);
  const answers = grading.knowAnswers();
  if (answers === null) return new Grading(files, metric).run();
  const submitted = JSON.stringify(asked) === JSON.stringify(grading.columns.wanted) ? await reading : undefined;
  return grading.inOnePass(answers, submitted) ?? new Grading(files, metric).run();
}

/** The metric with its parameters, or why there is none. */
function bind(input: GradeInput): BoundMetric | CompetitionGrade {
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
  return bound;
}

type Files = GradeInput & { readonly answers: CsvFile; readonly submission: CsvFile };

const filesOf = (metric: BoundMetric, input: Omit<GradeInput, 'metric' | 'params'>): Files =>
  ({ ...input, metric: metric.name, answers: asFile(input.answers), submission: asFile(input.submission) });

const asFile = (file: Uint8Array | CsvFile): CsvFile => (file instanceof Uint8Array ? inMemory(file) : file);

const badParams = (metric: string, message: string): Problem =>
  plainProblem('bad_params', `Parameters of ${metric}: ${message}`, 'Correct the metric parameters.');

function invalid(
  metric: string, direction: CompetitionGrade['direction'], rows: number,
  errors: Problem[], warnings: Problem[] = [],
): CompetitionGrade {
  return { valid: false, score: null, metric, direction, rows, errors, warnings, public: null, private: null };
}

/** What a submission that is read in one pass is held against. */
interface Answers extends Expected {
  /** Null when the answers were read in one pass as well. */
  readonly table: CsvTable | null;
  /** The truths of the targets then, in the order of the rows. */
  readonly numbers: readonly Float64Array[] | null;
  readonly answersRows: Int32Array;
}

/** One grading: the state that its steps share. */
class Grading {
  private readonly problems = new ProblemList();
  private readonly warnings = new ProblemList();
  private readonly answersProblems = new ProblemList();
  private readonly paramProblems: Problem[] = [];
  /** Of the ids' hashes. */
  readonly seed = hashSeed();
  readonly columns: ColumnPlan;

  constructor(
    private readonly input: Files,
    private readonly metric: BoundMetric,
  ) {
    this.columns = new ColumnPlan(input, metric);
  }

  run(): CompetitionGrade {
    const answers = this.readAnswers();
    const submission = answers === null ? null : this.readSubmission();
    if (answers === null || submission === null) return this.invalid(submission?.rows ?? 0);
    try {
      const input = this.match(answers, submission);
      return input === null ? this.invalid(submission.rows) : this.score(input, submission.rows);
    } catch (error) {
      if (error instanceof BadParams) this.paramProblems.push(badParams(this.metric.name, error.message));
      else if (error instanceof UndefinedScore) this.addUndefined(error);
      else throw error;
      return this.invalid(submission.rows);
    }
  }

  /** What of the submission will probably be read, by the header of the answers; null when one pass will not do. */
  expectedColumns(): Wanted | null {
    const header = this.mayDoInOnePass() ? headerOf(this.input.answers) : null;
    return header === null ? null : this.columns.expected(header);
  }

  /** The answers for `inOnePass`; null when that will not do. */
  knowAnswers(): Answers | null {
    return this.mayDoInOnePass() ? quietly(() => this.answersAsNumbers() ?? this.answersAsCells()) : null;
  }

  /**
   * The grade of a submission without fault, by a metric that needs only its numbers; the same as
   * from `run`, in less time and memory. Null in every other case, which `run` is to explain.
   *
   * @param submitted the submission, when it was read already
   */
  inOnePass(answers: Answers, submitted = submittedNumbers(this.input.submission, this.columns.wanted, this.seed)): CompetitionGrade | null {
    return quietly(() => {
      const input = submitted === null ? null : this.matchNumbers(answers, submitted);
      const grade = input === null ? null : this.score(input, input.rows);
      return grade?.valid === true ? grade : null;
    });
  }

  private mayDoInOnePass(): boolean {
    const { numeric, idRule, submissionColumns } = this.metric;
    return numeric && idRule === onceEach && submissionColumns.length === 0;
  }

  private score(input: ScoringInput, submitted: number): CompetitionGrade {
    const prepared = this.metric.prepare(input);
    if (this.failed()) return this.invalid(submitted);
    const all = prepared.unitRows === undefined && this.metric.common.where === undefined ? input.answersRows : identity(prepared.unitRows?.length ?? input.rows);
    const score = prepared.score(all);
    if (!Number.isFinite(score)) throw new UndefinedScore('undefined_score', 'The formula has no finite value for these predictions.');
    return {
      valid: true,
      score,
      metric: this.metric.name,
      direction: this.metric.direction,
      rows: prepared.rows ?? input.rows,
      errors: [],
      ...this.parts(input, prepared),
      warnings: this.warnings.toSubmissionProblems(() => this.input.submission.whole()),
    };
  }

  // Reading

  private readAnswers(): CsvTable | null {
    const table = readCsv(this.input.answers.whole(), (header) => this.columns.decide(header), this.answersProblems);
    if (table !== null) this.columns.checkAnswers(table, this.answersProblems);
    return table;
  }

  private readSubmission(): CsvTable | null {
    return readCsv(this.input.submission.whole(), (header) => this.columns.checkSubmission(header, this.problems, this.warnings), this.problems);
  }

  // Matching

  private match(answers: CsvTable, submission: CsvTable): ScoringInput | null {
    const { id, target, answerTarget } = this.columns;
    this.columns.requireTargetPairs();
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
      ...this.commonInput(answersRows),
      answers,
      submissionRows: scoredOfAnswers === null ? matching.submissionRow : answersRows.map((row) => matching.submissionRow[row]!),
      scoredIndex,
      submission,
      ids: { answers: answersIds, submission: submissionIds },
      targets: target.map((name, k) => ({ name, answers: answers.columns.get(answerTarget[k]!) ?? null, submission: columnOf(submission, name) })),
      numbers: null,
      truths: null,
      answersColumn: (name) => columnOf(answers, name),
      submissionColumn: (name) => columnOf(submission, name),
    };
  }

  /** The answers when nothing is wanted of them but ids and numbers. */
  private answersAsNumbers(): Answers | null {
    const read = indexNumbers(this.input.answers, (header) => this.columns.answersAsNumbers(header), this.seed);
    return read === null ? null : { ...read, table: null, answersRows: identity(read.rows), scored: read.rows, scoredOfAnswers: null };
  }

  private answersAsCells(): Answers | null {
    const table = this.readAnswers();
    if (table === null || this.failed()) return null;
    const index = indexAnswers(table, columnsOf(table, this.columns.id), this.answersProblems, this.seed);
    const { answersRows, scoredOfAnswers } = this.scoredRows(table);
    return this.failed() ? null : { index, rows: table.rows, table, numbers: null, answersRows, scored: answersRows.length, scoredOfAnswers };
  }

  private matchNumbers(known: Answers, submitted: SubmittedNumbers): ScoringInput | null {
    this.columns.requireTargetPairs();
    this.columns.checkSubmission(submitted.header, this.problems, this.warnings);
    const numbers = inScoredOrder(submitted, known);
    if (numbers === null) return null;
    const { target, answerTarget } = this.columns;
    const { table, numbers: truths } = known;
    const targets = target.map((name, k) => ({
      name,
      answers: truths === null ? (table?.columns.get(answerTarget[k]!) ?? null) : new ColumnWithoutCells(name, notKept),
      submission: new ColumnWithoutCells(name, notKept),
    }));
    return {
      ...this.commonInput(known.answersRows),
      get answers() { return table ?? notKept(); },
      get submissionRows() { return notKept(); },
      get scoredIndex() { return notKept(); },
      get submission() { return notKept(); },
      get ids() { return notKept(); },
      targets,
      numbers: new Map(targets.map(({ submission }, k) => [submission, numbers[k]!])),
      truths: truths === null ? null : new Map(targets.map(({ answers }, k) => [answers!, truths[k]!])),
      answersColumn: (name) => columnOf(table ?? notKept(), name),
      submissionColumn: notKept,
    };
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

  private commonInput(answersRows: Int32Array) {
    return {
      rows: answersRows.length,
      answersRows,
      bounds: this.metric.common.range ?? null,
      problems: this.problems,
      warnings: this.warnings,
      answersProblems: this.answersProblems,
    };
  }

  // Scoring

  private parts(input: ScoringInput, prepared: Prepared): { public: Score | null; private: Score | null } {
    const { usage } = this.columns;
    if (usage === null || this.input.parts === false) return { public: null, private: null };
    const column = columnOf(input.answers, usage);
    const count = prepared.unitRows?.length ?? input.rows;
    const isPublic = new Uint8Array(count);
    for (let unit = 0; unit < count; unit++) {
      const scored = prepared.unitRows?.[unit] ?? unit;
      isPublic[unit] = isPublicRow(column, input.answersRows[scored]!) ? 1 : 0;
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
          ? this.answersProblems.toAnswersProblems(() => this.input.answers.whole())
          : this.problems.toSubmissionProblems(() => this.input.submission.whole())),
      ],
      this.warnings.toSubmissionProblems(() => this.input.submission.whole()),
    );
  }
}

/** The column, or one without any cell when the file lacks it, so that other checks go on. */
function columnOf(table: CsvTable, name: string): Column {
  return table.columns.get(name) ?? withoutCells(name, table);
}

const withoutCells = (name: string, { data }: CsvTable): Column => new Column(name, data, Uint32Array.of(absent, absent), 0, 0);

/** Null instead of what cannot be told of files that were read in one pass. */
function quietly<T>(step: () => T | null): T | null {
  try {
    return step();
  } catch (error) {
    if (error instanceof BadParams || error instanceof UndefinedScore || error instanceof CellsNeeded) return null;
    throw error;
  }
}

function notKept(): never {
  throw new CellsNeeded();
}

function columnsOf(table: CsvTable, names: readonly string[]): Column[] {
  return names.map((name) => columnOf(table, name));
}
