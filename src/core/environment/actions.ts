import * as z from 'zod';

/**
 * The action table: everything that can happen inside a run. The model's tools, the chat tools,
 * the gym server and the CLI are generated from it, so an action is written once, here.
 * Names are API.
 */

const path = z.string().min(1).describe('Path relative to the working folder, e.g. "train.py". Data lies under "data/".');
const cellId = z.string().min(1).describe('Id of a notebook cell, as read_notebook shows it.');
const notebook = path.describe('Path of the notebook, e.g. "solution.ipynb".');
const seconds = z.number().positive().optional().describe('Time limit in seconds; never above the run\'s own limit per step.');

/** Operators of the solution tree: how an attempt came to be. */
export const operatorSchema = z.enum([
  'baseline', 'draft', 'debug', 'improve', 'ablate', 'refine', 'tune', 'crossover', 'blend', 'verify', 'backtrack',
  'human', 'external',
]);
export type Operator = z.output<typeof operatorSchema>;

/**
 * What an action may do, which decides how it is shown, approved and resumed:
 * `read` changes nothing, `write` changes the attempt's working copy, `execute` runs code in the
 * sandbox, `grade` uses a graded call, `control` moves between attempts or ends the run.
 */
export type ActionEffect = 'read' | 'write' | 'execute' | 'grade' | 'control';

interface ActionDefinition<P extends z.ZodObject> {
  readonly description: string;
  readonly effect: ActionEffect;
  readonly params: P;
  /** Only where the run is isolated. */
  readonly needsIsolation?: true;
}

const define = <P extends z.ZodObject>(definition: ActionDefinition<P>): ActionDefinition<P> => definition;

