import * as z from 'zod';
import { boardEntrySchema, directionSchema, modalitySchema, referenceSchema } from '../competition/manifest';
import { verdictSchema } from '../edits/verdict';
import { operatorSchema } from '../environment/actions';
import { approvalAnswerSchema, approvalQuestionSchema } from '../environment/approval';
import { budgetSchema, claimSchema, failureSchema, observationSchema } from '../environment/observation';
import { milestoneSchema } from '../environment/milestones';
import { feedbackSchema, visibilitySchema } from '../environment/visibility';
import { finishSchema, modelReasonSchema, replySchema, usageSchema } from '../agent/model/chat';
import { problemSchema, scoreSchema } from '../grading/result';
import { refitPayloads } from './refit';
import { testResultSchema } from './testResult';

/**
 * The journal's events. The journal is the only truth of a run: views, exports and resume are
 * folds of it. An event that a program does not know is kept and skipped.
 * Secrets and private scores are never in it.
 */

export const actorSchema = z.enum(['policy', 'llm', 'template', 'human', 'external', 'system']);
export type Actor = z.output<typeof actorSchema>;

export const isolationSchema = z.enum(['container', 'bubblewrap', 'none']);

/** What a run was started with. Also `run.json`. */
export const runConfigSchema = z.object({
  schema: z.literal(1),
  runId: z.string(),
  /** Counts up per workspace: "Run 7". */
  number: z.int(),
  competition: z.object({
    id: z.string(),
    title: z.string(),
    modality: modalitySchema,
    /** Folder of the competition: relative to the workspace, or `bundled:<id>`. */
    location: z.string(),
    metric: z.string(),
    metricLabel: z.string(),
    direction: directionSchema,
    board: z.array(boardEntrySchema),
    /** Its name on Kaggle, where it was imported from there. */
    kaggle: z.string().optional(),
    /** Its own evaluation in place of hidden answers: `ruler` is the sha256 of what judges; self-scored unless a hidden test decides. */
    evaluation: z.object({ ruler: z.string(), selfScored: z.boolean() }).optional(),
    reference: referenceSchema.optional(),
    /** sha256 of all that its scores depend on: metric, grader and answers, or evaluation and hidden test. Absent in runs from before it was noted. */
    scoring: z.string().optional(),
  }),
  /** `offline`, `human`, or a model's name. */
  agent: z.string(),
  preset: z.string(),
  /** What is known of a model; absent for other agents. Never a key. */
  model: z
    .object({
      /** Where it is asked; absent for a model of the editor. */
      baseUrl: z.string().optional(),
      /** Tokens that it can read, as far as known when the run began. */
      context: z.int().optional(),
      /** Whether it reads pictures; absent: unknown. */
      images: z.boolean().optional(),
    })
    .optional(),
  seed: z.int(),
  runtime: z.enum(['auto', 'docker', 'local']),
  image: z.string(),
  gpu: z.union([z.enum(['auto', 'all', 'none']), z.array(z.string())]),
  edits: z.enum(['auto', 'review']),
  allowUnisolated: z.boolean(),
  /** What else the person allowed the agent before the run began. */
  approved: z.array(z.enum(['network', 'installs'])).optional(),
  /** Absent in runs before there was a choice: `capped`. */
  visibility: visibilitySchema.optional(),
  limits: z.object({
    seconds: z.number().optional(),
    attempts: z.int().optional(),
    /** null: no bound. */
    gradedCalls: z.int().nullable(),
    /** Graded calls of a UTC day on this competition, over all runs of the person. */
    gradedCallsPerDay: z.int().optional(),
    stepSeconds: z.number(),
    usd: z.number().optional(),
    tokens: z.int().optional(),
    /** Steps of the agent. */
    steps: z.int().optional(),
  }),
  podium: z.string(),
});
export type RunConfig = z.output<typeof runConfigSchema>;

export const runStatusSchema = z.enum(['starting', 'running', 'paused', 'waiting', 'finished', 'stopped', 'failed', 'interrupted']);

export const attemptStatusSchema = z.enum(['running', 'valid', 'invalid_submission', 'buggy', 'timeout', 'cancelled', 'ungraded']);
export type AttemptStatus = z.output<typeof attemptStatusSchema>;

/** path → sha256 of its content in `blobs/`; null = deleted. */
const fileChangesSchema = z.record(z.string(), z.string().nullable());

