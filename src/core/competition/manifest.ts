import * as z from 'zod';

/** Modality decides the icon and which template families the offline agent tries. */
export const modalitySchema = z.enum(['tabular', 'text', 'image', 'time', 'other']);
export const taskSchema = z.enum(['binary', 'multiclass', 'multilabel', 'regression']);
export const directionSchema = z.enum(['maximize', 'minimize']);

/** A path inside the competition folder: relative, forward slashes, no way out of the folder. */
const relativePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.includes('\\') && !path.split('/').includes('..'), {
    message: 'must be a relative path with forward slashes that stays inside the competition folder',
  });

/**
 * A grader in Python, for a score that no native metric computes. It runs in a sandbox of its own
 * that sees answers and submission, never in Podium's process and never where players' code runs.
 */
const pythonGraderSchema = z.strictObject({
  /** The file with the grader. Its folder's root, `grader/`, is on Python's path. */
  python: relativePath.refine((path) => path.startsWith('grader/') && path.endsWith('.py'), { message: 'must be a .py file under grader/' }),
  /**
   * How it is called. `function`: `name(submission, answers)`; `class`: `name()` with
   * `validate_submission(submission, answers)` and `evaluate(answers, submission)`.
   */
  form: z.enum(['function', 'class']).default('function'),
  name: z.string().default('grade'),
  direction: directionSchema,
  /** What people call the score. */
  label: z.string().min(1).default('score'),
  seconds: z.number().positive().default(600),
  memoryGb: z.number().positive().default(4),
});

/**
 * The evaluation of a person who optimises something: their own shell command, run over the files
 * of `solution/`, which players change, and of `evaluation/`, which they do not. Its score is what
 * it prints, see `readPrintedScore`.
 */
