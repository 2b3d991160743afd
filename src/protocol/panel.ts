import * as z from 'zod';
import { boardKindSchema } from '../core/competition/boardPart';
import { healthSchema } from '../core/competition/finding';
import { fileProfileSchema, folderProfileSchema, boardEntrySchema, directionSchema, modalitySchema } from '../core/competition/manifest';
import { milestoneSchema } from '../core/environment/milestones';
import { attemptViewSchema, runViewSchema, stepViewSchema } from '../core/run/view';
import { statsSchema } from './stats';

// What the webviews may name: they import this folder only.
export { runViewSchema };
export { gapOfRun, methodCost } from '../core/run/gap';
export { remedyOf } from '../core/run/modelTrouble';
export { refitOf } from '../core/run/refit';
export type { RefitView } from '../core/run/refit';
export { boardOver } from '../core/competition/boardPart';
export type { BoardKind } from '../core/competition/boardPart';
export type { AttemptView, RunView, StepView } from '../core/run/view';
export type { BoardEntry, ColumnProfile, Direction } from '../core/competition/manifest';
export type { Milestone } from '../core/environment/milestones';
export type { Failure } from '../core/environment/observation';
export type { Finding, Health } from '../core/competition/finding';
export type { Operator } from '../core/environment/actions';
export type { Score } from '../core/grading/result';

/**
 * Messages between the extension host and its webviews. The view says `ready` and gets one full
 * snapshot, then increments numbered from 1; on a gap it asks for a snapshot again.
 */
export const panelProtocolVersion = 1;

/** Everything of a run except its lists, which travel as increments. */
export const runHeaderSchema = runViewSchema.omit({ attempts: true, steps: true });
export type RunHeader = z.output<typeof runHeaderSchema>;

export const competitionPageSchema = z.object({
  id: z.string(),
  title: z.string(),
  summary: z.string(),
  modality: modalitySchema,
  facts: z.array(z.string()),
  source: z.object({ name: z.string(), url: z.string().optional(), licence: z.string().optional() }),
  /** Markdown. */
  description: z.string(),
  submission: z.object({ file: z.string(), id: z.array(z.string()), target: z.array(z.string()), rules: z.array(z.string()) }),
  /** In place of a submission: the competition is scored by a command of the person's own. */
  evaluation: z.object({ command: z.string(), solution: z.array(z.string()), readOnly: z.array(z.string()), hiddenTest: z.boolean() }).optional(),
  files: z.array(fileProfileSchema.extend({ description: z.string() })),
  /** Public folders with a few of their pictures; absent is none. */
  folders: z.array(folderProfileSchema.extend({ description: z.string() })).optional(),
  metric: z.object({ label: z.string(), direction: directionSchema, formula: z.string(), explanation: z.string(), range: z.string() }),
  limits: z.array(z.object({ label: z.string(), value: z.string() })),
  board: z.array(boardEntrySchema),
  boardOf: boardKindSchema,
  /** Checks of the competition; absent until they have run, which may take a second. */
  health: healthSchema.optional(),
  best: z.object({ score: z.number(), run: z.int() }).nullable(),
  choices: z.array(z.object({ key: z.enum(['agent', 'runtime', 'gpu', 'budget', 'edits']), label: z.string(), value: z.string() })),
  /**
   * Why nothing can be started here (restricted workspace, no folder), or null. `action` is the page
   * command that helps (`trust` or `openFolder`), or null when there is none.
   */
  blocked: z.object({ text: z.string(), action: z.string().nullable() }).nullable(),
});
export type CompetitionPage = z.output<typeof competitionPageSchema>;

export const attemptCostSchema = z.object({
  calls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  /** Some of it was counted from characters. */
  estimated: z.boolean(),
  usd: z.number().nullable(),
  /** Seconds in which the model was waited for. */
  seconds: z.number(),
});
export type AttemptCost = z.output<typeof attemptCostSchema>;

/** Host → run panel. */
export const toRunPanelSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), version: z.int(), n: z.int(), run: runViewSchema }),
  z.object({
    type: z.literal('increment'),
    n: z.int(),
    header: runHeaderSchema.optional(),
    attempts: z.array(attemptViewSchema),
    steps: z.array(stepViewSchema),
  }),
  /**
   * `lost`: the runner does not answer; numbers stay, marked "as of". `since` is the run time in
   * seconds at its last answer. `ended`: the runner is gone because the run is over.
   */
  z.object({ type: z.literal('connection'), state: z.enum(['attached', 'lost', 'ended']), since: z.number() }),
  /**
   * The window was away and the run went on: from and to which run time (seconds), and what of the
   * budget was used meanwhile. Sent after the snapshot until the view says `dismissAway`.
   */
  z.object({ type: z.literal('away'), from: z.number(), to: z.number(), gradedCalls: z.int(), usd: z.number().optional() }),
  z.object({ type: z.literal('output'), attempt: z.int().nullable(), text: z.string() }),
  statsSchema.extend({ type: z.literal('stats') }),
  z.object({
    type: z.literal('attempt'),
    id: z.int(),
    /** Text files of the attempt; `before` is the first parent's text (null: it had no such file). */
    files: z.array(z.object({ path: z.string(), text: z.string(), before: z.string().nullable() })),
    log: z.string(),
    /** In order; left out where they are not known. */
    milestones: z.array(milestoneSchema).optional(),
    /** What the model's answers for this attempt took; absent when none was asked. `usd` is null where a price is unknown. */
    cost: attemptCostSchema.optional(),
  }),
]);
export type ToRunPanel = z.output<typeof toRunPanelSchema>;

/** Run panel → host. Every `command` is also a palette command. */
export const fromRunPanelSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), version: z.int() }),
  z.object({ type: z.literal('resync') }),
  z.object({ type: z.literal('dismissAway') }),
  z.object({
    type: z.literal('command'),
    command: z.enum(['pause', 'resume', 'stop', 'instruct', 'openBench', 'showLog', 'newRun', 'openSubmission', 'reviewEdits', 'attachAgain', 'resumeFromJournal', 'giveModelKey', 'more', 'allowOnce', 'allowForRun', 'refuseApproval', 'refit', 'stopRefit']),
    /** Id of the question that an answer was pressed for; it answers no other. */
    question: z.string().optional(),
  }),
  z.object({ type: z.literal('openAttempt'), id: z.int(), path: z.string().optional(), line: z.int().optional() }),
  z.object({ type: z.literal('readAttempt'), id: z.int() }),
  /** Words of the person to the agent; they count from its next step. */
  z.object({ type: z.literal('instruct'), text: z.string().min(1).max(2000) }),
]);
export type FromRunPanel = z.output<typeof fromRunPanelSchema>;

/** Host → competition page. */
export const toCompetitionPageSchema = z.object({ type: z.literal('page'), version: z.int(), page: competitionPageSchema });
export type ToCompetitionPage = z.output<typeof toCompetitionPageSchema>;

/** Competition page → host. */
export const fromCompetitionPageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), version: z.int() }),
  z.object({
    type: z.literal('command'),
    command: z.enum(['startAgent', 'startAlone', 'startMenu', 'openDataFolder', 'openSource', 'trust', 'openFolder', 'showBoard']),
  }),
  z.object({ type: z.literal('choose'), key: z.enum(['agent', 'runtime', 'gpu', 'budget', 'edits']) }),
  z.object({ type: z.literal('openFile'), path: z.string() }),
]);
export type FromCompetitionPage = z.output<typeof fromCompetitionPageSchema>;
