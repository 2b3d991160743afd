import * as z from 'zod';
import { approvalAnswerSchema } from '../core/environment/approval';
import { chatAnswerSchema, modelReasonSchema, type ChatRequest } from '../core/agent/model/chat';
import { benchDecisionSchema, runEventSchema } from '../core/run/events';
import { observationSchema } from '../core/environment/observation';
import { scoreSchema } from '../core/grading/result';
import { statsSchema } from './stats';

/**
 * Messages between a window (or the CLI) and a runner, JSON-RPC over a local socket.
 * The runner is the journal's only writer; a window folds the events itself.
 */
export const runnerProtocolVersion = 1;

/** What a finished run reveals, from PODIUM_HOME, never from the journal. */
export const revealedSchema = z.object({
  attempts: z.array(z.object({ id: z.int(), private: scoreSchema.nullable(), all: z.number().nullable() })),
});
export type Revealed = z.output<typeof revealedSchema>;

/** Requests window → runner: parameters and answer. */
export const runnerRequests = {
  hello: {
    params: z.object({
      protocol: z.int(),
      token: z.string(),
      /** A window applies bench edits itself and answers `decide`; a watcher (CLI, trees) does not. */
      role: z.enum(['window', 'watcher']).optional(),
    }),
    /** `applies`: this window is the one that brings automatic edits to the bench. */
    result: z.object({ protocol: z.int(), runId: z.string(), pid: z.int(), applies: z.boolean().optional() }),
  },
  /** Answers with all journal events from `from` on; later ones come as `event` notifications. */
  subscribe: { params: z.object({ from: z.int() }), result: z.object({ events: z.array(runEventSchema) }) },
  pause: { params: z.object({}), result: z.object({}) },
  resume: { params: z.object({}), result: z.object({}) },
  stop: { params: z.object({}), result: z.object({}) },
  /** A key for the run's model in place of the one it has; `resume` then lets a waiting run go on. */
  giveKey: { params: z.object({ key: z.string().min(1) }), result: z.object({}) },
  instruct: { params: z.object({ text: z.string() }), result: z.object({}) },
  /** An action by the person. `files` are the bench files that a new `human` attempt starts from. */
  act: {
    params: z.object({
      action: z.string(),
      params: z.json(),
      files: z.record(z.string(), z.string()).optional(),
      plan: z.string().optional(),
    }),
    result: z.object({ observation: observationSchema }),
  },
  /** What became of an offered or applied bench edit. */
  decide: { params: benchDecisionSchema, result: z.object({}) },
  /** The person's answer to what the run waits for them to allow; windows only. */
  answerApproval: { params: z.object({ id: z.string(), answer: approvalAnswerSchema, words: z.string().max(2_000).optional() }), result: z.object({}) },
  /** Content of a blob of the run (a bench edit's new text). */
  blob: { params: z.object({ hash: z.string() }), result: z.object({ text: z.string() }) },
  reveal: { params: z.object({}), result: revealedSchema },
} as const;
export type RunnerRequest = keyof typeof runnerRequests;

const chatRequest = z.custom<ChatRequest>((value) => z.object({ messages: z.array(z.object({ role: z.string() })), tools: z.array(z.object({ name: z.string() })) }).safeParse(value).success);

/** What a runner asks of a window that is attached as one. */
export const windowRequests = {
  /** An answer of a model of the editor. Cancelling the request cancels the model's. */
  answer: {
    params: z.object({ model: z.object({ vendor: z.string(), id: z.string() }), request: chatRequest, maxOutputTokens: z.int().optional() }),
    result: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('answer'), answer: chatAnswerSchema }),
      z.object({ kind: z.literal('trouble'), reason: modelReasonSchema, message: z.string(), nextStep: z.string() }),
    ]),
  },
} as const;
export type ModelAsk = z.output<typeof windowRequests.answer.params>;
export type ModelAnswer = z.output<typeof windowRequests.answer.result>;

/** Notifications runner → window. */
export const runnerNotifications = {
  /** The window that applied automatic edits has gone; from now on this one does. */
  applies: z.object({}),
  /** The last message: the runner ends, and all that it had to say and to answer has been said. */
  leaving: z.object({}),
  event: z.object({ event: runEventSchema }),
  /** Live output of the job under way; not journaled, may be dropped. */
  output: z.object({ attempt: z.int().nullable(), text: z.string() }),
  stats: statsSchema,
} as const;
