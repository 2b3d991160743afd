import type { JobEvent, JobResult, JobSpec } from '../../core/runtime/runtime';
import type { BridgeEvent } from '../../protocol/bridge';

/** A job that a client follows: hands its events on in order, each once, and settles with its end. */
export class JobFollower {
  /** Number of the next event that has not been seen. */
  next = 0;
  /** True once the bridge has the job: from then on it is attached to, never started. */
  started = false;
  cancelling = false;
  /** How often a hole in the numbering was asked for again. */
  holes = 0;
  readonly ended: Promise<JobResult>;
  private resolve: (result: JobResult) => void = () => {};
  private reject: (error: Error) => void = () => {};

  constructor(
    readonly spec: JobSpec,
    private readonly listener: (event: JobEvent) => void,
    private readonly warn: (line: string) => void,
  ) {
    this.ended = new Promise<JobResult>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Takes an event. `hole` asks the caller to attach again from `next`. */
  take(event: BridgeEvent): 'taken' | 'hole' | 'ended' {
    if (event.seq < this.next) return 'taken';
    if (event.seq > this.next) {
      // The bridge never leaves a hole; when one cannot be filled, going on beats hanging.
      if (this.holes < 3) {
        this.holes++;
        return 'hole';
      }
      this.warn(`events ${this.next} to ${event.seq - 1} of job ${this.spec.id} are missing`);
    }
    this.next = event.seq + 1;
    if (event.event === 'end') {
      this.resolve(toResult(event));
      return 'ended';
    }
    try {
      this.listener(toJobEvent(event));
    } catch (error) {
      this.warn(`the listener of job ${this.spec.id} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    return 'taken';
  }

  /** The sandbox does not know the job any more. */
  lose(): void {
    this.resolve({ status: 'lost', exitCode: null, seconds: 0 });
  }

  finish(result: JobResult): void {
    this.resolve(result);
  }

  fail(error: Error): void {
    this.reject(error);
  }
}

function toResult(event: Extract<BridgeEvent, { event: 'end' }>): JobResult {
  return {
    status: event.status,
    exitCode: event.exitCode,
    seconds: event.seconds,
    ...(event.exception ? { exception: event.exception } : {}),
    ...(event.peakMemoryMb === null ? {} : { peakMemoryMb: event.peakMemoryMb }),
  };
}

function toJobEvent(event: Exclude<BridgeEvent, { event: 'end' }>): JobEvent {
  switch (event.event) {
    case 'output':
      return { type: 'output', stream: event.stream, text: event.text, ...(event.cell === undefined ? {} : { cell: event.cell }) };
    case 'cell_output':
      return { type: 'cell_output', cell: event.cell, output: event.output };
    case 'cell_done':
      return { type: 'cell_done', cell: event.cell, ok: event.ok, executionCount: event.executionCount, seconds: event.seconds };
    case 'milestone':
      return {
        type: 'milestone',
        milestone: {
          name: event.name,
          at: event.at,
          ...(event.done === undefined ? {} : { done: event.done }),
          ...(event.of === undefined ? {} : { of: event.of }),
        },
      };
  }
}
