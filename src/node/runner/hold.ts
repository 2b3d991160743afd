import { describeError } from '../../core/errors';
import { openSession, type ComposeOptions } from './compose';
import { holdRefit } from './refit/holdRefit';
import { RunnerServer } from './runnerServer';
import type { RunEnd, RunSession } from './session';

export interface HoldOptions extends ComposeOptions {
  readonly folder: string;
  /** Called before the run begins: subscribe, show progress, keep the session for a stop. */
  readonly ready?: (session: RunSession) => void;
}

/**
 * Holds a run in this process from its journal to its end: session and socket. Resolves when the
 * run has ended, its sandbox is gone and the run folder is free. Of a run that had ended before,
 * a refit that is under way is done.
 * @throws StorageError `locked` when another process holds the run; CompetitionError, RunnerError
 */
export async function holdRun(options: HoldOptions): Promise<RunEnd> {
  const refitted = await holdRefit(options);
  if (refitted) return refitted;
  const session = await openSession(options.folder, options);
  try {
    options.ready?.(session);
    const server = await RunnerServer.start(session, options.home, options.log);
    try {
      return await session.run();
    } finally {
      await server.close().catch((error: unknown) => options.log(describeError(error)));
    }
  } finally {
    await session.close();
  }
}
