import { describeError } from '../../../core/errors';
import { canGoOn } from '../../../core/run/refit';
import { openKaggle } from '../../kaggle/kaggle';
import type { KaggleCompetitions } from '../../kaggle/competitions';
import { readJournal } from '../../storage/journal';
import { publishAddress, readAddress, withdrawAddress } from '../address';
import { refitParts, type ComposeOptions } from '../compose';
import { RunnerServer } from '../runnerServer';
import type { RunEnd } from '../session';
import { refitsIn, RefitSession } from './refitSession';

export interface HoldRefitOptions extends Pick<ComposeOptions, 'home' | 'log' | 'assets'> {
  readonly folder: string;
  /** Kaggle with the person's credentials; those of the environment by default. */
  readonly kaggle?: () => Promise<KaggleCompetitions>;
  readonly pollMs?: readonly [number, number];
  readonly onRefit?: (session: RefitSession) => void;
}

/**
 * Holds an ended run while a refit of it is done; undefined when none is to be done.
 * @throws StorageError `locked`, CompetitionError
 */
export async function holdRefit(options: HoldRefitOptions): Promise<RunEnd | undefined> {
  const { events } = await readJournal(options.folder);
  const last = refitsIn(events).at(-1);
  return last && canGoOn(last) ? await hold(options) : undefined;
}

async function hold({ folder, home, log, assets, kaggle, pollMs, onRefit }: HoldRefitOptions): Promise<RunEnd> {
  const parts = await refitParts(folder, { home, log, ...(assets ? { assets } : {}) });
  const onWait = (why: string, seconds: number): void => log(`${why} Waiting ${Math.ceil(seconds)} s.`);
  const session = await RefitSession.open({ ...parts, ...(pollMs ? { pollMs } : {}), kaggle: kaggle ?? (() => openKaggle({ version: parts.config.podium, onWait })) });
  try {
    onRefit?.(session);
    const server = await RunnerServer.start(session, home, log);
    // Its sandbox has an id of its own, and a clean-up must leave it alone too.
    const sandboxId = `${session.runId}-refit${session.current?.refit ?? 0}`;
    const address = await readAddress(home, session.runId);
    if (address) await publishAddress(home, sandboxId, address);
    try {
      return await session.run();
    } finally {
      await withdrawAddress(home, sandboxId);
      await server.close().catch((error: unknown) => log(describeError(error)));
    }
  } finally {
    await session.close();
  }
}