const evaluationSchema = z.strictObject({
  command: z.string().trim().min(1).max(2000),
  direction: directionSchema,
  /** What people call the score. */
  label: z.string().min(1).default('score'),
  /** Time limit of one evaluation; the run's limit per step when left out. */
  seconds: z.number().positive().optional(),
  /**
   * What decides: after the run this command is run over the chosen attempt's files in a sandbox of
   * its own, with data and files from PODIUM_HOME that no player sees. Without it the competition is
   * self-scored.
   */
  test: z.strictObject({ command: z.string().trim().min(1).max(2000), seconds: z.number().positive().default(3600), sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits') }).optional(),
});

const filesSchema = z.array(
  z.strictObject({
    /** A path that ends in `/` is a folder, with everything in it. */
    path: relativePath,
    role: z.enum(['train', 'test', 'sample', 'other']),
    description: z.string(),
  }),
);

/** Scores, on what decides, between which the gap is measured that a run closes. */
export const referenceSchema = z.strictObject({
  baseline: z.number(),
  human: z.number(),
  /** Run time of the baseline in seconds. */
  seconds: z.number().positive().optional(),
  source: z.string(),
});
export type Reference = z.output<typeof referenceSchema>;

/** What every competition.yaml says, version 1. */
const common = {
  schema: z.literal(1),
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens')
    // A bench is named by its id, and this folder of the workspace holds imported competitions.
    .refine((id) => id !== 'competitions', '"competitions" is the name of the folder of all imported ones'),
  title: z.string().min(1),
  summary: z.string().min(1),
  source: z.strictObject({
    kind: z.enum(['bundled', 'imported', 'kaggle', 'own']),
    name: z.string(),
    url: z.url().optional(),
    /** Absent for a person's own data, which nobody else may have a licence for. */
    licence: z.string().optional(),
    licenceUrl: z.url().optional(),
    citation: z.string().optional(),
    rulesUrl: z.url().optional(),
    /** Name of the competition on Kaggle. */
    slug: z.string().optional(),
  }),
  reference: referenceSchema.optional(),
  limits: z
    .strictObject({
      stepSeconds: z.number().positive().default(300),
      runSeconds: z.number().positive().default(1800),
      /** Graded calls of a run. */
      submissions: z.int().positive().default(50),
      /** Graded calls of a UTC day, over all runs of a person: room for several seeds. */
      submissionsPerDay: z.int().positive().default(500),
    })
    .prefault({}),
  environment: z
    .strictObject({
      image: z.string().default('cpu'),
      gpu: z.enum(['none', 'optional', 'required']).default('none'),
      memoryGb: z.number().positive().default(4),
      shmMb: z.number().positive().default(512),
      diskMb: z.number().positive().default(2048),
      network: z.enum(['none', 'bridge']).default('none'),
    })
    .prefault({}),
};

/**
 * A competition with hidden answers. The folder around the file holds `description.md` and `data/`
 * (public). Answers (id, targets, `Usage` = Public | Private) are `private/answers.csv` of a bundled
 * competition, copied to PODIUM_HOME, or lie there from the beginning, named by `answers`; they
 * are never bound into a player's sandbox. The score is a native `metric` or comes from `grader`.
 */
const predictionFields = z.strictObject({
  ...common,
  /**
   * The data as it was before a test set was cut from it, in PODIUM_HOME only, since it holds the
   * answers: the same paths as `data/`, with all training rows and the real test set.
   */
  original: z.strictObject({ folder: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'), sample: relativePath }).optional(),
  modality: modalitySchema,
  task: taskSchema,
  files: filesSchema,
  submission: z.strictObject({
    file: relativePath.default('submission.csv'),
    id: z.array(z.string()).min(1),
    target: z.array(z.string()).min(1),
    rules: z.array(z.string()).default([]),
  }),
  metric: z.strictObject({ name: z.string(), params: z.record(z.string(), z.json()).default({}) }).optional(),
  grader: pythonGraderSchema.optional(),
  /** Answers that lie in PODIUM_HOME only, by content. */
  answers: z
    .strictObject({
      sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
      /** JSON lines go to a Python grader only. */
      file: z.enum(['answers.csv', 'answers.jsonl']).default('answers.csv'),
    })
    .optional(),
  /** Final standings by their thresholds, where the board itself is not at hand. */
  standings: z
    .strictObject({ teams: z.int().positive(), gold: z.number(), silver: z.number(), bronze: z.number(), median: z.number(), source: z.string() })
    .optional(),
  split: z.strictObject({
    seed: z.int(),
    /** Share of the answer rows whose score the player sees, 0 to 1. */
    publicShare: z.number().gt(0).lte(1),
    by: z.enum(['row', 'group', 'time']),
    column: z.string().optional(),
    note: z.string().optional(),
  }),
});

/**
 * A person's own evaluation: no predictions, no hidden answers, no board. Beside `description.md`
 * and `data/` lie `solution/` and `evaluation/`.
 */
const evaluationFields = z.strictObject({
  ...common,
  modality: modalitySchema.default('other'),
  files: filesSchema.default([]),
  grader: evaluationSchema,
});

/** Name of a score that comes from a grader and is not named otherwise. */
const unnamedScore = 'score';

/**
 * A competition as the program knows it, of either kind. `evaluation` tells them apart: where it is
 * there, `submission` names the record of an evaluation, and no column, row or answer exists.
 */
export type Manifest = Omit<z.output<typeof predictionFields>, 'task' | 'metric'> & {
  readonly task: TaskKind | 'optimize';
  readonly metric: NonNullable<z.output<typeof predictionFields>['metric']>;
  readonly evaluation: Evaluation | undefined;
};

export const predictionManifestSchema = predictionFields
  .refine((fields) => fields.metric !== undefined || fields.grader !== undefined, { path: ['metric'], message: 'either a metric or a grader is needed' })
  .transform((fields): Manifest => ({ ...fields, metric: fields.metric ?? { name: unnamedScore, params: {} }, evaluation: undefined }));

export const evaluationManifestSchema = evaluationFields.transform(
  ({ grader, ...fields }): Manifest => ({
    ...fields,
    task: 'optimize',
    submission: { file: 'evaluation.json', id: [], target: [], rules: [] },
    split: { seed: 0, publicShare: 1, by: 'row' },
    metric: { name: unnamedScore, params: {} },
    evaluation: grader,
  }),
);

/** Whether a competition.yaml is of a person's own evaluation, however wrong it is otherwise. */
export function hasOwnEvaluation(value: unknown): boolean {
  return z.object({ grader: z.object({ command: z.unknown() }) }).safeParse(value).data?.grader.command !== undefined;
}

export const manifestSchema = z.union([predictionManifestSchema, evaluationManifestSchema]);

export type Evaluation = z.output<typeof evaluationSchema>;
export type PythonGrader = z.output<typeof pythonGraderSchema>;
export type Modality = z.output<typeof modalitySchema>;
export type TaskKind = z.output<typeof taskSchema>;
export type Direction = z.output<typeof directionSchema>;

/** One column of a public file as the competition page and `data_preview` show it. */
export const columnProfileSchema = z.object({
  name: z.string(),
  kind: z.enum(['number', 'category', 'text', 'date', 'id']),
  role: z.enum(['id', 'target', 'feature']),
  missing: z.int(),
  unique: z.int(),
  /** Numbers: range and a histogram of 12 equal bins. */
  range: z.tuple([z.number(), z.number()]).optional(),
  histogram: z.array(z.int()).optional(),
  /** Categories: the most frequent values, at most 5. */
  top: z.array(z.object({ value: z.string(), count: z.int() })).optional(),
});

/** A public CSV file: row count, columns, and the first rows as text (null = missing). */
export const fileProfileSchema = z.object({
  path: z.string(),
  bytes: z.int(),
  rows: z.int(),
  columns: z.array(columnProfileSchema),
  head: z.array(z.array(z.string().nullable())),
});

export const pictureSchema = z.object({
  path: z.string(),
  /** What the training file says of it. */
  label: z.string().nullable(),
  /** Width and height in pixels, where they are known. */
  size: z.tuple([z.int(), z.int()]).nullable(),
  /** The picture itself, as a data URI. */
  uri: z.string(),
});

/** A public folder, for example of pictures. */
export const folderProfileSchema = z.object({
  /** Ends in `/`. */
  path: z.string(),
  files: z.int(),
  bytes: z.int(),
  /** Endings of the file names, the most frequent first; empty for none. */
  kinds: z.array(z.object({ kind: z.string(), count: z.int() })),
  /** The column of the training file that names files here: `base` and a cell together are a path. */
  namedBy: z.object({ column: z.string(), base: z.string() }).nullable(),
  /** A few to show. */
  pictures: z.array(pictureSchema),
});

export type Picture = z.output<typeof pictureSchema>;
export type FolderProfile = z.output<typeof folderProfileSchema>;
export type ColumnProfile = z.output<typeof columnProfileSchema>;
export type FileProfile = z.output<typeof fileProfileSchema>;

/**
 * A leaderboard row. Boards of bundled competitions are reference solutions, not people. `score`
 * is over all answer rows; `public` and `private` are over theirs, where the board says so.
 */
export const boardEntrySchema = z.object({ name: z.string(), score: z.number(), public: z.number().optional(), private: z.number().optional() });
export type BoardEntry = z.output<typeof boardEntrySchema>;
