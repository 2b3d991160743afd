import type { Milestone } from '../environment/milestones';
import type { GpuGrant, GpuOffer, GpuUse } from './gpu';

/**
 * Ports of the runtime. `Runtime` makes sandboxes; a `Sandbox` holds one run's data, files and
 * jobs. Implemented in `src/node/docker` and `src/node/local`; one conformance suite holds both
 * to this contract. Paths inside a sandbox are the same everywhere:
 *
 *   /data            the competition's public files, read-only
 *   /work/<name>/    one working folder per attempt ("a12") and one for the bench ("bench"),
 *                    each with `data` linking to /data
 */
export type RuntimeKind = 'docker' | 'local';
export type Isolation = 'container' | 'bubblewrap' | 'none';

export interface SandboxSpec {
  readonly runId: string;
  /** Host folder of the competition's public data. */
  readonly dataFolder: string;
  readonly image: string;
  readonly gpu: GpuGrant;
  readonly memoryGb: number;
  readonly cpus?: number;
  readonly shmMb: number;
  readonly diskMb: number;
  readonly pids: number;
  readonly network: 'none' | 'bridge';
  /** Seconds that the bridge lives on with no runner attached. */
  readonly graceSeconds: number;
  /** Local only: start although nothing isolates the code. */
  readonly allowUnisolated: boolean;
  /** `auto`, the default: a Jupyter kernel where ipykernel is there; `repl`: never one. */
  readonly kernel?: 'auto' | 'repl';
}

export interface RuntimeStatus {
  readonly available: boolean;
  readonly isolation: Isolation;
  /** Why not, or what it is: "Docker 20.10 at unix:///var/run/docker.sock". */
  readonly detail: string;
  readonly reason?: RuntimeReason;
  readonly nextStep?: string;
}

export type RuntimeReason =
  | 'no_engine'
  | 'engine_stopped'
  | 'permission_denied'
  | 'image_missing'
  | 'image_failed'
  | 'no_python'
  | 'missing_libraries'
  | 'environment_failed'
  | 'not_isolated'
  | 'no_gpu'
  | 'unknown_gpu'
  | 'platform'
  | 'sandbox_lost'
  | 'bad_path'
  | 'start_failed';

export interface Runtime {
  readonly kind: RuntimeKind;
  /** Never throws: says whether a sandbox could be started and, if not, why and what to do. */
  probe(): Promise<RuntimeStatus>;
  /**
   * Which GPUs a sandbox could get. Never throws, takes up to some seconds.
   * @param image one that may be used to look where the engine's machine is another
   */
  gpus(image: string): Promise<GpuOffer>;
  /** Builds or finds what is needed and starts a sandbox; throws RuntimeError. */
  start(spec: SandboxSpec, progress: (line: string) => void, signal: AbortSignal): Promise<Sandbox>;
  /** The sandbox of a run that is still alive, for resume; undefined when it is gone. */
  find(spec: SandboxSpec): Promise<Sandbox | undefined>;
  /** Removes what dead runs left behind and returns what was removed; with `look`, what would be, and removes nothing. */
  cleanUp(keepRunIds: ReadonlySet<string>, mode?: 'remove' | 'look'): Promise<string[]>;
}

export interface SandboxInfo {
  readonly id: string;
  readonly runtime: RuntimeKind;
  readonly isolation: Isolation;
  /** Image reference with digest, or the interpreter's path. */
  readonly image: string;
  readonly python: string;
  /** Importable libraries with versions: sklearn, pandas, lightgbm, torch, ipykernel … */
  readonly libraries: Readonly<Record<string, string>>;
  /** Ids of the GPUs that it was started with, where they are known by id. */
  readonly gpus?: readonly string[];
}

/** Gives a sandbox that was started without network one for a while. Both are safe to call twice. */
export interface NetworkSwitch {
  /** @throws RuntimeError `sandbox_lost`; `start_failed` when the engine cannot make a network */
  connect(): Promise<void>;
  /** @throws RuntimeError `start_failed` when the network may still be there; never for a sandbox that is gone */
  disconnect(): Promise<void>;
}

