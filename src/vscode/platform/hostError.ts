import { PodiumError } from '../../core/errors';

/** Why a command of the extension cannot act now. */
export type HostReason = 'untrusted' | 'no_folder' | 'no_run' | 'no_agent' | 'no_model' | 'no_competition' | 'no_file' | 'no_score' | 'no_edit' | 'edit_conflict' | 'edit_refused' | 'runner_gone' | 'nothing_to_undo' | 'nothing_to_fix' | 'no_model_key' | 'bad_setting';

export class HostError extends PodiumError<HostReason> {
  static is(error: unknown, reason?: HostReason): error is HostError {
    return error instanceof HostError && (reason === undefined || error.reason === reason);
  }
}