export const actionTable = {
  competition_info: define({
    description: 'The competition: description, files, metric with its direction, submission format, limits.',
    effect: 'read',
    params: z.strictObject({}),
  }),
  data_preview: define({
    description: 'Columns of a data file with kind, missing values and distribution, and its first rows.',
    effect: 'read',
    params: z.strictObject({ path: path.default('data/train.csv'), rows: z.int().min(1).max(50).default(5) }),
  }),
  list_files: define({
    description: 'Files of the working folder and of data/, with sizes.',
    effect: 'read',
    params: z.strictObject({ path: z.string().default('.') }),
  }),
  read_file: define({
    description: 'Text of a file, by lines; long files are cut and say so.',
    effect: 'read',
    params: z.strictObject({ path, start: z.int().min(1).optional(), end: z.int().min(1).optional() }),
  }),
  write_file: define({
    description: 'Create a file or replace its whole text. Not for notebooks or data.',
    effect: 'write',
    params: z.strictObject({ path, content: z.string() }),
  }),
  edit_file: define({
    description: 'Replace an exact text in a file. It must occur exactly once unless replace_all is set.',
    effect: 'write',
    params: z.strictObject({ path, old: z.string().min(1), new: z.string(), replace_all: z.boolean().default(false) }),
  }),
  search_files: define({
    description: 'Lines that contain a text (or match a regular expression) in the working folder.',
    effect: 'read',
    params: z.strictObject({ query: z.string().min(1), glob: z.string().default('**/*'), regex: z.boolean().default(false) }),
  }),
  read_notebook: define({
    description: 'Cells of a notebook with id, kind, source and trimmed outputs.',
    effect: 'read',
    params: z.strictObject({ path: notebook }),
  }),
  insert_cell: define({
    description: 'Insert a cell after another one (or first when after is left out). Creates the notebook when it does not exist.',
    effect: 'write',
    params: z.strictObject({
      path: notebook,
      after: cellId.optional(),
      kind: z.enum(['code', 'markdown']).default('code'),
      source: z.string(),
    }),
  }),
  edit_cell: define({
    description: 'Replace the source of a cell.',
    effect: 'write',
    params: z.strictObject({ path: notebook, cell: cellId, source: z.string() }),
  }),
  delete_cell: define({
    description: 'Delete a cell.',
    effect: 'write',
    params: z.strictObject({ path: notebook, cell: cellId }),
  }),
  run_cell: define({
    description: 'Run one cell in the live kernel and store its outputs in the notebook. What it leaves in the background goes on only while a cell runs.',
    effect: 'execute',
    params: z.strictObject({ path: notebook, cell: cellId, seconds }),
  }),
  run_all: define({
    description: 'Run all cells of a notebook from top to bottom in a fresh kernel and store their outputs.',
    effect: 'execute',
    params: z.strictObject({ path: notebook, seconds }),
  }),
  restart_kernel: define({
    description: 'Restart the live kernel; its variables are lost.',
    effect: 'execute',
    params: z.strictObject({}),
  }),
  run_script: define({
    description: 'Run a Python script from top to bottom in a fresh process.',
    effect: 'execute',
    params: z.strictObject({ path: path.default('train.py'), args: z.array(z.string()).default([]), seconds }),
  }),
  shell: define({
    description: 'Run a shell command in the sandbox. One that uses the network or installs packages waits until the person has allowed it.',
    effect: 'execute',
    params: z.strictObject({
      command: z.string().min(1),
      seconds,
      why: z.string().max(300).optional().describe('Why the command needs the network or packages, in one sentence; the person reads it.'),
    }),
    needsIsolation: true,
  }),
  validate: define({
    description: 'Check that code parses and, when there is one, that the submission file obeys every rule. Uses no graded call.',
    effect: 'read',
    params: z.strictObject({ path: path.optional().describe('A script, notebook or submission; default: all of the attempt.') }),
  }),
  submit: define({
    description:
      'Grade this attempt. Its entry file is run again from top to bottom in a fresh process when anything changed since the last such run; what is scored is what the files say.',
    effect: 'grade',
    params: z.strictObject({ entry: path.optional().describe('Script or notebook that writes the submission; default: the last one run.') }),
  }),
  history: define({
    description: 'Attempts so far with operator, plan, claim, public score and status.',
    effect: 'read',
    params: z.strictObject({ last: z.int().min(1).max(200).default(20) }),
  }),
  note: define({
    description: 'Write one line for the person and for later attempts.',
    effect: 'control',
    params: z.strictObject({ text: z.string().min(1).max(2000) }),
  }),
  checkpoint: define({
    description: 'Remember the files of this attempt as they are now.',
    effect: 'write',
    params: z.strictObject({ label: z.string().max(200).default('') }),
  }),
  undo: define({
    description: 'Put the files of this attempt back to how they were before the last changing steps.',
    effect: 'write',
    params: z.strictObject({ steps: z.int().min(1).max(20).default(1) }),
  }),
  reset: define({
    description: 'Begin a new attempt, from an earlier attempt\'s files or from empty.',
    effect: 'control',
    params: z.strictObject({
      from: z.int().min(1).nullable().default(null).describe('Number of the attempt whose files to start from; null starts empty.'),
      parents: z.array(z.int().min(1)).optional().describe('All parents when there is more than one, e.g. for a blend.'),
      operator: operatorSchema.default('draft'),
      plan: z.string().max(2000).default('').describe('One sentence: what this attempt tries.'),
    }),
  }),
  finish: define({
    description: 'End the run.',
    effect: 'control',
    params: z.strictObject({ reason: z.string().max(2000).default('') }),
  }),
} as const;

export type ActionName = keyof typeof actionTable;
export type ActionParams<N extends ActionName> = z.output<(typeof actionTable)[N]['params']>;
/** A checked action: a name of the table with its parameters, defaults filled in. */
export type Action = { [N in ActionName]: { readonly name: N; readonly params: ActionParams<N> } }[ActionName];
/** An action as a player sends it: anything at all until `parseAction` has looked at it. */
export interface RawAction {
  readonly name: string;
  readonly params?: unknown;
}

export const actionNames = Object.keys(actionTable) as ActionName[];

export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(actionTable, name);
}

export type ParsedAction = { readonly ok: true; readonly action: Action } | { readonly ok: false; readonly message: string; readonly hints: string[] };

/** Checks name and parameters. Never throws: what is wrong becomes an observation. */
export function parseAction(raw: RawAction): ParsedAction {
  if (!isActionName(raw.name)) {
    return { ok: false, message: `There is no action "${raw.name}".`, hints: [`Actions: ${actionNames.join(', ')}.`] };
  }
  const result = actionTable[raw.name].params.safeParse(raw.params ?? {});
  if (!result.success) {
    const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'parameters'}: ${issue.message}`);
    return { ok: false, message: `Parameters of "${raw.name}" do not fit: ${issues.join('; ')}.`, hints: [actionTable[raw.name].description] };
  }
  return { ok: true, action: { name: raw.name, params: result.data } as Action };
}
