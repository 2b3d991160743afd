/**
 * The base of every error that Podium throws on purpose. A subclass exists per failing
 * operation; its `reason` says which way it failed, so that callers branch on a value and
 * never on the text of a message.
 */
export abstract class PodiumError<Reason extends string = string> extends Error {
  /**
   * @param reason   one of the subclass's union, stable API
   * @param message  what happened, to which thing
   * @param nextStep what the person can do about it, as an imperative sentence
   */
  constructor(
    readonly reason: Reason,
    message: string,
    readonly nextStep?: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The person, or a limit set by the person, ended the operation. Never shown as an error. */
export class CancelledError extends PodiumError<'cancelled'> {
  constructor(message = 'Cancelled.') {
    super('cancelled', message);
  }

  static is(error: unknown): error is CancelledError {
    return error instanceof CancelledError;
  }
}

/** `error` as a one-line text: message and next step for ours, message for others. */
export function describeError(error: unknown): string {
  if (error instanceof PodiumError) return error.nextStep ? `${error.message} ${error.nextStep}` : error.message;
  return error instanceof Error ? error.message : String(error);
}
