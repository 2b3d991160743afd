import * as z from 'zod';
import type { Direction } from '../competition/manifest';
import type { IdRule } from './matching';
import { onceEach } from './matching';
import type { Column, CsvTable } from './csv';
import type { ProblemList } from './problems';
import type { ProblemCode } from './result';

/** A target column on both sides. `answers` is null when the metric takes the truth from elsewhere. */
export interface Target {
  readonly name: string;
  readonly answers: Column | null;
  readonly submission: Column;
}

/** Marks of `ScoringInput.scoredIndex`. */
export const onlyChecked = -1;
export const notRead = -2;

/** The two matched tables, as a metric sees them. */
export interface ScoringInput {
  /** Scored rows, n. */
  readonly rows: number;
  /** Scored row → answers row. */
  readonly answersRows: Int32Array;
  /** Scored row → submission row, −1 when its id is missing. */
  readonly submissionRows: Int32Array;
  /** Submission row → scored row, or `onlyChecked` (unknown id), or `notRead` (excluded by `where`). */
  readonly scoredIndex: Int32Array;
  readonly answers: CsvTable;
  readonly submission: CsvTable;
  readonly ids: { readonly answers: readonly Column[]; readonly submission: readonly Column[] };
  readonly targets: readonly Target[];
  /** The bounds of parameter `range`. */
  readonly bounds: readonly [number, number] | null;
  /** Numbers of submitted target columns that were read already, by the scored rows; cells are then not to be had. */
  readonly numbers: ReadonlyMap<Column, Float64Array> | null;
  /** The same of the answers' target columns. */
  readonly truths: ReadonlyMap<Column, Float64Array> | null;
  readonly problems: ProblemList;
  readonly warnings: ProblemList;
  readonly answersProblems: ProblemList;
  /** A column of the answers named by a parameter; its absence was reported before. */
  answersColumn(name: string): Column;
  submissionColumn(name: string): Column;
}

/** The formula has no value for these rows. */
export class UndefinedScore extends Error {
  constructor(
    readonly code: Extract<ProblemCode, 'bad_answers' | 'undefined_score'>,
    message: string,
  ) {
    super(message);
  }
}

/** More is asked of a file that was read in one pass than its numbers: its cells, or their places. */
export class CellsNeeded extends Error {}

/** A parameter that does not fit the data, found while preparing. */
export class BadParams extends Error {}

/**
 * A metric after all cells were read. It can score any selection of units, so that public,
 * private and all rows, and every bootstrap resample, cost one pass over numbers.
 */
export interface Prepared {
  /** Unit → a scored row of it (decides its `Usage`). Absent when units are the scored rows. */
  readonly unitRows?: Int32Array;
  /** Rows that were scored, when the metric itself leaves rows out. */
  readonly rows?: number;
  /**
   * @param units numbers of the units to score, repeats allowed
   * @throws UndefinedScore when the formula has no value for them
   */
  score(units: Int32Array): number;
}

export const whereSchema = z.strictObject({
  column: z.string(),
  op: z.enum(['==', '!=', '>', '>=', '<', '<=']),
  value: z.union([z.number(), z.boolean(), z.string()]),
});
export type Where = z.output<typeof whereSchema>;

const commonShape = {
  answer_target: z.array(z.string()).min(1).optional(),
  where: whereSchema.optional(),
};
const rangeShape = {
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low <= high, { message: 'must be [low, high] with low ≤ high' })
    .optional(),
};
const commonSchema = z.object({ ...commonShape, ...rangeShape });
export type CommonParams = z.output<typeof commonSchema>;

/** A metric with its parameters fixed. */
export interface BoundMetric {
  readonly name: string;
  readonly direction: Direction;
  readonly label: string;
  readonly range: readonly [number, number];
  readonly formula: string;
  readonly explanation: string;
  readonly common: CommonParams;
  readonly idRule: IdRule;
  /** Columns of the answers that parameters name. */
  readonly answersColumns: readonly string[];
  /** Columns of the submission beside id and targets. */
  readonly submissionColumns: readonly string[];
  /** False when the answers need not hold the target columns. */
  readonly truthInTargets: boolean;
  /** Whether the predictions are numbers, so that reading them in one pass is worth trying. */
  readonly numeric: boolean;
  /** Reads all cells. @throws BadParams, UndefinedScore, CellsNeeded */
  prepare(input: ScoringInput): Prepared;
}

