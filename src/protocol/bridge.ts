import * as z from 'zod';
import { milestoneNames } from '../core/environment/milestones';

/**
 * JSON lines between the runner and `media/python/bridge.py`, both ways, over a stream (a Unix
 * socket of the local sandbox, or stdin/stdout of `bridge.py connect` under `docker exec`).
 * A request carries `id`; its answer repeats it with `ok`. Job events carry `job` and `seq`, are
 * spooled to a file before they are sent, and can be asked for again from any `seq`.
 */
export const bridgeProtocolVersion = 3;

const jobTaskSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('script'), path: z.string(), args: z.array(z.string()) }),
  z.object({ kind: z.literal('shell'), command: z.string() }),
  z.object({ kind: z.literal('cell'), code: z.string(), cell: z.string() }),
  z.object({ kind: z.literal('notebook'), cells: z.array(z.object({ id: z.string(), code: z.string() })) }),
]);

export const bridgeRequestSchema = z.discriminatedUnion('op', [
  /**
   * First on every connection. Answer: `{version, python, pythonVersion, ipykernel, libraries, pid}`.
   * Sent again every 30 s: a connection that stays silent for 150 s is taken for dead.
   */
  z.object({ id: z.int(), op: z.literal('hello'), version: z.int() }),
  /** Starts a job, or does nothing when the id is known. Answer: `{known: boolean}`. Then events flow as after `attach`. */
  z.object({
    id: z.int(),
    op: z.literal('start'),
    job: z.string(),
    folder: z.string(),
    task: jobTaskSchema,
    seconds: z.number(),
    memoryMb: z.number().nullable(),
    env: z.record(z.string(), z.string()),
  }),
  /** Sends the job's events again from `from` (0 = all) and goes on live. `{known: false}` when the job is unknown. */
  z.object({ id: z.int(), op: z.literal('attach'), job: z.string(), from: z.int() }),
  z.object({ id: z.int(), op: z.literal('interrupt'), job: z.string() }),
  /** Ctrl-C, then SIGTERM, then SIGKILL within 5 s, to the group and to all that left it; answers when no process is left. */
  z.object({ id: z.int(), op: z.literal('cancel'), job: z.string() }),
  z.object({ id: z.int(), op: z.literal('restart_kernel'), folder: z.string() }),
  /** Answer: `{jobs: [{job, running}]}`. */
  z.object({ id: z.int(), op: z.literal('list') }),
  /** Regular files of a working folder, without links and data/. Answer: `{files: [{path, bytes}]}`. */
  z.object({ id: z.int(), op: z.literal('files'), folder: z.string() }),
  /** Deletes files and folders of a working folder; missing ones are fine. */
  z.object({ id: z.int(), op: z.literal('remove'), folder: z.string(), paths: z.array(z.string()) }),
  /** Deletes everything in a working folder but data/ and these files, whatever kind it is of. */
  z.object({ id: z.int(), op: z.literal('clear'), folder: z.string(), keep: z.array(z.string()) }),
  /** Answer: `{cpuSeconds, memoryMb, workMb}` of all jobs together. */
  z.object({ id: z.int(), op: z.literal('stats') }),
  /** Ends all jobs and the bridge. */
  z.object({ id: z.int(), op: z.literal('shutdown') }),
]);
export type BridgeRequest = z.output<typeof bridgeRequestSchema>;

export const bridgeAnswerSchema = z.object({
  id: z.int(),
  ok: z.boolean(),
  error: z.string().optional(),
  result: z.record(z.string(), z.json()).optional(),
});

const cellOutputSchema = z.discriminatedUnion('output_type', [
  z.object({ output_type: z.literal('stream'), name: z.enum(['stdout', 'stderr']), text: z.string() }),
  z.object({
    output_type: z.enum(['display_data', 'execute_result']),
    data: z.record(z.string(), z.string()),
    metadata: z.record(z.string(), z.json()),
    execution_count: z.int().nullable().optional(),
  }),
  z.object({ output_type: z.literal('error'), ename: z.string(), evalue: z.string(), traceback: z.array(z.string()) }),
]);

const eventBase = { job: z.string(), seq: z.int(), at: z.number() };
export const bridgeEventSchema = z.discriminatedUnion('event', [
  z.object({ ...eventBase, event: z.literal('output'), stream: z.enum(['stdout', 'stderr']), text: z.string(), cell: z.string().optional() }),
  z.object({ ...eventBase, event: z.literal('cell_output'), cell: z.string(), output: cellOutputSchema }),
  z.object({
    ...eventBase,
    event: z.literal('cell_done'),
    cell: z.string(),
    ok: z.boolean(),
    executionCount: z.int().nullable(),
    seconds: z.number(),
  }),
  z.object({ ...eventBase, event: z.literal('milestone'), name: z.enum(milestoneNames), done: z.int().optional(), of: z.int().optional() }),
  z.object({
    ...eventBase,
    event: z.literal('end'),
    status: z.enum(['done', 'failed', 'timeout', 'cancelled', 'out_of_memory', 'disk_full', 'lost']),
    exitCode: z.int().nullable(),
    seconds: z.number(),
    peakMemoryMb: z.number().nullable(),
    exception: z
      .object({
        type: z.string(),
        message: z.string(),
        frames: z.array(z.object({ file: z.string(), line: z.int(), source: z.string(), cell: z.string().optional() })),
      })
      .optional(),
  }),
]);
export type BridgeEvent = z.output<typeof bridgeEventSchema>;
