import { PodiumError } from '../errors';
import type { RuntimeReason } from './runtime';

/** A sandbox could not be started, found or used. */
export class RuntimeError extends PodiumError<RuntimeReason> {
  static is(error: unknown, reason?: RuntimeReason): error is RuntimeError {
    return error instanceof RuntimeError && (reason === undefined || error.reason === reason);
  }
}
