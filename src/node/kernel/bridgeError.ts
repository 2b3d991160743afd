import { PodiumError } from '../../core/errors';

export type BridgeReason =
  /** The stream ended or broke and could not be opened again. */
  | 'connection_lost'
  /** The client was closed by its owner. */
  | 'closed'
  /** The bridge speaks another version of the protocol, or none. */
  | 'protocol'
  /** No answer within the time for one. */
  | 'timeout'
  /** The bridge understood a request and refused it. */
  | 'refused';

/** Talking to the bridge of a sandbox failed. How a job ended is never an error but its result. */
export class BridgeError extends PodiumError<BridgeReason> {
  static is(error: unknown, reason?: BridgeReason): error is BridgeError {
    return error instanceof BridgeError && (reason === undefined || error.reason === reason);
  }
}
