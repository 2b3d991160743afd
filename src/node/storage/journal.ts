import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Journal } from '../../core/environment/ports';
import { eventTypes, runEventSchema, type EventType, type NewEvent, type RunEvent } from '../../core/run/events';
import type { ProcessLock } from './processLock';
import { lockRun } from './runLock';
import { StorageError } from './storageError';

export const journalName = 'journal.jsonl';

/** Events after which nothing may be lost, whatever happens to the machine. */
const durable: ReadonlySet<EventType> = new Set(['run_started', 'graded', 'attempt_finished', 'run_finished', 'refit_asked', 'kaggle_sending', 'kaggle_submitted', 'kaggle_scored']);
const known: ReadonlySet<string> = new Set(eventTypes);

/** Seconds of run time: counts while running, stands still while paused, goes on from the journal after a restart. */
export class RunClock {
  private since: number | null;

  constructor(
    private readonly clock: Clock,
    private before = 0,
  ) {
    this.since = clock.now();
  }

  elapsed(): number {
    return this.before + (this.since === null ? 0 : Math.max(0, this.clock.now() - this.since) / 1000);
  }

  pause(): void {
    this.before = this.elapsed();
    this.since = null;
  }

  resume(): void {
    this.since ??= this.clock.now();
  }
}

export interface JournalFile {
  readonly events: RunEvent[];
  /** Length of the intact part in bytes; anything behind it is a torn last line. */
  readonly intact: number;
  /** Highest sequence number, also of events that this version does not know. */
  readonly lastSeq: number;
}

/**
 * Reads a journal. A torn last line is left out; an event that this version does not know is
 * skipped. @throws StorageError `corrupt` when an earlier line is broken.
 */
export async function readJournal(folder: string): Promise<JournalFile> {
  let content: Buffer;
  try {
    content = await readFile(join(folder, journalName));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { events: [], intact: 0, lastSeq: 0 };
    throw error;
  }
  return parseJournal(content, folder);
}

export function parseJournal(content: Buffer, folder: string): JournalFile {
  const events: RunEvent[] = [];
  let lastSeq = 0;
  let start = 0;
  for (let line = 1; start < content.length; line++) {
    const end = content.indexOf(10, start);
    if (end < 0) break;
    const parsed = parseLine(content.toString('utf8', start, end));
    if (parsed === undefined) {
      // Only what was being written when the machine stopped may be broken: the last line.
      if (content.indexOf(10, end + 1) < 0 && end === content.length - 1) break;
      throw new StorageError('corrupt', `Line ${line} of ${join(folder, journalName)} is broken.`, 'Restore the file from a backup, or start a new run.');
    }
    lastSeq = Math.max(lastSeq, parsed.seq);
    if (parsed.event) events.push(parsed.event);
    start = end + 1;
  }
  return { events, intact: start, lastSeq };
}

function parseLine(text: string): { seq: number; event?: RunEvent } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('seq' in value) || typeof value.seq !== 'number') return undefined;
  const type = 'type' in value && typeof value.type === 'string' ? value.type : '';
  if (!known.has(type)) return { seq: value.seq };
  const event = runEventSchema.safeParse(value);
  return event.success ? { seq: value.seq, event: event.data } : undefined;
}

/** The journal of a run folder, opened by its only writer. */
export class RunJournal implements Journal {
  private queue: Promise<unknown> = Promise.resolve();
  private readonly listeners = new Set<(event: RunEvent) => void>();
  private closed = false;

  private constructor(
    private readonly file: FileHandle,
    private readonly lock: ProcessLock,
    private readonly clock: Clock,
    readonly runClock: RunClock,
    private seq: number,
    private readonly folder: string,
    /** Bytes of the intact file. */
    private size: number,
  ) {}

  /**
   * Locks the folder, drops a torn last line and goes on behind the last event. Returns the events
   * so far; the journal itself keeps none of them in memory.
   * @throws StorageError
   */
  static async open(folder: string, clock: Clock): Promise<{ journal: RunJournal; events: readonly RunEvent[] }> {
    const lock = await lockRun(folder);
    try {
      const { events, intact, lastSeq } = await readJournal(folder);
      const file = await open(join(folder, journalName), 'a', 0o644);
      try {
        await file.truncate(intact);
      } catch (error) {
        await file.close();
        throw error;
      }
      const journal = new RunJournal(file, lock, clock, new RunClock(clock, events.at(-1)?.elapsed ?? 0), lastSeq, folder, intact);
      return { journal, events };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Every event so far, oldest first, from the file; what is being appended is waited for. */
  async read(): Promise<readonly RunEvent[]> {
    await this.queue;
    return (await readJournal(this.folder)).events;
  }

  onEvent(listener: (event: RunEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  append(event: NewEvent): Promise<RunEvent> {
    const written = this.queue.then(() => this.write(event));
    // A failed write rejects for its own caller; the next one is tried all the same.
    this.queue = written.catch(() => undefined);
    return written;
  }

  private async write(event: NewEvent): Promise<RunEvent> {
    if (this.closed) throw new StorageError('locked', 'The journal is closed.', 'Resume the run.');
    const full = { seq: this.seq + 1, ts: this.clock.now(), elapsed: round(this.runClock.elapsed()), ...event } as RunEvent;
    const line = Buffer.from(`${JSON.stringify(full)}\n`);
    try {
      await this.file.appendFile(line);
    } catch (error) {
      // A part of it may stand there (disk full): the next event must not be written behind that.
      await this.file.truncate(this.size);
      throw error;
    }
    this.size += line.length;
    if (durable.has(full.type)) await this.file.datasync();
    this.seq = full.seq;
    for (const listener of this.listeners) listener(full);
    return full;
  }

  /** Waits for what is being written, then gives the folder free. */
  async close(): Promise<void> {
    if (this.closed) return;
    await this.queue;
    this.closed = true;
    await this.file.close();
    await this.lock.release();
  }
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;
