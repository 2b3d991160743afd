import type { Command } from 'commander';
import { PodiumError } from '../../../core/errors';
import type { KaggleCompetitions } from '../../../node/kaggle/competitions';
import type { DownloadProgress } from '../../../node/kaggle/downloadAll';
import { openKaggle } from '../../../node/kaggle/kaggle';
import { KaggleError } from '../../../node/kaggle/kaggleError';
import type { KaggleSubmission } from '../../../node/kaggle/wire';
import { untilInterrupted } from '../../interrupt';
import { forTerminal, reportError } from '../../output';
import { UsageError } from '../../usage';
import { version } from '../../version';

/** What the commands that talk to Kaggle have in common. */

export interface KaggleFlags {
  readonly baseUrl?: string;
  readonly json?: boolean;
}

export interface Kaggle {
  readonly api: KaggleCompetitions;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

export function kaggleCommand(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).option('--base-url <url>', "address of the API, in place of Kaggle's own (also PODIUM_KAGGLE_URL)").option('--json', 'print one JSON value').exitOverride();
}

/** Does something with Kaggle. Ctrl-C cancels; what is downloaded already stays. */
export async function withKaggle(flags: KaggleFlags, work: (kaggle: Kaggle) => Promise<void>): Promise<void> {
  try {
    const api = await kaggleOf(flags);
    await untilInterrupted((signal) => work({ api, signal, json: flags.json ?? false }));
  } catch (error) {
    const wrong = UsageError.is(error) || KaggleError.is(error, 'bad_name') || KaggleError.is(error, 'no_credentials') || (error instanceof PodiumError && error.reason === 'bad_request' && !KaggleError.is(error));
    reportError(error, flags.json ?? false, wrong ? 2 : 1);
  }
}

export const kaggleOf = ({ baseUrl }: KaggleFlags): Promise<KaggleCompetitions> => openKaggle({ version: version(), ...(baseUrl ? { baseUrl } : {}), onWait: (why, seconds) => tell(`${why} Waiting ${Math.ceil(seconds)} s.`) });

/** A line every tenth of a large file. */
export function progressLines(): DownloadProgress {
  const told = new Map<string, number>();
  return (name, bytes, total) => {
    const step = Math.max(50_000_000, (total ?? 0) / 10);
    if (bytes - (told.get(name) ?? 0) < step) return;
    told.set(name, bytes);
    tell(`${name}: ${Math.round(bytes / 1e6)}${total === null ? '' : ` of ${Math.round(total / 1e6)}`} MB`);
  };
}

/** What Kaggle says of a submission. */
export const scoreLine = ({ publicScore, privateScore }: KaggleSubmission): string => `Public score on Kaggle: ${publicScore || 'none'}${privateScore ? `, private ${privateScore}` : ''}`;

export const tell = (line: string): void => void process.stderr.write(`${forTerminal(line)}\n`);