export const benchEditSchema = z.object({
  id: z.string(),
  attempt: z.int(),
  /** Path on the bench, relative to the competition's bench folder. */
  path: z.string(),
  /** sha256 of the bench file that the change was made against; null = it did not exist. */
  base: z.string().nullable(),
  /** sha256 of the new content, in `blobs/`. */
  next: z.string(),
  mode: z.enum(['auto', 'review']),
  /** Step that made or offered the change; edits of one step are undone together. */
  step: z.int().optional(),
});
export type BenchEdit = z.output<typeof benchEditSchema>;

export const benchDecisionSchema = z.object({
  id: z.string(),
  /** `conflict`: it met a changed file and waits for the person. `undone`: taken back after it was applied. */
  decision: z.enum(['applied', 'accepted', 'rejected', 'partly', 'conflict', 'undone']),
  words: z.string().optional(),
  /** Changes of the edit that this event decides; absent where the edit was decided as a whole. */
  hunks: z.array(verdictSchema).optional(),
  /** Changes that still wait; absent = none. */
  left: z.int().optional(),
});
export type BenchDecision = z.output<typeof benchDecisionSchema>;

const figuresSchema = z.record(z.string(), z.number());

const payloads = {
  run_started: z.object({ config: runConfigSchema }),
  sandbox: z.object({
    id: z.string(),
    runtime: z.enum(['docker', 'local']),
    isolation: isolationSchema,
    image: z.string(),
    python: z.string(),
    libraries: z.record(z.string(), z.string()),
  }),
  progress: z.object({ text: z.string() }),
  attempt_created: z.object({
    id: z.int(),
    parents: z.array(z.int()),
    operator: operatorSchema,
    source: actorSchema,
    plan: z.string(),
    files: fileChangesSchema,
  }),
  /** The intention, written before anything happens; a later `step` with the same number closes it. */
  step_started: z.object({
    step: z.int(),
    attempt: z.int().nullable(),
    action: z.string(),
    params: z.json(),
    /** Changes that came with the action: the person's bench at that moment. */
    files: fileChangesSchema.optional(),
  }),
  step: z.object({
    step: z.int(),
    attempt: z.int().nullable(),
    action: z.string(),
    observation: observationSchema,
    files: fileChangesSchema.optional(),
    /** Seconds of the step, measured by the runner. */
    seconds: z.number(),
  }),
  job_started: z.object({
    step: z.int(),
    job: z.string(),
    /** The person installs packages with it. */
    installs: z.literal(true).optional(),
  }),
  milestone: z.object({ attempt: z.int(), step: z.int(), milestone: milestoneSchema }),
  graded: z.object({
    attempt: z.int(),
    step: z.int(),
    /** 1-based count of graded calls; null when the submission broke a rule of Podium's own, which uses none. */
    call: z.int().nullable(),
    valid: z.boolean(),
    /** As far as the run's policy tells it; null where it keeps it back. */
    public: scoreSchema.nullable(),
    /** Absent: told. */
    feedback: feedbackSchema.optional(),
    errors: z.array(problemSchema),
    warnings: z.array(problemSchema),
    submission: z.string(),
    /** What an own evaluation printed beside its score, by name. */
    figures: figuresSchema.optional(),
  }),
  /** The hidden test of the chosen attempt was made. What came of it is private: journals of before have all but the score here. */
  tested: testResultSchema.partial().required({ attempt: true }),
  attempt_finished: z.object({
    id: z.int(),
    status: attemptStatusSchema,
    claim: claimSchema.nullable(),
    credit: z.number(),
    error: failureSchema.nullable(),
    /** Time of the attempt's own jobs, in seconds. */
    seconds: z.number(),
    summary: z.string(),
  }),
  explanation: z.object({ attempt: z.int().nullable(), text: z.string() }),
  note: z.object({ attempt: z.int().nullable(), text: z.string() }),
  instruction: z.object({ text: z.string(), scope: z.enum(['run', 'branch', 'attempt']), attempt: z.int().nullable() }),
  bench_edit: benchEditSchema,
  bench_decision: benchDecisionSchema,
  budget: z.object({ budget: budgetSchema, warning: z.string().optional() }),
  /** An answer of the run's model, so that it is asked for once and never again. */
  model_call: z.object({
    /** Counts from 1. */
    call: z.int(),
    attempt: z.int().nullable(),
    model: z.string(),
    /** sha256 of the request. */
    promptHash: z.string(),
    /** What the person said since the call before, as the model was told it. */
    news: z.array(z.string()),
    /** Sequence number of the last event that the news were taken from. */
    heard: z.int(),
    /** null: the request was longer than the model can read. */
    finish: finishSchema.nullable(),
    /** The answer; a large one lies in `blobs/` under `blob`. */
    message: replySchema.optional(),
    blob: z.string().optional(),
    usage: usageSchema,
    seconds: z.number(),
    retries: z.int(),
    /** US dollars; null when the price is unknown. */
    usd: z.number().nullable(),
    /** Tokens that the model can read, where that is known. */
    context: z.int().nullable(),
  }),
  /** The run waits until the person allows or refuses what a step needs. Asked again after a restart. */
  approval_asked: approvalQuestionSchema,
  approval_answered: z.object({ id: z.string(), step: z.int(), needs: approvalQuestionSchema.shape.needs, answer: approvalAnswerSchema, words: z.string().optional() }),
  paused: z.object({ why: z.string() }),
  /** The run cannot go on by itself: what happened, and what the person can do. */
  waiting: z.object({
    why: z.string(),
    nextStep: z.string(),
    /** Why its model gives no answer; absent when the run waits for something else. */
    model: modelReasonSchema.optional().catch(undefined),
    /** The person stopped its hidden test: stopped again, it ends without. */
    testStopped: z.literal(true).optional(),
  }),
  resumed: z.object({ why: z.string() }),
  /** The final choice: made before private scores are shown. */
  selected: z.object({ attempt: z.int(), why: z.string() }),
  private_revealed: z.object({ attempt: z.int().nullable(), early: z.boolean() }),
  run_finished: z.object({
    status: z.enum(['finished', 'stopped', 'failed']),
    reason: z.string(),
    error: z.object({ message: z.string(), nextStep: z.string().optional(), reason: z.string().optional() }).optional(),
  }),
  // After the end.
  ...refitPayloads,
} as const;

