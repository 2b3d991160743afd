import { KaggleClient } from './client';
import { KaggleCompetitions } from './competitions';
import { findCredentials } from './credentials';

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
  return new KaggleCompetitions(new KaggleClient({ credentials: await findCredentials(stored, env), version, ...(onWait ? { onWait } : {}), ...(url ? { baseUrl: url } : {}) }));
}
