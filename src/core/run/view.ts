import * as z from 'zod';
import { boardKindSchema } from '../competition/boardPart';
import { boardEntrySchema, directionSchema, modalitySchema, referenceSchema } from '../competition/manifest';
import { verdictSchema } from '../edits/verdict';
import { operatorSchema } from '../environment/actions';
import { approvalQuestionSchema } from '../environment/approval';
import { budgetSchema, claimSchema, failureSchema } from '../environment/observation';
import { modelReasonSchema } from '../agent/model/chat';
import { visibilitySchema } from '../environment/visibility';
import { problemSchema, scoreSchema } from '../grading/result';
import { actorSchema, attemptStatusSchema, benchEditSchema, isolationSchema, runStatusSchema } from './events';
import { refitViewSchema } from './refit';
import { testResultSchema } from './testResult';

/** What trees, status bar and panel show of a run: the fold of its journal, and nothing else. */

export const attemptViewSchema = z.object({
  id: z.int(),
  parents: z.array(z.int()),
  operator: operatorSchema,
  source: actorSchema,
  plan: z.string(),
  status: attemptStatusSchema,
  /** While running: what it does now ("training, fold 3 of 5"). */
  activity: z.string().nullable(),
  claim: claimSchema.nullable(),
  public: scoreSchema.nullable(),
  /** Only after the run has ended. */
  private: scoreSchema.nullable(),
  /** Signed change against the best parent, positive = better in the metric's direction. */
  change: z.object({ value: z.number(), se: z.number().nullable() }).nullable(),
  error: failureSchema.nullable(),
  problems: z.array(problemSchema),
  /** What an own evaluation printed beside its score. */
  figures: z.record(z.string(), z.number()).optional(),
  credit: z.number(),
  /** Run time in seconds at creation and at grading (or end). */
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  /** Seconds of its jobs. */
  seconds: z.number(),
  explanation: z.string().nullable(),
  /** US dollars of the model's answers for it; null when a price is unknown, absent without any. */
  usd: z.number().nullable().optional(),
});
export type AttemptView = z.output<typeof attemptViewSchema>;

export const stepViewSchema = z.object({
  seq: z.int(),
  step: z.int(),
  attempt: z.int().nullable(),
  /** Run time in seconds. */
  at: z.number(),
  action: z.string(),
  actor: actorSchema,
  /** null while it is under way. */
  status: z.enum(['ok', 'error', 'timeout', 'cancelled']).nullable(),
  summary: z.string(),
  error: failureSchema.nullable(),
  seconds: z.number().nullable(),
});
export type StepView = z.output<typeof stepViewSchema>;

/** An edit that is not decided yet. */
export const waitingEditSchema = benchEditSchema.extend({
  /** It met a changed file, so that the person decides, whatever its mode. */
  held: z.boolean().optional(),
  /** What was decided of it so far. */
  verdicts: z.array(verdictSchema).optional(),
});
export type WaitingEdit = z.output<typeof waitingEditSchema>;

export const runViewSchema = z.object({
  runId: z.string(),
  number: z.int(),
  /** Sequence number of the last event folded in. */
  seq: z.int(),
  competition: z.object({
    id: z.string(),
    title: z.string(),
    modality: modalitySchema,
    metricLabel: z.string(),
    direction: directionSchema,
    board: z.array(boardEntrySchema),
    boardOf: boardKindSchema,
    /** Its own evaluation says the score, and nothing else; absent where something is hidden. */
    selfScored: z.literal(true).optional(),
    /** Its name on Kaggle: attempts can be refitted and sent there. */
    kaggle: z.string().optional(),
    /** Public scores are those of an evaluation beside the code; a hidden test decides. */
    tested: z.literal(true).optional(),
    reference: referenceSchema.optional(),
  }),
  agent: z.string(),
  preset: z.string(),
  status: runStatusSchema,
  /** What it waits for, why it failed, or what it is starting: one sentence. */
  statusText: z.string(),
  nextStep: z.string().nullable(),
  /** Why the run's model gives no answer, while the run waits for that; decides what is offered to the person. */
  modelTrouble: modelReasonSchema.optional(),
  /** Which way a failed run failed, by the reason of its error: `no_gpu` … */
  failedFor: z.string().optional(),
  isolation: isolationSchema.nullable(),
  runtime: z.string(),
  edits: z.enum(['auto', 'review']),
  /** What is told of public scores while the run goes on. */
  visibility: visibilitySchema,
  budget: budgetSchema,
  /** Run time in seconds and the wall clock (ms) it was true at; a running view counts on from there. */
  elapsed: z.number(),
  asOf: z.number(),
  startedAt: z.number(),
  best: z.object({ attempt: z.int(), public: scoreSchema, place: z.int().nullable() }).nullable(),
  selected: z.object({ attempt: z.int(), why: z.string() }).nullable(),
  attempts: z.array(attemptViewSchema),
  /** The newest steps, oldest first; bounded. */
  steps: z.array(stepViewSchema),
  waitingEdits: z.array(waitingEditSchema),
  /** What came of the hidden test; absent before the run has ended. */
  test: testResultSchema.optional(),
  /** What the run waits for the person to allow; absent or null while there is nothing. */
  approval: approvalQuestionSchema.extend({ title: z.string() }).nullable().optional(),
  /** What the run's model has used; absent before its first answer. */
  spend: z
    .object({
      calls: z.int(),
      inputTokens: z.int(),
      outputTokens: z.int(),
      /** True when some of it was counted from characters. */
      estimated: z.boolean(),
      /** US dollars; null when a price is unknown. */
      usd: z.number().nullable(),
      /** Tokens of the last request, and how many the model can read where that is known. */
      context: z.object({ used: z.int(), window: z.int().nullable() }),
    })
    .optional(),
  /** Refits of the ended run, oldest first; absent where there was none. */
  refits: z.array(refitViewSchema).optional(),
});
export type RunView = z.output<typeof runViewSchema>;