/** What a metric's file declares: one entry of the registry. */
export interface MetricSpec<Shape extends z.ZodRawShape> {
  readonly name: string;
  readonly direction: Direction;
  /** Own parameters; `answer_target`, `where` and `range` are added. */
  readonly params: Shape;
  /** Checks between parameters: a message for an impossible combination. */
  readonly check?: (params: Params<Shape>) => string | undefined;
  /** False for metrics whose predictions are no numbers: they take no `range`. */
  readonly numeric: boolean;
  /** What people call it, as "macro F1" or "RMSE". */
  readonly label: (params: Params<Shape>) => string;
  readonly range: readonly [number, number] | ((params: Params<Shape>) => readonly [number, number]);
  /** Plain Unicode text. */
  readonly formula: string | ((params: Params<Shape>) => string);
  /** One to three sentences for the competition page. */
  readonly explanation: string | ((params: Params<Shape>) => string);
  readonly oneColumn?: boolean;
  readonly idRule?: (params: Params<Shape>) => IdRule;
  readonly answersColumns?: (params: Params<Shape>) => readonly (string | undefined)[];
  readonly submissionColumns?: (params: Params<Shape>) => readonly string[];
  readonly truthInTargets?: (params: Params<Shape>) => boolean;
  readonly prepare: (input: ScoringInput, params: Params<Shape>) => Prepared;
}

type Params<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

export interface Metric {
  readonly name: string;
  readonly direction: Direction;
  /** The zod schema of all parameters, for pickers and documentation. */
  readonly schema: z.ZodType;
  /** Null when the parameters decide it. */
  readonly range: readonly [number, number] | null;
  /** Fixes the parameters. Returns messages when they are unknown or impossible. */
  bind(params: unknown): BoundMetric | { readonly errors: readonly string[] };
}

/** Makes a registry entry of a declaration. */
export function defineMetric<Shape extends z.ZodRawShape>(spec: MetricSpec<Shape>): Metric {
  const own = z.object(spec.params);
  const schema = z.strictObject({ ...spec.params, ...commonShape, ...(spec.numeric ? rangeShape : {}) });
  return {
    name: spec.name,
    direction: spec.direction,
    schema,
    range: typeof spec.range === 'function' ? null : spec.range,
    bind(raw) {
      const parsed = schema.safeParse(raw === undefined ? {} : raw);
      if (!parsed.success) return { errors: parsed.error.issues.map(describeIssue) };
      const params = own.parse(parsed.data);
      const impossible = spec.check?.(params);
      if (impossible !== undefined) return { errors: [impossible] };
      const of = <T>(value: T | ((p: Params<Shape>) => T)): T => (value instanceof Function ? value(params) : value);
      return {
        name: spec.name,
        direction: spec.direction,
        label: spec.label(params),
        range: of(spec.range),
        formula: of(spec.formula),
        explanation: of(spec.explanation),
        common: commonSchema.parse(parsed.data),
        idRule: spec.idRule?.(params) ?? onceEach,
        answersColumns: (spec.answersColumns?.(params) ?? []).filter((name) => name !== undefined),
        submissionColumns: spec.submissionColumns?.(params) ?? [],
        truthInTargets: spec.truthInTargets?.(params) ?? true,
        numeric: spec.numeric,
        prepare(input) {
          if (spec.oneColumn === true) requireOneColumn(spec.name, input);
          return spec.prepare(input, params);
        },
      };
    },
  };
}

/** @throws BadParams unless there is exactly one target column */
export function requireOneColumn(name: string, input: ScoringInput): void {
  if (input.targets.length !== 1) {
    throw new BadParams(`${name} scores one target column, but there are ${input.targets.length}: ${input.targets.map((t) => t.name).join(', ')}.`);
  }
}

/** The same input with only the given scored rows; the others' cells are not read. */
export function restrictRows(input: ScoringInput, kept: Int32Array): ScoringInput {
  const place = new Int32Array(input.rows).fill(notRead);
  kept.forEach((scored, i) => (place[scored] = i));
  return {
    ...input,
    rows: kept.length,
    answersRows: kept.map((scored) => input.answersRows[scored]!),
    submissionRows: kept.map((scored) => input.submissionRows[scored]!),
    scoredIndex: input.scoredIndex.map((scored) => (scored < 0 ? scored : place[scored]!)),
  };
}

/** @throws BadParams with fewer than two target columns */
export function requireSeveralColumns(name: string, input: ScoringInput): void {
  if (input.targets.length < 2) throw new BadParams(`${name} needs two or more target columns.`);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  return `${where}${issue.message}`;
}

/** A label as parameters give it: text, number or boolean. */
export const labelSchema = z.union([z.string(), z.number(), z.boolean()]);
export const labelsSchema = z.array(labelSchema).min(1).optional();