export type EventType = keyof typeof payloads;
export type EventData<T extends EventType> = z.output<(typeof payloads)[T]>;
/** One line of `journal.jsonl`. `ts` is milliseconds since 1970, `elapsed` seconds of run time without pauses. */
export type RunEvent = {
  [T in EventType]: {
    readonly seq: number;
    readonly ts: number;
    readonly elapsed: number;
    readonly actor: Actor;
    readonly type: T;
    readonly data: EventData<T>;
  };
}[EventType];
/** An event before the journal has numbered and dated it. */
export type NewEvent = { [T in EventType]: { readonly actor: Actor; readonly type: T; readonly data: EventData<T> } }[EventType];

const envelope = { seq: z.int(), ts: z.number(), elapsed: z.number(), actor: actorSchema };
const line = <T extends EventType>(type: T) => z.object({ ...envelope, type: z.literal(type), data: payloads[type] });

/** One line of the journal, checked. The list is spelled out so that its type is exact. */
export const runEventSchema = z.discriminatedUnion('type', [
  line('run_started'),
  line('sandbox'),
  line('progress'),
  line('attempt_created'),
  line('step_started'),
  line('step'),
  line('job_started'),
  line('milestone'),
  line('graded'),
  line('tested'),
  line('attempt_finished'),
  line('explanation'),
  line('note'),
  line('instruction'),
  line('bench_edit'),
  line('bench_decision'),
  line('budget'),
  line('model_call'),
  line('approval_asked'),
  line('approval_answered'),
  line('paused'),
  line('waiting'),
  line('resumed'),
  line('selected'),
  line('private_revealed'),
  line('run_finished'),
  line('refit_asked'),
  line('refit_resumed'),
  line('refit_finished'),
  line('kaggle_sending'),
  line('kaggle_submitted'),
  line('kaggle_scored'),
  line('refit_ended'),
]) satisfies z.ZodType<RunEvent>;

/** Fails to compile when an event type is missing from the list above. */
export const eventTypes = Object.keys(payloads) as EventType[];
type Listed = z.output<typeof runEventSchema>['type'];
const everyTypeIsListed: [EventType] extends [Listed] ? true : never = true;
void everyTypeIsListed;