export interface Sandbox {
  readonly info: SandboxInfo;
  /** `open`: it has a network. `closed`: it has none, and that cannot be changed while it runs. */
  readonly network: 'open' | 'closed' | NetworkSwitch;
  /** Writes files into a working folder ("a12"), making it when needed. Replaces the listed files only. */
  put(folder: string, files: readonly SandboxFile[]): Promise<void>;
  /** Deletes files of a working folder; missing ones are fine. */
  remove(folder: string, paths: readonly string[]): Promise<void>;
  /** Removes all that is in a working folder but data/ and the files of `keep`: links, pipes and folders as well. */
  clear(folder: string, keep: readonly string[]): Promise<void>;
  /** A regular file's content; undefined when absent, a link, not a regular file, or above `maxBytes`. */
  get(folder: string, path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Regular files of a working folder (without data/), as relative paths with sizes. */
  list(folder: string): Promise<readonly { path: string; bytes: number }[]>;
  /**
   * Starts a job, or re-attaches when the sandbox already knows its id: a job is never run twice.
   * Resolves when the job has ended in any way; abort stops its whole process group.
   */
  run(job: JobSpec, listener: (event: JobEvent) => void, signal: AbortSignal): Promise<JobResult>;
  /** Ctrl-C for the job (KeyboardInterrupt), without ending the kernel. */
  interrupt(jobId: string): Promise<void>;
  restartKernel(folder: string): Promise<void>;
  stats(): Promise<SandboxStats>;
  /** Stops every job and removes container and volumes. */
  stop(): Promise<void>;
  /** Lets go of the connection; the sandbox lives on for its grace time. */
  detach(): Promise<void>;
}

export interface SandboxFile {
  readonly path: string;
  readonly content: Uint8Array | string;
}

export interface JobSpec {
  /** Unique within the run; the key for re-attaching, e.g. "a12-s340". */
  readonly id: string;
  /** Working folder, e.g. "a12". */
  readonly folder: string;
  readonly task:
    | { readonly kind: 'script'; readonly path: string; readonly args: readonly string[] }
    | { readonly kind: 'shell'; readonly command: string }
    /** One cell in the folder's live kernel (started on first use), which stands still between its cells with all that came from it. */
    | { readonly kind: 'cell'; readonly code: string; readonly cell: string }
    /** All cells in a fresh kernel which ends afterwards. */
    | { readonly kind: 'notebook'; readonly cells: readonly { readonly id: string; readonly code: string }[] };
  readonly seconds: number;
  readonly memoryMb?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A rich output in nbformat's own shape (stream, display_data, execute_result, error). */
export type CellOutput =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { output_type: 'display_data' | 'execute_result'; data: Record<string, string>; metadata: Record<string, unknown>; execution_count?: number | null }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] };

export type JobEvent =
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly text: string; readonly cell?: string }
  | { readonly type: 'cell_output'; readonly cell: string; readonly output: CellOutput }
  | { readonly type: 'cell_done'; readonly cell: string; readonly ok: boolean; readonly executionCount: number | null; readonly seconds: number }
  | { readonly type: 'milestone'; readonly milestone: Milestone };

export interface JobResult {
  readonly status: 'done' | 'failed' | 'timeout' | 'cancelled' | 'out_of_memory' | 'disk_full' | 'lost';
  readonly exitCode: number | null;
  readonly seconds: number;
  /** The Python exception that ended the job, when there was one. */
  readonly exception?: {
    readonly type: string;
    readonly message: string;
    readonly frames: readonly { readonly file: string; readonly line: number; readonly source: string; readonly cell?: string }[];
  };
  readonly peakMemoryMb?: number;
}

export interface SandboxStats {
  readonly cpuPercent: number;
  readonly memoryMb: number;
  readonly memoryLimitMb: number;
  /** The cards that the sandbox has; empty: it has some that cannot be measured; absent: it has none. */
  readonly gpus?: readonly GpuUse[];
}
