import type * as vscode from 'vscode';
import type { KaggleCompetitions } from '../../node/kaggle/competitions';
import type { KaggleCredentials } from '../../node/kaggle/credentials';
import type { RunnerEnv } from '../../node/runner/launch';
import type { Settings } from '../platform/settings';

const secretKey = 'podium.kaggle';

/**
 * The person's Kaggle account: a token, or username and key, in VS Code's secret storage and nowhere
 * else; where nothing is stored, what the official client would find (environment, kaggle.json).
 */
export class KaggleAccess {
  constructor(
    private readonly secrets: vscode.SecretStorage,
    private readonly settings: Settings,
    private readonly version: string,
  ) {}

  /** @throws KaggleError `no_credentials` */
  async open(onWait?: (why: string, seconds: number) => void): Promise<KaggleCompetitions> {
    return await this.openWith(await this.stored(), onWait);
  }

  async openWith(stored: string | undefined, onWait?: (why: string, seconds: number) => void): Promise<KaggleCompetitions> {
    const { openKaggle } = await import('../../node/kaggle/kaggle');
    const baseUrl = this.settings.get('podium.kaggle.baseUrl');
    return await openKaggle({ version: this.version, ...(stored ? { stored } : {}), ...(baseUrl ? { baseUrl } : {}), ...(onWait ? { onWait } : {}) });
  }

  async stored(): Promise<string | undefined> {
    return (await this.secrets.get(secretKey)) || undefined;
  }

  /** Name of what the official client would find, a variable or a file; undefined where there is none. */
  async found(): Promise<string | undefined> {
    return (await credentialsOf(undefined))?.source;
  }

  /** The person's name on Kaggle, where the credentials say it: a token does not. */
  async username(): Promise<string | undefined> {
    const credentials = await credentialsOf(await this.stored());
    return credentials?.kind === 'basic' ? credentials.username : undefined;
  }

  async store(text: string): Promise<void> {
    await this.secrets.store(secretKey, text);
  }

  async forget(): Promise<void> {
    await this.secrets.delete(secretKey);
  }

  /** What the process of a refit needs, by way of its environment alone; no sandbox gets it. @throws KaggleError `no_credentials` */
  async runnerEnv(): Promise<RunnerEnv> {
    const { findCredentials } = await import('../../node/kaggle/credentials');
    const found = await findCredentials(await this.stored());
    // The variable that wins over everything that lies on the disk: a submission goes out as whom the person sees signed in.
    const keys = { KAGGLE_API_TOKEN: found.kind === 'bearer' ? found.token : JSON.stringify({ username: found.username, key: found.key }) };
    const { kaggleUrlVariable } = await import('../../node/kaggle/kaggle');
    return { ...keys, [kaggleUrlVariable]: this.settings.get('podium.kaggle.baseUrl') || undefined };
  }
}

async function credentialsOf(stored: string | undefined): Promise<KaggleCredentials | undefined> {
  const [{ findCredentials }, { KaggleError }] = await Promise.all([import('../../node/kaggle/credentials'), import('../../node/kaggle/kaggleError')]);
  try {
    return await findCredentials(stored);
  } catch (error) {
    if (KaggleError.is(error, 'no_credentials')) return undefined;
    throw error;
  }
}
