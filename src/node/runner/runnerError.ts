import { PodiumError } from '../../core/errors';

export type RunnerReason = 'not_running' | 'refused' | 'wrong_protocol' | 'connection_lost' | 'launch_failed' | 'bad_request' | 'run_ended' | 'unknown_agent' | 'no_key' | 'no_price';

/** A runner process could not be started, reached or asked. */
export class RunnerError extends PodiumError<RunnerReason> {
  static is(error: unknown, reason?: RunnerReason): error is RunnerError {
    return error instanceof RunnerError && (reason === undefined || error.reason === reason);
  }
}
