import { KaggleClient } from './client';
import { KaggleCompetitions } from './competitions';
import { findCredentials } from './credentials';
import { KaggleError } from './kaggleError';

/** Variable with the address of the API, where it is not Kaggle's own. */
export const kaggleUrlVariable = 'PODIUM_KAGGLE_URL';

export interface KaggleAccess {
  /** From the editor's secret storage. */
  readonly stored?: string;
  readonly baseUrl?: string;
  readonly version: string;
  readonly onWait?: (why: string, seconds: number) => void;
  readonly env?: NodeJS.ProcessEnv;
}

/** Kaggle with the person's credentials. @throws KaggleError `no_credentials`, `bad_request` */
export async function openKaggle({ stored, baseUrl, version, onWait, env = process.env }: KaggleAccess): Promise<KaggleCompetitions> {
  const url = baseUrl || env[kaggleUrlVariable];
  if (url) requireSafe(url);
  return new KaggleCompetitions(new KaggleClient({ credentials: await findCredentials(stored, env), version, ...(onWait ? { onWait } : {}), ...(url ? { baseUrl: url } : {}) }));
}

/** Credentials go over the network encrypted only; a server on this machine is for tests and proxies. */
function requireSafe(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const local = url !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && local)) return;
  throw new KaggleError('bad_request', `"${text.slice(0, 100)}" is no address that Kaggle credentials may be sent to.`, 'Give one that begins with https://.');
}
