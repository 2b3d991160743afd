import type { Manifest, FileProfile, FolderProfile, BoardEntry } from '../competition/manifest';
import type { CompetitionGrade } from '../grading/result';
import type { NewEvent, RunEvent } from '../run/events';
import type { Isolation, Sandbox } from '../runtime/runtime';

/** What the environment needs from outside; wired in the composition root. */

/** Files of a competition with its own evaluation, by path in the working folder. */
export interface EvaluationFiles {
  /** What an attempt begins with, for players to change. */
  readonly solution: ReadonlyMap<string, Uint8Array>;
  /** What judges: put back before every job. */
  readonly fixed: ReadonlyMap<string, { readonly content: Uint8Array; readonly sha256: string }>;
  /** sha256 over the command and the fixed files: scores by different rulers do not compare. */
  readonly ruler: string;
}

/** Everything a player may know of a competition, loaded. Answers are not in it. */
export interface Competition {
  readonly manifest: Manifest;
  /** Markdown. */
  readonly description: string;
  readonly metricLabel: string;
  readonly direction: 'maximize' | 'minimize';
  readonly board: readonly BoardEntry[];
  readonly profiles: readonly FileProfile[];
  /** Public folders of the manifest; absent is none. */
  readonly folders?: readonly FolderProfile[];
  /** Header and first rows of the sample submission. */
  readonly sample: string;
  /** Scripts and notebooks of `starter/`, which whoever made the competition begins from; absent is none. */
  readonly starter?: readonly { readonly path: string; readonly text: string }[];
  /** Of an own evaluation; absent otherwise. */
  readonly evaluationFiles?: EvaluationFiles;
}

/** Grades against the hidden answers. Never throws for a bad submission. */
export interface Grader {
  /** Public and private part; the caller keeps the private one out of journal and observations. */
  grade(submission: Uint8Array, signal: AbortSignal): Promise<CompetitionGrade>;
  /**
   * Whether the submission obeys Podium's own rules, for a grader whose own verdict would tell of the
   * answers. Absent: whether a grade is valid tells nothing of them.
   */
  check?(submission: Uint8Array, signal: AbortSignal): Promise<Pick<CompetitionGrade, 'valid' | 'errors' | 'warnings'>>;
}

/** Where private grades go: PODIUM_HOME. */
export interface PrivateLedger {
  record(attempt: number, grade: CompetitionGrade): Promise<void>;
}

/** Graded calls of this UTC day on the competition, over all runs: bounds how much test feedback a day gives. */
export interface DayLedger {
  /** @param besides a step of this run whose own call is not counted: it may have taken one before a crash */
  used(besides?: number): Promise<number>;
  /** Takes a call for a step of this run, once; false when the day has no more than `limit` (undefined: no bound). */
  take(step: number, limit: number | undefined): Promise<boolean>;
  /** The step's call is none: nothing was told of the answers. */
  giveBack(step: number): Promise<void>;
}

/** Append-only; the event is durable when the promise resolves if its type is graded or finished. */
export interface Journal {
  append(event: NewEvent): Promise<RunEvent>;
}

/** Content-addressed text and bytes of the run folder. */
export interface Blobs {
  put(content: Uint8Array | string): Promise<string>;
  get(hash: string): Promise<Uint8Array>;
}

/** The run folder's `attempts/<n>/`: logs, code and submission as files that a person can open. */
export interface AttemptFolder {
  /** Writes `attempts/<n>/code/<path>` for every file and removes others. */
  writeCode(attempt: number, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** Writes `attempts/<n>/<name>` (log.txt, submission.csv, oof.csv …); returns the path relative to the run folder. */
  write(attempt: number, name: string, content: Uint8Array | string): Promise<string>;
  appendLog(attempt: number, name: string, text: string): Promise<string>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export interface EnvironmentPorts {
  readonly competition: Competition;
  readonly sandbox: Sandbox;
  readonly isolation: Isolation;
  readonly grader: Grader;
  readonly ledger: PrivateLedger;
  readonly day: DayLedger;
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly folder: AttemptFolder;
  readonly clock: Clock;
}
