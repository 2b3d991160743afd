import { PodiumError } from '../../core/errors';

export type KaggleReason =
  | 'no_credentials'
  | 'unauthorized'
  | 'rules_not_accepted'
  | 'unknown_competition'
  | 'forbidden'
  | 'not_found'
  | 'rate_limited'
  | 'server_error'
  | 'unreachable'
  | 'bad_request'
  | 'bad_answer'
  | 'changed'
  | 'corrupt'
  /** The disk took no more. */
  | 'write_failed'
  | 'bad_name'
  | 'no_submissions_left'
  | 'code_only'
  | 'closed'
  | 'submission_failed'
  /** A notebook that cannot be pushed as it is, or that failed on Kaggle. */
  | 'bad_kernel'
  | 'kernel_failed';

/** Kaggle did not do what was asked. */
export class KaggleError extends PodiumError<KaggleReason> {
  constructor(
    reason: KaggleReason,
    message: string,
    nextStep: string,
    options?: {
      cause?: unknown;
      /** A page that the person has to visit. */
      page?: string;
    },
  ) {
    super(reason, message, nextStep, options);
    this.page = options?.page;
  }

  readonly page: string | undefined;

  static is(error: unknown, reason?: KaggleReason): error is KaggleError {
    return error instanceof KaggleError && (reason === undefined || error.reason === reason);
  }
}
